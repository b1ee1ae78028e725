import { beforeEach, expect, test } from "vitest";
import { MediaSocket, type MediaSocketState } from "../src/media/media_socket";
import type { MediaTold } from "../src/protocol/generated";
import { FakeMediaWorld } from "./media_fakes";

let world: FakeMediaWorld;
let states: MediaSocketState[];
let told: (MediaTold | "opened" | "lost")[];
let epoch: number;
let socket: MediaSocket;

beforeEach(() => {
  [world, states, told, epoch] = [new FakeMediaWorld(), [], [], 1];
  socket = new MediaSocket(() => ({ url: `ws://test/?epoch=${epoch}`, token: "t" }), world, {
    opened: () => told.push("opened"),
    told: (message) => told.push(message),
    lost: () => told.push("lost"),
    changed: (state) => states.push(state),
  });
});

test("the token first, then the server says its takes, then it is open", () => {
  socket.open();
  expect(socket.send(Uint8Array.of(1))).toBe(false);
  world.media.onopen?.();
  expect(socket.say({ type: "ping" })).toBe(false);
  world.media.hear({ type: "takes", takes: [] });
  expect(states).toEqual(["connecting", "greeting", "open"]);
  expect(socket.send(Uint8Array.of(1, 2))).toBe(true);
  expect(world.media.texts).toEqual([{ token: "t" }]);
  expect(world.media.frames.map((frame) => [...frame])).toEqual([[1, 2]]);
});

test("a lost connection comes back by itself, later and later", () => {
  socket.open();
  const waits: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const before = world.now();
    world.media.onclose?.();
    const count = world.mediaSockets.length;
    while (world.mediaSockets.length === count) world.pass(10);
    waits.push(world.now() - before);
  }
  expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
  expect(waits[2]).toBeGreaterThan(waits[1] ?? 0);
  world.media.letIn();
  world.pass(4_000);
  world.media.onclose?.();
  expect(told).toEqual(["opened", "lost"]);
  world.pass(200);
  expect(world.mediaSockets).toHaveLength(5);
});

test("thrown out as soon as it is let in, it comes back later and later", () => {
  socket.open();
  for (let i = 0; i < 6; i += 1) {
    world.media.letIn();
    world.media.onclose?.();
    world.pass(8_000);
  }
  const before = world.mediaSockets.length;
  world.media.letIn();
  world.media.onclose?.();
  world.pass(3_000);
  expect(world.mediaSockets).toHaveLength(before);
});

test("a server that never says its takes is left", () => {
  socket.open();
  world.media.onopen?.();
  world.pass(8_100);
  expect(socket.state).toBe("waiting");
});

test("says a word after five silent seconds, of either side, and gives a dead line up after ten", () => {
  socket.open();
  world.media.letIn();
  for (let i = 0; i < 8; i += 1) {
    world.pass(1_000);
    socket.send(Uint8Array.of(0));
  }
  expect(world.media.said("ping").length).toBeGreaterThan(0);
  world.media.hear({ type: "pong" });
  world.pass(9_000);
  expect(socket.state).toBe("open");
  const dead = world.media;
  world.pass(2_000);
  expect([dead.closed, told.at(-1)]).toEqual([true, "lost"]);
});

test("a new epoch is a new connection, at once; an abandoned one is not listened to", () => {
  socket.open();
  world.media.letIn();
  const first = world.media;
  const listener = first.onmessage;
  epoch = 2;
  socket.renew();
  expect(world.media.url).toBe("ws://test/?epoch=2");
  expect(told).toEqual(["opened", "lost"]);
  first.onclose?.();
  expect(world.mediaSockets).toHaveLength(2);
  expect(listener).not.toBeNull();
  expect(first.onmessage).toBeNull();
  world.media.letIn();
  expect(socket.state).toBe("open");
});

test("closed, it stays closed; noise on the wire changes nothing", () => {
  socket.open();
  world.media.letIn();
  for (const data of ["", "{", "null", "3", "{}", new ArrayBuffer(3)]) world.media.onmessage?.({ data });
  expect([socket.state, told]).toEqual(["open", ["opened"]]);
  socket.close();
  world.pass(60_000);
  socket.renew();
  expect(world.mediaSockets).toHaveLength(1);
});
