import { describe, expect, test } from "vitest";
import { BlockClock, PAUSE_MS } from "../src/media/block_clock";
import { FrameKind } from "../src/media/frames";
import type { VoicePacket } from "../src/media/take";
import { TakeRecord } from "../src/media/take_record";

const voice = (atMs: number): VoicePacket => ({ kind: FrameKind.opus, atMs, durationMs: 60, level: 20, payload: Uint8Array.of(1) });

function newTake(take = 1): TakeRecord {
  const record = new TakeRecord(take, 10_000);
  record.goOn(0, 0, 10_000);
  return record;
}

describe("a take", () => {
  test("numbers its packets and counts their time from its start", () => {
    const record = newTake(4);
    record.listen(10_000);
    const placed = [10_300, 10_360, 10_420].map((at) => record.push(voice(at)));
    expect(placed.map((packet) => [packet?.take, packet?.n, packet?.startMs])).toEqual([
      [4, 0, 300],
      [4, 1, 360],
      [4, 2, 420],
    ]);
  });
  test.each([9_980, 10_000, 10_029])("begins with the block in which the answer opened, or the next one: %d", (first) => {
    const record = newTake();
    record.listen(10_000);
    expect([0, 60, 120].map((ms) => record.push(voice(first + ms))?.startMs)).toEqual([0, 60, 120]);
  });
  test("a pause is a hole in time and none in the numbers; nothing of it is taken", () => {
    const record = newTake();
    record.listen(10_000);
    record.push(voice(10_000));
    record.pause(10_060);
    expect(record.push(voice(10_300))).toBeUndefined();
    expect(record.listens).toBe(false);
    record.listen(15_000);
    expect(record.push(voice(15_000))).toMatchObject({ n: 1, startMs: 5_000 });
  });
  test("what was said before a pause is taken even when it comes out after it", () => {
    const record = newTake();
    record.listen(10_000);
    record.pause(10_120);
    expect([10_000, 10_060, 10_120].map((at) => record.push(voice(at))?.n)).toEqual([0, 1, undefined]);
  });
  test("after a reload sound waits for its number, and then nothing of it is missing", () => {
    const record = new TakeRecord(1, 10_000);
    record.listen(40_000);
    expect([40_000, 40_060].map((at) => record.push(voice(at)))).toEqual([undefined, undefined]);
    expect(record.waits).toBe(true);
    expect(record.goOn(500, 29_000, 40_200).map(({ n, startMs }) => [n, startMs])).toEqual([
      [500, 30_000],
      [501, 30_060],
    ]);
    expect(record.push(voice(40_120))).toMatchObject({ n: 502, startMs: 30_120 });
    expect(record.goOn(0, 0, 50_000)).toEqual([]);
  });
  test("a device that does not know when it began lays its first sound where the take has come to", () => {
    const record = new TakeRecord(1);
    record.listen(70_000);
    record.push(voice(70_030));
    expect(record.goOn(1_020, 31_000, 70_100).map(({ n, startMs }) => [n, startMs])).toEqual([[1_020, 31_000]]);
    expect(record.push(voice(70_390))).toMatchObject({ n: 1_021, startMs: 31_360 });
    expect(record.zeroMs).toBe(70_030 - 31_000);
  });
  test("never overlaps what another device has recorded, whatever the clocks say", () => {
    const record = new TakeRecord(1, 10_000);
    record.listen(10_000);
    record.push(voice(11_000));
    expect(record.goOn(20, 1_200, 11_100).map((packet) => packet.startMs)).toEqual([1_200]);
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
