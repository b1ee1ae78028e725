/** Packets of a take as frames of the wire: alone and to be heard now, or in runs of up to a second for the take only. */
import { encodeFrame, FrameKind, LEVEL_UNKNOWN, packRun } from "./frames";
import type { TakePacket } from "./take";

const MAX_RUN_MS = 1_000;
const MAX_RUN_PACKETS = 50;

export function liveFrame(packet: TakePacket): Uint8Array<ArrayBuffer> {
  return encodeFrame({ ...packet, key: false, live: true });
}

/** As few frames as carry them: Opus packets that follow each other, in number and in time, share one. */
export function takeFrames(packets: readonly TakePacket[]): Uint8Array<ArrayBuffer>[] {
  const runs: TakePacket[][] = [];
  for (const packet of packets) {
    const run = runs.at(-1);
    if (run && continues(run, packet)) run.push(packet);
    else runs.push([packet]);
  }
  return runs.map(frameOf);
}

function continues(run: readonly TakePacket[], packet: TakePacket): boolean {
  const [first, last] = [run[0], run.at(-1)];
  if (!first || !last || run.length >= MAX_RUN_PACKETS) return false;
  const fits = (run.length + 1) * packet.durationMs <= MAX_RUN_MS;
  const opus = first.kind === FrameKind.opus && packet.kind === FrameKind.opus;
  const follows = packet.take === last.take && packet.n === last.n + 1 && packet.startMs === last.startMs + last.durationMs;
  return fits && opus && follows && packet.durationMs === first.durationMs;
}

function frameOf(run: readonly TakePacket[]): Uint8Array<ArrayBuffer> {
  const [first] = run as readonly [TakePacket, ...TakePacket[]];
  if (run.length === 1) return encodeFrame({ ...first, key: false, live: false });
  const payload = packRun(run.map((packet) => packet.payload));
  return encodeFrame({ ...first, kind: FrameKind.run, key: false, live: false, level: LEVEL_UNKNOWN, payload });
}
