/** The countdown: a ring that empties, the time in digits, and words for screen readers at three moments. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Timer } from "../../protocol/generated";
import { type ClockEstimate, interviewNow } from "../../state/clock";
import { clockText, countdown, milestone } from "../../state/countdown";
import { useNow, useText } from "./hooks";

const RADIUS = 52;
const LENGTH = 2 * Math.PI * RADIUS;
const LAST_SECONDS_MS = 10_000;

interface RingProps {
  readonly timer: Timer | null | undefined;
  readonly clock: ClockEstimate;
  /** False while the server's own prompts say the milestones. */
  readonly announces: boolean;
}

export function Ring({ timer, clock, announces }: RingProps) {
  const { t } = useText();
  const now = interviewNow(clock, useNow(250));
  const time = countdown(timer, now);
  const said = useAnnouncement(timer, time?.paused ? undefined : time?.leftMs, announces);
  if (!time || !timer) return null;
  const unlimited = time.leftMs === undefined;
  const text = unlimited ? "∞" : clockText(time.leftMs);
  const isLong = timer.ends_at_ms !== null && timer.ends_at_ms - timer.started_at_ms > 2 * LAST_SECONDS_MS;
  const ending = isLong && !unlimited && !time.paused && time.leftMs <= LAST_SECONDS_MS;
  return (
    <div class={`ring${ending ? " ending" : ""}${time.paused ? " paused" : ""}`} data-testid="countdown">
      <svg viewBox="0 0 120 120" aria-hidden="true">
        <circle class="ring-track" cx="60" cy="60" r={RADIUS} />
        <circle
          class="ring-left"
          cx="60"
          cy="60"
          r={RADIUS}
          stroke-dasharray={LENGTH}
          stroke-dashoffset={LENGTH * (1 - time.share)}
        />
      </svg>
      <div class="ring-text" role="timer" aria-label={`${t("time_left")} ${unlimited ? t("time_unlimited") : text}`}>
        <span class="ring-digits" aria-hidden="true">
          {text}
        </span>
        <span class="ring-caption" aria-hidden="true">
          {time.paused ? t("time_paused") : unlimited ? t("time_unlimited") : t("time_left")}
        </span>
      </div>
      <div class="unseen" role="status" aria-live="polite" data-testid="timer-announcement">
        {said ? t(`announce_${said}`) : ""}
      </div>
    </div>
  );
}

function useAnnouncement(timer: Timer | null | undefined, leftMs: number | undefined, announces: boolean) {
  const before = useRef<{ key: string; leftMs: number } | undefined>(undefined);
  const [said, setSaid] = useState<ReturnType<typeof milestone>>(undefined);
  const key = timer ? `${timer.phase}/${timer.started_at_ms}` : "";
  useEffect(() => {
    const last = before.current;
    if (last?.key !== key) setSaid(undefined);
    before.current = leftMs === undefined ? undefined : { key, leftMs };
    if (!announces || !timer?.ends_at_ms || leftMs === undefined || last?.key !== key) return;
    const passed = milestone(last.leftMs, leftMs, timer.ends_at_ms - timer.started_at_ms);
    if (passed) setSaid(passed);
  }, [key, leftMs, announces]);
  return said;
}
