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
