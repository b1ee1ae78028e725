/** In the line: a place, a time, and nothing to do. The page asks again by itself. */
import { useEffect, useState } from "preact/hooks";
import type { Interview } from "../../state/interview";
import { secondsLeft, type Waiting } from "../../state/waiting";
import type { Key } from "../../text/dictionary";
import { useText } from "../parts/hooks";

interface InLineProps {
  readonly interview: Interview;
  readonly waiting: Waiting;
}

const TITLES: Readonly<Record<string, Key>> = {
  server_full: "line_full_title",
  server_busy: "line_busy_title",
  engines_busy: "line_engines_title",
};

export function InLine({ interview, waiting }: InLineProps) {
  const { t } = useText();
  const seconds = useSecondsLeft(interview, waiting);
  const { code, place } = waiting.why;
  return (
    <div class="in-line" data-testid="in-line" data-code={code} role="status">
      <span class="spinner" aria-hidden="true" />
      <h2>{t(TITLES[code] ?? "line_moving_title")}</h2>
      {place !== null && (
        <p class="in-line-place" data-testid="in-line-place">
          {t("line_place", { n: place })}
        </p>
      )}
      <p>{t(code in TITLES ? "line_text" : "line_moving_text")}</p>
      {/* The countdown is for the eye; read aloud every second it would only disturb. */}
      <p aria-hidden="true">{t("line_again", { n: seconds })}</p>
    </div>
  );
}

function useSecondsLeft(interview: Interview, waiting: Waiting): number {
  const [nowMs, setNowMs] = useState(interview.nowMs());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(interview.nowMs()), 500);
    return () => clearInterval(timer);
  }, [waiting]);
  return secondsLeft(waiting, nowMs);
}
