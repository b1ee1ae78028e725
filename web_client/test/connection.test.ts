import { beforeEach, expect, test } from "vitest";
import { Connection, type ConnectionState } from "../src/protocol/connection";
import type { Envelope, Refused, ServerMessage } from "../src/protocol/generated";
import { FakeWorld, phase, welcome } from "./fakes";

let world: FakeWorld;
let states: ConnectionState[];
let received: Envelope[];
let refusals: Refused[];
let trips: (number | undefined)[];
let connection: Connection;
let address: string;

const refused = (code: string, retry = false): ServerMessage => ({
  type: "refused",
  code,
  message: { zh: "", en: "" },
  retry,
  fault: "client",
  retry_after_s: null,
  place: null,
});

beforeEach(() => {
  [world, states, received, refusals, trips] = [new FakeWorld(), [], [], [], []];
  address = "ws://test/";
  connection = new Connection(
    { url: () => address, hello: (last_seen_seq) => ({ type: "hello", token: "t", last_seen_seq, language: "zh" }) },
    world,
    {
      received: (envelope) => received.push(envelope),
      stateChanged: (state) => states.push(state),
      roundTrip: (ms) => trips.push(ms),
      refused: (refusal) => refusals.push(refusal),
    },
  );
});

function letIn(lastSeq = 0): void {
  world.socket.onopen?.();
  world.socket.hear(welcome(phase("consent"), { last_seq: lastSeq }));
}

test("says hello first and is open after the welcome", () => {
  connection.open();
  letIn();
  expect(world.socket.sent[0]).toEqual({ type: "hello", token: "t", last_seen_seq: 0, language: "zh" });
  expect(states).toEqual(["connecting", "greeting", "open"]);
});

test("what is said too early waits, in order, and an old draft makes way for a newer one", () => {
  connection.open();
  connection.send({ type: "save_draft", question_id: "q1", text: "a", revision: 1 });
  connection.send({ type: "save_draft", question_id: "q1", text: "ab", revision: 2 });
  connection.send({ type: "finish_answer", question_id: "q1" });
  expect(world.socket.sent).toEqual([]);
  letIn();
  expect(world.socket.sent.slice(1)).toEqual([
    { type: "save_draft", question_id: "q1", text: "ab", revision: 2 },
    { type: "finish_answer", question_id: "q1" },
  ]);
});

test("a lost socket is opened again with what was seen last, and nothing is handed on twice", () => {
  connection.open();
  letIn();
  world.socket.hear(phase("device_check"), 1);
  world.socket.hear(phase("practice"), 2);
  world.socket.onclose?.();
  expect(connection.state).toBe("waiting");
  world.pass(200);
  expect(world.sockets).toHaveLength(2);
  world.socket.onopen?.();
  expect(world.socket.sent[0]).toMatchObject({ type: "hello", last_seen_seq: 2 });
  world.socket.hear(welcome(phase("practice"), { epoch: 2, last_seq: 3 }));
  world.socket.hear(phase("practice"), 2);
  world.socket.hear(phase("guide"), 3);
  expect(received.filter((envelope) => envelope.seq > 0).map((envelope) => envelope.seq)).toEqual([1, 2, 3]);
});

test("back-off grows with each failure and starts anew after a welcome", () => {
  connection.open();
  const waits: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const before = world.now();
    world.socket.onclose?.();
    const count = world.sockets.length;
    while (world.sockets.length === count) world.pass(10);
    waits.push(world.now() - before);
  }
  expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
  expect(waits[2]).toBeGreaterThan(waits[1] ?? 0);
  letIn();
  world.socket.onclose?.();
  world.pass(200);
  expect(world.sockets).toHaveLength(5);
});

test("pings once a second and measures the way there and back", () => {
  connection.open();
  letIn();
  world.pass(1_000);
  expect(world.socket.said("ping")).toEqual([{ type: "ping", id: 1 }]);
  world.pass(40);
  world.socket.hear({ type: "pong", id: 1 });
  expect(trips.at(-1)).toBe(40);
});

