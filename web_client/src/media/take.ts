/** What a take is made of: the sound of one attempt at one answer, as this device encoded it. Types only. */
import type { FrameKind } from "./frames";

/** Sound as it leaves the encoder: one Opus packet, or one block of samples. */
export interface VoicePacket {
  readonly kind: typeof FrameKind.opus | typeof FrameKind.pcm;
  /** When it began, in milliseconds of the system's clock, counted in blocks (`BlockClock`). */
  readonly atMs: number;
  readonly durationMs: number;
  /** 0..127 is -dBov as in RFC 6464; 255 unknown. */
  readonly level: number;
  readonly payload: Uint8Array;
}

/** The same, with its place in a take. */
export interface TakePacket {
  readonly take: number;
  /** 0, 1, 2 … without a hole, whatever happened meanwhile. */
  readonly n: number;
  readonly kind: VoicePacket["kind"];
  /** Since the take's start. A hole here is a pause of capture, and told as one. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly level: number;
  readonly payload: Uint8Array;
}

/** What is remembered of a take beside its packets. */
export interface TakeNote {
  readonly take: number;
  readonly questionId: string;
  /** When it began, in milliseconds of the system's clock: the zero of `startMs`, also after a reload. */
  readonly openedAtMs: number;
  /** How many packets it has, once it is over. */
  readonly packets: number | undefined;
}
