import { describe, expect, test } from "vitest";
import { BlockClock, PAUSE_MS } from "../src/media/block_clock";
import { FrameKind } from "../src/media/frames";
import type { VoicePacket } from "../src/media/take";
import { TakeRecord } from "../src/media/take_record";

const voice = (atMs: number): VoicePacket => ({ kind: FrameKind.opus, atMs, durationMs: 60, level: 20, payload: Uint8Array.of(1) });

describe("a take", () => {
  test("numbers its packets and counts their time from its start", () => {
    const record = new TakeRecord(4, 10_000, true);
    record.listen(10_000);
    const placed = [10_010, 10_070, 10_130].map((at) => record.push(voice(at)));
    expect(placed.map((packet) => [packet?.take, packet?.n, packet?.startMs])).toEqual([
      [4, 0, 10],
      [4, 1, 70],
      [4, 2, 130],
    ]);
  });
  test("a block that had begun just before never starts before the take", () => {
    const record = new TakeRecord(1, 10_000, true);
    record.listen(10_000);
    expect(record.push(voice(9_980))?.startMs).toBe(0);
    expect(record.push(voice(10_040))?.startMs).toBe(60);
  });
  test("a pause is a hole in time and none in the numbers; nothing of it is taken", () => {
    const record = new TakeRecord(1, 10_000, true);
    record.listen(10_000);
    record.push(voice(10_000));
    record.pause(10_060);
    expect(record.push(voice(10_300))).toBeUndefined();
    expect(record.listens).toBe(false);
    record.listen(15_000);
    expect(record.push(voice(15_000))).toMatchObject({ n: 1, startMs: 5_000 });
  });
  test("what was said before a pause is taken even when it comes out after it", () => {
    const record = new TakeRecord(1, 10_000, true);
    record.listen(10_000);
    record.pause(10_120);
    expect([10_000, 10_060, 10_120].map((at) => record.push(voice(at))?.n)).toEqual([0, 1, undefined]);
  });
  test("after a reload sound waits for its number, and then nothing of it is missing", () => {
    const record = new TakeRecord(1, 10_000, false);
    record.listen(40_000);
    expect([40_000, 40_060].map((at) => record.push(voice(at)))).toEqual([undefined, undefined]);
    expect(record.waits).toBe(true);
    expect(record.goOn(500, 29_000).map(({ n, startMs }) => [n, startMs])).toEqual([
      [500, 30_000],
      [501, 30_060],
    ]);
    expect(record.push(voice(40_120))).toMatchObject({ n: 502, startMs: 30_120 });
    expect(record.goOn(0, 0)).toEqual([]);
  });
  test("never overlaps what another device has recorded, whatever the clocks say", () => {
    const record = new TakeRecord(1, 10_000, false);
    record.listen(10_000);
    record.push(voice(11_000));
    expect(record.goOn(20, 1_200).map((packet) => packet.startMs)).toEqual([1_200]);
  });
});

describe("the clock of blocks", () => {
  test("counts, however threads shake", () => {
    const clock = new BlockClock(60);
    const starts = [1_060, 1_133, 1_179, 1_301, 1_302].map((end) => clock.start(end));
    expect(starts).toEqual([1_000, 1_060, 1_120, 1_180, 1_240]);
  });
  test("a microphone that stood still has paused, and time goes on from there", () => {
    const clock = new BlockClock(60);
    clock.start(1_060);
    expect(clock.start(1_120 + PAUSE_MS + 1)).toBe(1_060 + PAUSE_MS + 1);
    expect(clock.start(1_120 + PAUSE_MS + 20)).toBe(1_120 + PAUSE_MS + 1);
  });
});