test("a silent peer is suspected after 3 s and given up after 7 s", () => {
  connection.open();
  letIn();
  trips.length = 0;
  world.pass(2_900);
  expect(trips).toEqual([]);
  world.pass(200);
  expect(trips).toEqual([undefined]);
  const silent = world.socket;
  world.pass(4_300);
  expect(silent.closed).toBe(true);
  expect(world.sockets.length).toBeGreaterThan(1);
});

test("opened elsewhere ends the conversation until someone asks for it again", () => {
  connection.open();
  letIn();
  world.socket.hear(refused("opened_elsewhere"));
  expect(refusals.map((refusal) => refusal.code)).toEqual(["opened_elsewhere"]);
  expect(connection.state).toBe("closed");
  world.pass(60_000);
  expect(world.sockets).toHaveLength(1);
  connection.open();
  expect(world.sockets).toHaveLength(2);
});

test("a refusal of one message is handed on and the conversation goes on", () => {
  connection.open();
  letIn();
  world.socket.hear(refused("wrong_phase"));
  expect(connection.state).toBe("open");
  expect(received.at(-1)?.message).toMatchObject({ code: "wrong_phase" });
});

test("a full server is asked again, a forged token is not", () => {
  connection.open();
  world.socket.onopen?.();
  world.socket.hear(refused("server_full", true));
  world.socket.onclose?.();
  expect(connection.state).toBe("waiting");
  world.pass(10_000);
  world.socket.onopen?.();
  world.socket.hear(refused("session_expired"));
  expect(connection.state).toBe("closed");
});

test("told where the interview is held, it goes there, and what waits to be said is said there", () => {
  connection.open();
  connection.send({ type: "finish_answer", question_id: "q1" });
  world.socket.onopen?.();
  world.socket.hear({ type: "moved", interview_id: "i1", url: "http://other" });
  expect(received.at(-1)?.message.type).toBe("moved");
  address = "ws://other/";
  world.socket.onclose?.();
  world.pass(400);
  expect(world.addresses).toEqual(["ws://test/", "ws://other/"]);
  letIn();
  expect(world.socket.said("finish_answer")).toHaveLength(1);
});

test("noise on the wire is ignored, and so is an abandoned socket", () => {
  connection.open();
  letIn();
  const first = world.socket;
  for (const data of ["", "{", "null", '{"seq":1}', '{"seq":1,"at_ms":0,"message":1}', new ArrayBuffer(2)]) {
    first.onmessage?.({ data });
  }
  expect(connection.state).toBe("open");
  const listener = first.onmessage;
  first.onclose?.();
  listener?.({ data: JSON.stringify({ seq: 9, at_ms: 0, message: phase("guide") }) });
  expect(received.some((envelope) => envelope.seq === 9)).toBe(false);
});

test("the outbox is bounded and says what it dropped", () => {
  for (let i = 0; i < 70; i += 1) connection.send({ type: "observe", kind: "tab_hidden" });
  expect(connection.dropped).toBe(6);
});

test("waits exactly as long as it was asked to, and says so", () => {
  const lost: boolean[] = [];
  connection = new Connection(
    { url: () => "ws://test/", hello: () => ({ type: "hello", token: "t", last_seen_seq: 0, language: "zh" }) },
    world,
    { received: () => undefined, stateChanged: () => undefined, roundTrip: () => undefined, refused: () => undefined, lost: (waiting) => lost.push(waiting) },
  );
  connection.open();
  world.socket.onopen?.();
  world.socket.hear({ ...refused("server_full", true), retry_after_s: 6 } as ServerMessage);
  world.socket.onclose?.();
  world.pass(5_900);
  expect(world.sockets).toHaveLength(1);
  world.pass(200);
  expect(world.sockets).toHaveLength(2);
  world.socket.onclose?.();
  world.pass(1_000);
  expect(world.sockets).toHaveLength(3); // nobody asked: back to its own patience
  expect(lost).toEqual([true, false]);
});

test("reopens at once at another address", () => {
  connection.open();
  letIn();
  const before = world.socket;
  connection.reopen();
  expect(before.closed).toBe(true);
  expect(world.sockets).toHaveLength(2);
  letIn();
  expect(connection.state).toBe("open");
});
