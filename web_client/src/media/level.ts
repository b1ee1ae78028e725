/** Loudness of samples. Pure. */

/** Root mean square in dBFS, a full-scale sine being -3; -Infinity for digital silence or no samples. */
export function dbfs(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? -Infinity : 10 * Math.log10(sum / samples.length);
}

/** RFC 6464: 0 is the loudest, 127 digital silence. */
export function audioLevel(levelDbfs: number): number {
  return Math.round(Math.min(127, Math.max(0, -levelDbfs)));
}

/** For a meter: -60 dBFS is empty, -6 and louder is full. */
export function meterShare(levelDbfs: number): number {
  return Math.min(1, Math.max(0, (levelDbfs + 60) / 54));
}

/** Speech quieter than this at its loudest is worth telling the candidate. */
export const QUIET_DBFS = -45;

const CLIPPED = 0.985;

/** The share of samples that touch the limit. */
export function clippedShare(samples: Float32Array): number {
  let clipped = 0;
  for (const sample of samples) if (Math.abs(sample) >= CLIPPED) clipped += 1;
  return samples.length === 0 ? 0 : clipped / samples.length;
}

const CLIPPING_SHARE = 0.005;
const CLIPPING_STAYS_MS = 4_000;

/** Distortion worth telling: more than a click, and long enough on the screen to be read. */
export class ClippingWatch {
  private lastAtMs = -Infinity;

  push(clipped: number, nowMs: number): boolean {
    if (clipped > CLIPPING_SHARE) this.lastAtMs = nowMs;
    return nowMs - this.lastAtMs < CLIPPING_STAYS_MS;
  }
}

const DIGITAL_SILENCE = 127;
const SILENT_AFTER_MS = 8_000;

/** Nothing at all comes from a microphone: zeros, and for longer than a noise gate closes in a pause of thought. */
export class SilenceWatch {
  private zerosMs = 0;

  /** `level`: as in RFC 6464. */
  push(level: number, durationMs: number): void {
    this.zerosMs = level === DIGITAL_SILENCE ? this.zerosMs + durationMs : 0;
  }

  reset(): void {
    this.zerosMs = 0;
  }

  get silent(): boolean {
    return this.zerosMs >= SILENT_AFTER_MS;
  }
}
