/** What a timer says at a moment, and when a screen reader should be told. Pure. */
import type { Timer } from "../protocol/generated";

export interface Countdown {
  /** Undefined: no limit. Never negative. */
  readonly leftMs: number | undefined;
  /** 1 at the start, 0 at the end; 1 when there is no limit. */
  readonly share: number;
  readonly paused: boolean;
}

export function countdown(timer: Timer | null | undefined, nowMs: number): Countdown | undefined {
  if (!timer) return undefined;
  if (timer.paused) {
    const leftMs = timer.left_ms ?? undefined;
    const lengthMs = timer.ends_at_ms === null ? 0 : timer.ends_at_ms - timer.started_at_ms;
    return { leftMs, share: leftMs === undefined ? 1 : bounded(leftMs / Math.max(leftMs, lengthMs, 1)), paused: true };
  }
  if (timer.ends_at_ms === null) return { leftMs: undefined, share: 1, paused: false };
  const leftMs = Math.max(0, timer.ends_at_ms - nowMs);
  return { leftMs, share: bounded(leftMs / Math.max(1, timer.ends_at_ms - timer.started_at_ms)), paused: false };
}

const bounded = (value: number): number => Math.min(1, Math.max(0, value));

/** "1:05"; rounds up, so that 0:00 means over. */
export function clockText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** "1:05.3"; for moments in a recording, where a second is long. */
export function momentText(ms: number): string {
  const tenths = Math.round(ms / 100);
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
}

export type Milestone = "half" | "seconds_30" | "seconds_10";

/**
 * The milestone passed between two looks at the same timer; the latest, if several. 30 s is not said of
 * timers too short for it to differ from "half".
 */
export function milestone(beforeMs: number, afterMs: number, lengthMs: number): Milestone | undefined {
  const passed = (mark: number): boolean => beforeMs > mark && afterMs <= mark;
  if (passed(10_000)) return "seconds_10";
  if (lengthMs > 75_000 && passed(30_000)) return "seconds_30";
  if (lengthMs > 25_000 && passed(lengthMs / 2)) return "half";
  return undefined;
}
