import { beforeEach, describe, expect, test } from "vitest";
import { Archive, type OpenAnswer } from "../src/media/archive";
import { FrameKind } from "../src/media/frames";
import type { TakeState } from "../src/protocol/generated";
import { MemoryTakes } from "../src/media/take_store";
import { type Arrived, FakeMediaWorld, type FakeMediaSocket, promised, unpack } from "./media_fakes";

let world: FakeMediaWorld;
let archive: Archive;

/** What a server would know by now: every packet of every connection, and what it was told of the ends. */
const arrived = (take = 1): Arrived[] =>
  world.mediaSockets.flatMap((socket) => socket.frames.flatMap(unpack)).filter((packet) => packet.take === take);
const numbers = (take = 1): number[] => [...new Set(arrived(take).map(({ n }) => n))].sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const answering = (take: number, more: Partial<OpenAnswer> = {}): OpenAnswer => ({
  take,
  questionId: `q${take}`,
  listening: true,
  isNew: true,
  ...more,
});
const state = (take: number, more: Partial<TakeState> = {}): TakeState => ({
  take,
  question_id: `q${take}`,
  attempt: 1,
  through: -1,
  ranges: [],
  packets: null,
  closed: false,
  next_n: 0,
  next_ms: 0,
  ...more,
});

function newPage(): Archive {
  return new Archive(() => ({ url: "ws://test/", token: "t" }), world, () => Promise.resolve());
}

async function speak(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await world.live(60);
    archive.hear({ kind: FrameKind.opus, atMs: world.wallClock() - 60, durationMs: 60, level: 20, payload: Uint8Array.of(i, i >> 8) });
    await promised();
  }
}

async function begin(takes: readonly TakeState[] = []): Promise<FakeMediaSocket> {
  await archive.begin("i1");
  world.media.letIn(takes);
  await promised();
  return world.media;
}

beforeEach(() => {
  world = new FakeMediaWorld();
  archive = newPage();
});

describe("beside WebRTC", () => {
  test("an answer goes in runs, its end is said, and when it is closed nothing of it stays", async () => {
    const socket = await begin();
    await archive.follow(answering(1));
    await speak(80);
    expect(socket.frames.length).toBeLessThanOrEqual(8);
    expect(archive.store.state.unsavedMs).toBeGreaterThan(4_000);
    await archive.follow(undefined);
    await world.live(500);
    expect(numbers()).toEqual(upTo(80));
    expect(arrived().some((packet) => packet.live)).toBe(false);
    expect(socket.said("take_ended")).toEqual([{ type: "take_ended", take: 1, packets: 80 }]);
    socket.hear({ type: "take_saved", take: 1, through: 79, ranges: [] });
    await world.live(300);
    expect(archive.store.state.unsavedMs).toBe(0);
    expect(await world.stored.all()).toHaveLength(1);
    socket.hear({ type: "take_closed", take: 1, complete: true, missing: [] });
    await world.live(300);
    expect(await world.stored.all()).toEqual([]);
    expect((world.stored as MemoryTakes).bytes).toBe(0);
  });

  test("nothing is recorded before an answer is open, while it is paused, or after it", async () => {
    await begin();
    await speak(5);
    expect(archive.wantsSound).toBe(false);
    await archive.follow(answering(1));
    await speak(5);
    await archive.follow(answering(1, { listening: false }));
    await speak(20);
    await archive.follow(answering(1));
    await speak(5);
    await archive.follow(undefined);
    await speak(5);
    expect(numbers()).toEqual(upTo(10));
    const starts = arrived().map(({ startMs }) => startMs);
    expect((starts[5] ?? 0) - (starts[4] ?? 0)).toBe(21 * 60);
  });

  test("a cut costs nothing: what was said meanwhile follows, and what was on its way goes again", async () => {
    const socket = await begin();
    await archive.follow(answering(1));
    await speak(40);
    socket.hear({ type: "take_saved", take: 1, through: 15, ranges: [] });
    socket.onclose?.();
    await speak(200);
    expect(archive.store.state).toMatchObject({ listening: true, link: "connecting" });
    expect(archive.store.state.unsavedMs).toBeGreaterThan(10_000);
    world.media.letIn([state(1, { through: 15, next_n: 16 })]);
    await speak(40);
    await archive.follow(undefined);
    await world.live(500);
    const later = new Set(world.media.frames.flatMap(unpack).map(({ n }) => n));
    expect([...later].sort((a, b) => a - b)).toEqual(upTo(280).slice(16));
    expect(numbers()).toEqual(upTo(280));
  });

  test("a full server asks for everything once more", async () => {
    const socket = await begin();
    await archive.follow(answering(1));
    await speak(22);
    const before = socket.frames.length;
    const sorry = { zh: "", en: "" };
    socket.hear({ type: "refused", code: "take_not_saved", message: sorry, retry: true, fault: "server", retry_after_s: 1, place: null });
    await archive.follow(undefined);
    await world.live(900);
    expect(socket.frames).toHaveLength(before);
    expect(before).toBeGreaterThan(0);
    await world.live(600);
    expect(new Set(socket.frames.slice(before).flatMap(unpack).map(({ n }) => n))).toEqual(new Set(upTo(22)));
  });
});

