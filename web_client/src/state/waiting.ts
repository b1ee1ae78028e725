/** Not let in yet, or again: why, which place in the line, and when the page asks again by itself. */
import type { Refused } from "../protocol/generated";

export interface Waiting {
  readonly why: Refused;
  readonly untilMs: number;
}

/** What passes by itself, and is nobody's mistake on this side. */
const PASSING: ReadonlySet<string> = new Set([
  "server_full",
  "server_busy",
  "engines_busy",
  "owner_silent",
  "leases_unavailable",
  "store_unavailable",
  "draining",
]);

/** Undefined: a refusal of something else. */
export function waitingFor(refusal: Refused, nowMs: number): Waiting | undefined {
  if (!refusal.retry || refusal.retry_after_s === null || !PASSING.has(refusal.code)) return undefined;
  return { why: refusal, untilMs: nowMs + refusal.retry_after_s * 1_000 };
}

/** Whole seconds, never less than 1: "in 0 seconds" reads like a promise. */
export function secondsLeft(waiting: Waiting, nowMs: number): number {
  return Math.max(1, Math.ceil((waiting.untilMs - nowMs) / 1_000));
}
