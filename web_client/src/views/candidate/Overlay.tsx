/** The interview stands still: why, that nothing is lost, and what happens next. */
import { useEffect, useState } from "preact/hooks";
import type { Interview } from "../../state/interview";
import type { Key } from "../../text/dictionary";
import { useStore, useText } from "../parts/hooks";
import { InLine } from "./InLine";
import { SafeKeeping } from "./SafeKeeping";

/** A short drop is not worth a word: most are over before a person notices. */
const SHOWN_AFTER_MS = 1_200;
const LONG_AFTER_MS = 15_000;

export function Overlay({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const { connection, phase, waiting } = useStore(interview.store);
  const lostForMs = useLostFor(connection !== "open");
  const kind = lostForMs >= SHOWN_AFTER_MS ? "lost" : standing(phase?.phase);
  if (!kind) return null;
  return (
    <div class="veil" data-testid={`overlay-${kind}`} role="alert">
      <div class="veil-card">
        {kind === "lost" && waiting ? (
          <InLine interview={interview} waiting={waiting} />
        ) : (
          <>
            {kind === "lost" && <span class="spinner" aria-hidden="true" />}
            <h2>{t(`${kind}_title` as Key)}</h2>
            <p>{t(`${kind}_text` as Key)}</p>
          </>
        )}
        {kind === "lost" && <SafeKeeping interview={interview} testId="keeping-meanwhile" unsaid />}
        {lostForMs >= LONG_AFTER_MS && <p>{t("lost_still")}</p>}
      </div>
    </div>
  );
}

function standing(phase: string | undefined): "paused" | "interrupted" | undefined {
  return phase === "paused" || phase === "interrupted" ? phase : undefined;
}

/** Something that was asked for could not be done; the interview goes on. */
export function Complaint({ interview }: { readonly interview: Interview }) {
  const { t, say } = useText();
  const { complaint } = useStore(interview.store);
  return (
    <div role="alert" class="complaint-place">
      {complaint && (
        <p class="prompt urgent" data-testid="complaint" data-code={complaint.code}>
          {say(complaint.message)}
          <button type="button" class="prompt-close" aria-label={t("close")} onClick={() => interview.readComplaint()}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}

function useLostFor(lost: boolean): number {
  const [forMs, setForMs] = useState(0);
  useEffect(() => {
    setForMs(0);
    if (!lost) return undefined;
    const since = performance.now();
    const timer = setInterval(() => setForMs(performance.now() - since), 400);
    return () => clearInterval(timer);
  }, [lost]);
  return forMs;
}