describe("without WebRTC", () => {
  test("one copy on the wire: live and part of the take; between answers live alone", async () => {
    archive.carryLive(true);
    const socket = await begin();
    await speak(3);
    await archive.follow(answering(1));
    await speak(10);
    await archive.follow(undefined);
    await speak(2);
    const all = socket.frames.flatMap(unpack);
    expect(all.map(({ take, n }) => [take, n])).toEqual([
      ...upTo(3).map((n) => [0, n]),
      ...upTo(10).map((n) => [1, n]),
      [0, 3],
      [0, 4],
    ]);
    expect(all.every((packet) => packet.live)).toBe(true);
  });

  test("after a cut the live sound goes on at once, and what is missing follows without being heard", async () => {
    archive.carryLive(true);
    const socket = await begin();
    await archive.follow(answering(1));
    await speak(5);
    socket.onclose?.();
    await speak(50);
    world.media.letIn([state(1, { through: 4, next_n: 5 })]);
    await speak(5);
    const all = world.media.frames.flatMap(unpack);
    expect(all.filter(({ live }) => live).map(({ n }) => n)).toEqual([55, 56, 57, 58, 59]);
    expect(all.filter(({ live }) => !live).map(({ n }) => n)).toEqual(upTo(55).slice(5));
    expect(numbers()).toEqual(upTo(60));
  });

  test("a connection that has half a megabyte waiting is given up for a new one", async () => {
    archive.carryLive(true);
    const socket = await begin();
    await archive.follow(answering(1));
    socket.bufferedAmount = 600 * 1024;
    await speak(1);
    expect(socket.closed).toBe(true);
    expect(world.mediaSockets).toHaveLength(2);
    world.media.letIn([state(1)]);
    await archive.follow(undefined);
    await world.live(500);
    expect(numbers()).toEqual([0]);
  });
});

