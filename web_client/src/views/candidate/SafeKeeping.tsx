/**
 * Whether what was said is safe: one calm line while all is well, a clear one when the connection is away. Seconds are
 * for the eye; a screen reader hears a sentence when the state changes, not a number every second.
 */
import type { Interview } from "../../state/interview";
import { type Safety, safetyOf, savedShare } from "../../state/safety";
import { useStore, useText } from "../parts/hooks";

/** Between two sentences. */
const GAPS = { zh: "", en: " " } as const;

interface SafeKeepingProps {
  readonly interview: Interview;
  readonly testId?: string;
  /** Where something around it is read aloud already. */
  readonly unsaid?: boolean;
}

export function SafeKeeping({ interview, testId = "keeping", unsaid = false }: SafeKeepingProps) {
  const archive = useStore(interview.archive.store);
  const safety = safetyOf(archive);
  const { t } = useText();
  if (safety.kind === "idle") return null;
  return (
    <div class={`keeping ${safety.kind}`} data-testid={testId} data-state={safety.kind} data-trouble={archive.trouble ?? "none"}>
      <p class="keeping-line">
        <i class="keeping-mark" aria-hidden="true" />
        <Words safety={safety} onDevice={archive.trouble === undefined} unsaid={unsaid} />
      </p>
      {archive.trouble && <p class="keeping-trouble">{t(`keeping_${archive.trouble}`)}</p>}
    </div>
  );
}

interface WordsProps {
  readonly safety: Exclude<Safety, { kind: "idle" }>;
  readonly onDevice: boolean;
  readonly unsaid: boolean;
}

function Words({ safety, onDevice, unsaid }: WordsProps) {
  const { t, language } = useText();
  const gap = GAPS[language];
  const where = onDevice ? "keeping_on_device" : "keeping_in_page";
  return (
    <span>
      {safety.kind === "behind" && (
        <>
          <strong aria-hidden="true">{t("keeping_behind", { n: safety.seconds })}</strong>{gap}
        </>
      )}
      <span role={unsaid ? undefined : "status"}>
        {safety.kind === "saved" && t("keeping_saved")}
        {safety.kind === "saving" && t("keeping_saving")}
        {safety.kind === "behind" && t("keeping_lost") + gap + t(where)}
      </span>
    </span>
  );
}

/** At the end: what is still on its way, before "you may close this page". */
export function LastOnItsWay({ interview }: { readonly interview: Interview }) {
  const archive = useStore(interview.archive.store);
  const safety = safetyOf(archive);
  const { t, language } = useText();
  if (safety.kind !== "saving" && safety.kind !== "behind") return <span class="spinner" aria-hidden="true" />;
  const percent = Math.round(savedShare(archive) * 100);
  return (
    <div class="on-its-way" data-testid="on-its-way" data-state={safety.kind}>
      <div class="bar-track" role="progressbar" aria-label={t("keeping_progress")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
        <div class="bar-done" style={{ width: `${Math.max(3, percent)}%` }} />
      </div>
      <p aria-hidden="true">{t("keeping_left", { n: safety.seconds })}</p>
      <p role="status">
        {safety.kind === "behind" && t("keeping_lost") + GAPS[language]}
        {t(archive.trouble ? "keeping_stay" : "keeping_stay_on_device")}
      </p>
    </div>
  );
}
