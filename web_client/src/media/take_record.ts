/**
 * Gives sound its place in a take. Pure.
 *
 * A page that was reloaded in the middle of an answer cannot know which numbers its predecessor had sent before it
 * wrote them down; until the server has said what it has, sound waits here without a number.
 */
import { type Ranges, union, within, without } from "./ranges";
import type { TakePacket, VoicePacket } from "./take";

export class TakeRecord {
  private n = 0;
  private endMs = 0;
  private waiting: VoicePacket[] | undefined;
  /** When the sound belongs to the answer, in whole milliseconds of the system's clock. */
  private listening: Ranges = [];

  /** `isNew`: nobody, also no earlier page, can have recorded any of it. */
  constructor(
    readonly take: number,
    readonly openedAtMs: number,
    isNew: boolean,
  ) {
    if (!isNew) this.waiting = [];
  }

  listen(fromMs: number): void {
    this.listening = union(this.listening, [Math.round(fromMs), Infinity]);
  }

  /** What was said before is still taken when it comes out of the encoder later. */
  pause(atMs: number): void {
    this.listening = without(this.listening, [[Math.round(atMs), Infinity]]);
  }

  get listens(): boolean {
    return this.listening.at(-1)?.[1] === Infinity;
  }

  /** Its first number is not known yet. */
  get waits(): boolean {
    return this.waiting !== undefined;
  }

  /** Undefined while it waits for its number, or when it was said while nobody was listening. */
  push(packet: VoicePacket): TakePacket | undefined {
    if (!within(this.listening, packet.atMs + packet.durationMs / 2)) return undefined;
    if (!this.waiting) return this.place(packet);
    this.waiting.push(packet);
    return undefined;
  }

  /** The first free number is known, and how far the take reached elsewhere. What has waited comes out. */
  goOn(n: number, fromMs: number): TakePacket[] {
    if (!this.waiting) return [];
    [this.n, this.endMs] = [n, fromMs];
    const waiting = this.waiting;
    this.waiting = undefined;
    return waiting.map((packet) => this.place(packet));
  }

  private place(packet: VoicePacket): TakePacket {
    const { atMs, ...sound } = packet;
    const startMs = Math.max(Math.round(atMs - this.openedAtMs), this.endMs);
    this.endMs = startMs + packet.durationMs;
    return { take: this.take, n: this.n++, startMs, ...sound };
  }
}