describe("another page", () => {
  test("after a reload the numbers go on, the pause is a hole in time and in nothing else, the rest is sent", async () => {
    const socket = await begin();
    await archive.follow(answering(1));
    await speak(30);
    // The page dies: it had sent some runs, of which the server had made one durable.
    socket.onclose?.();
    archive = newPage();
    await world.live(2_000);
    await archive.begin("i1");
    await archive.follow(answering(1, { isNew: false }));
    await speak(5);
    world.media.letIn([state(1, { through: 15, next_n: 1_016, next_ms: 960 })]);
    await speak(5);
    await archive.follow(undefined);
    await world.live(500);
    expect(numbers()).toEqual(upTo(40));
    expect(world.media.said("take_absent")).toEqual([]);
    expect(world.media.said("take_ended").at(-1)).toMatchObject({ packets: 40 });
    const resumed = arrived().find(({ n }) => n === 30);
    expect(resumed?.startMs).toBe(30 * 60 + 2_000);
  });

  test("an answer that was over before the reload is finished, closed ones are forgotten, unknown ones kept", async () => {
    await begin();
    for (const take of [1, 2, 3]) {
      await archive.follow(answering(take));
      await speak(10);
    }
    world.media.onclose?.();
    await archive.flush();
    archive = newPage();
    const socket = await begin([state(1, { closed: true, packets: 10 }), state(2, { through: 3, next_n: 4 })]);
    await world.live(500);
    expect(new Set(socket.frames.flatMap(unpack).map(({ take, n }) => `${take}/${n}`))).toEqual(new Set(upTo(10).slice(4).map((n) => `2/${n}`)));
    expect(socket.said("take_ended")).toEqual([{ type: "take_ended", take: 2, packets: 10 }]);
    expect((await world.stored.all()).map(({ note }) => note.take)).toEqual([2, 3]);
  });

  test("what another device holds is named as absent", async () => {
    const socket = await begin([state(1, { through: 20, next_n: 26, ranges: [[23, 25]] }), state(2, { through: -1, packets: 12, next_n: 0 })]);
    expect(socket.said("take_absent")).toEqual([
      { type: "take_absent", take: 1, from: 21, until: null },
      { type: "take_absent", take: 2, from: 0, until: 12 },
    ]);
  });

  test("a new device in the middle of an answer goes on where the server says, and tells what it has not got", async () => {
    await archive.begin("i1");
    await archive.follow(answering(1, { isNew: false }));
    await speak(2);
    world.media.letIn([state(1, { through: 99, next_n: 1_100, next_ms: 31_000 })]);
    await speak(20);
    await world.live(1_500);
    expect(numbers()).toEqual(upTo(22).map((n) => 1_100 + n));
    expect(arrived().map(({ startMs }) => startMs)).toEqual(upTo(22).map((n) => 31_000 + n * 60));
    expect(world.media.said("take_absent")).toEqual([{ type: "take_absent", take: 1, from: 100, until: 1_100 }]);
    // What is beyond the hole is acknowledged all the same.
    world.media.hear({ type: "take_saved", take: 1, through: 99, ranges: [[1_100, 1_121]] });
    await world.live(300);
    expect(archive.store.state.unsavedMs).toBe(0);
    // It is reloaded in turn, and knows when the take began.
    world.media.onclose?.();
    archive = newPage();
    await archive.begin("i1");
    await archive.follow(answering(1, { isNew: false }));
    world.media.letIn([state(1, { through: 99, ranges: [[1_100, 1_121]], next_n: 2_122, next_ms: 40_000 })]);
    await speak(17);
    await world.live(1_500);
    expect(numbers().slice(22)).toEqual(upTo(17).map((n) => 1_122 + n));
  });

  test("who comes back to a device that has packets left goes on behind the other device, and sends them", async () => {
    await begin();
    await archive.follow(answering(1));
    await speak(30);
    archive.leave();
    await world.live(5_000);
    await archive.begin("i1");
    await archive.follow(answering(1, { isNew: false }));
    world.media.letIn([state(1, { through: 15, ranges: [[1_016, 1_060]], next_n: 2_061, next_ms: 7_000 })]);
    await speak(20);
    await world.live(1_500);
    expect(numbers()).toEqual([...upTo(30), ...upTo(20).map((n) => 2_061 + n)]);
    expect(arrived().find(({ n }) => n === 2_061)?.startMs).toBe(7_000);
    expect(world.media.said("take_absent")).toEqual([
      { type: "take_absent", take: 1, from: 30, until: 1_016 },
      { type: "take_absent", take: 1, from: 1_061, until: 2_061 },
    ]);
  });

  test("another tab takes over: nothing more is recorded or sent, what is kept stays", async () => {
    const socket = await begin();
    await archive.follow(answering(1));
    await speak(8);
    archive.leave();
    await speak(20);
    expect([socket.closed, archive.wantsSound]).toEqual([true, false]);
    expect((await world.stored.all()).map(({ held }) => held)).toEqual([[[0, 8]]]);
  });
});

test("consent is withdrawn: everything is gone at once, and nothing is sent any more", async () => {
  const socket = await begin();
  await archive.follow(answering(1));
  await speak(8);
  await archive.destroy();
  await speak(20);
  expect((world.stored as MemoryTakes).bytes).toBe(0);
  expect([socket.closed, await world.stored.all(), archive.store.state.unsavedMs]).toEqual([true, [], 0]);
});

test("a microphone of which nothing comes is noticed while an answer is spoken, and only then", async () => {
  await begin();
  await world.live(5_000);
  expect(archive.store.state.deaf).toBe(false);
  await archive.follow(answering(1));
  await speak(10);
  await world.live(2_000);
  expect(archive.store.state.deaf).toBe(false);
  await world.live(1_000);
  expect(archive.store.state.deaf).toBe(true);
  await speak(5);
  expect(archive.store.state.deaf).toBe(false);
});

test("storage that was emptied behind our back is told, and nobody waits for it", async () => {
  const socket = await begin();
  await archive.follow(answering(1));
  await speak(10);
  await archive.flush();
  await world.stored.forget(1);
  await archive.follow(undefined);
  await world.live(500);
  expect(socket.said("take_absent")).toEqual([{ type: "take_absent", take: 1, from: 0, until: 10 }]);
});

test("what the server had to declare missing is added up for the candidate", async () => {
  const socket = await begin();
  const missing = [
    { start_ms: 0, end_ms: 700, cause: "capture_paused" as const },
    { start_ms: 1_000, end_ms: 3_500, cause: "other_device" as const },
  ];
  socket.hear({ type: "take_closed", take: 1, complete: false, missing });
  socket.hear({ type: "take_closed", take: 2, complete: false, missing });
  expect(archive.store.state.missingMs).toBe(5_000);
});
