import { expect, test } from "vitest";
import { FrameKind } from "../src/media/frames";
import type { TakePacket } from "../src/media/take";
import { liveFrame, takeFrames } from "../src/media/take_frames";
import { chances } from "./fakes";
import { packet, unpack } from "./media_fakes";

const plain = ({ take, n, startMs, payload }: Pick<TakePacket, "take" | "n" | "startMs" | "payload">) => ({ take, n, startMs, payload: [...payload] });

test("packets that follow each other share a frame of at most a second", () => {
  const packets = Array.from({ length: 40 }, (_, n) => packet(2, n));
  const frames = takeFrames(packets);
  expect(frames.map((frame) => unpack(frame).length)).toEqual([16, 16, 8]);
  expect(frames.flatMap(unpack).map(plain)).toEqual(packets.map(plain));
  expect(frames.flatMap(unpack).some((arrived) => arrived.live)).toBe(false);
});

test("a pause, a hole, another take, another length or samples begin a frame of their own", () => {
  const chance = chances(5);
  for (let round = 0; round < 200; round += 1) {
    const packets: TakePacket[] = [];
    let [take, n, startMs] = [1, 0, 0];
    for (let i = 0; i < 30; i += 1) {
      const durationMs = chance() < 0.1 ? 20 : 60;
      const kind = chance() < 0.1 ? FrameKind.pcm : FrameKind.opus;
      packets.push(packet(take, n, { startMs, durationMs, kind, payload: Uint8Array.from({ length: 1 + Math.floor(chance() * 90) }, () => chance() * 256) }));
      startMs += durationMs + (chance() < 0.1 ? 500 : 0);
      n += chance() < 0.1 ? 3 : 1;
      if (chance() < 0.05) [take, n, startMs] = [take + 1, 0, 0];
    }
    const frames = takeFrames(packets);
    expect(frames.flatMap(unpack).map(plain)).toEqual(packets.map(plain));
    expect(frames.every((frame) => frame[1] !== FrameKind.pcm || unpack(frame).length === 1)).toBe(true);
  }
});

test("what is to be heard now goes alone, with its level", () => {
  const frame = liveFrame(packet(7, 3));
  expect(unpack(frame).map((arrived) => [arrived.live, plain(arrived)])).toEqual([[true, plain(packet(7, 3))]]);
  expect(frame[6]).toBe(30);
});
