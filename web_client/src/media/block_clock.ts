/**
 * When a block of the microphone began. Counted in blocks, so that the shaking of threads never becomes a gap or an
 * overlap; corrected when blocks come much later than counted: then the microphone, or the whole page, stood still,
 * and that is told as the pause it was. Pure.
 */
export const PAUSE_MS = 400;

export class BlockClock {
  private nextMs: number | undefined;

  constructor(private readonly blockMs: number) {}

  /** `endedAtMs`: when its last sample came, by the system's clock. */
  start(endedAtMs: number): number {
    const seenMs = endedAtMs - this.blockMs;
    const startMs = this.nextMs === undefined || seenMs - this.nextMs > PAUSE_MS ? seenMs : this.nextMs;
    this.nextMs = startMs + this.blockMs;
    return startMs;
  }
}
