/**
 * When to try again. Exponential back-off with jitter, so that a thousand pages cut off by the same
 * restarted server do not come back in the same second. Pure: chance is an argument.
 */
export interface ReconnectPolicy {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
}

export const PATIENT: ReconnectPolicy = { firstMs: 400, factor: 1.7, longestMs: 8_000 };

/** `attempt` counts from 0; `chance` in [0, 1) spreads the wait over its upper half. */
export function delayMs(policy: ReconnectPolicy, attempt: number, chance: number): number {
  const full = Math.min(policy.longestMs, policy.firstMs * policy.factor ** attempt);
  return Math.round(full / 2 + (full / 2) * chance);
}
