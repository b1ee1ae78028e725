/**
 * The interview clock, as far as a page can know it. Every envelope says what the clock was when it was sent;
 * transit only makes it look older, so the largest difference seen is the best estimate. Replayed messages
 * carry old times and never win. A new connection starts anew, because either clock may have been stopped.
 */
export interface ClockEstimate {
  readonly offsetMs: number | undefined;
}

export const UNKNOWN_CLOCK: ClockEstimate = { offsetMs: undefined };

export function heardClock(clock: ClockEstimate, atMs: number, nowMs: number): ClockEstimate {
  const offsetMs = atMs - nowMs;
  return clock.offsetMs === undefined || offsetMs > clock.offsetMs ? { offsetMs } : clock;
}

export function interviewNow(clock: ClockEstimate, nowMs: number): number {
  return nowMs + (clock.offsetMs ?? 0);
}
