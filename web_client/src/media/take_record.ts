/**
 * Gives sound its place in a take. Pure.
 *
 * A page that did not see the answer open cannot know whether another device has gone on with it meanwhile; until the
 * server has said what it has, sound waits here without a number.
 */
import { type Ranges, union, within, without } from "./ranges";
import type { TakePacket, VoicePacket } from "./take";

export class TakeRecord {
  private n = 0;
  private endMs = 0;
  private waiting: VoicePacket[] | undefined = [];
  /** When the sound belongs to the answer, in whole milliseconds of the system's clock. */
  private listening: Ranges = [];

  /** `openedAtMs` undefined: this device does not know when the take began. */
  constructor(
    readonly take: number,
    private openedAtMs?: number,
  ) {}

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

  /** The first free number is known, and how far the take has come by now. What has waited comes out. */
  goOn(n: number, fromMs: number, nowMs: number): TakePacket[] {
    const { waiting } = this;
    if (!waiting) return [];
    this.waiting = undefined;
    [this.n, this.endMs] = [n, fromMs];
    this.openedAtMs ??= (waiting[0]?.atMs ?? nowMs) - fromMs;
    return waiting.map((packet) => this.place(packet));
  }

  get nextNumber(): number {
    return this.n;
  }

  /** When it began, by the system's clock; undefined while it waits and nobody here knows. */
  get zeroMs(): number | undefined {
    return this.openedAtMs;
  }

  private place(packet: VoicePacket): TakePacket {
    const { atMs, ...sound } = packet;
    // Blocks do not wait for answers: the take begins with the block in which the answer opened, or the next one.
    if (this.n === 0 && Math.abs(atMs - (this.openedAtMs ?? atMs)) < packet.durationMs) this.openedAtMs = atMs;
    const startMs = Math.max(Math.round(atMs - (this.openedAtMs ?? atMs)), this.endMs);
    this.endMs = startMs + packet.durationMs;
    return { take: this.take, n: this.n++, startMs, ...sound };
  }
}
