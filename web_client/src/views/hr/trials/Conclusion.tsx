/** Go or no-go, by a person and with a reason; and the page of it to take along. */
import { useState } from "preact/hooks";
import { Problem } from "../../../protocol/rest";
import { decideTrial, trialExport } from "../../../protocol/trials";
import { Button } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { saveBlob } from "../saveBlob";
import { Trouble } from "../Trouble";
import type { Part } from "./TrialPage";

const FORMATS = ["html", "csv", "json"] as const;

export function Conclusion({ hr, trial, again }: Part) {
  const { t, language } = useText();
  const [problem, setProblem] = useState<Problem>();
  const trouble = (error: unknown): void => {
    if (error instanceof Problem) setProblem(error);
  };
  const take = async (format: (typeof FORMATS)[number]): Promise<void> => {
    const answer = await trialExport(hr.token, trial.id, format, language);
    saveBlob(await answer.blob(), `${trial.name}.${format}`);
  };
  return (
    <section class="card" aria-labelledby="trial-conclusion">
      <div class="row">
        <h2 id="trial-conclusion">{t("trial_conclusion")}</h2>
        <span class="actions">
          {FORMATS.map((format) => (
            <Button key={format} testId={`hr-trial-export-${format}`} look="quiet" onClick={() => void take(format).catch(trouble)}>
              {format.toUpperCase()}
            </Button>
          ))}
        </span>
      </div>
      {problem && <Trouble problem={problem} />}
      {trial.decision === null ? (
        <Decide go={trial.readiness.go} decide={(decision, reason) => decideTrial(hr.token, trial.id, decision, reason).then(again, trouble)} />
      ) : (
        <p data-testid="hr-trial-decided">{t("trial_decided", { by: trial.decided_by, reason: trial.reason })}</p>
      )}
    </section>
  );
}

function Decide({ go, decide }: { readonly go: boolean; readonly decide: (decision: "go" | "no_go", reason: string) => Promise<void> }) {
  const { t } = useText();
  const [reason, setReason] = useState("");
  const given = reason.trim().length >= 5;
  return (
    <div class="form">
      <p class="hint">{t(go ? "trial_may_go" : "trial_may_not_go")}</p>
      <label class="field">
        <span>{t("trial_reason")}</span>
        <textarea rows={2} maxLength={2000} data-testid="hr-trial-reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <div class="actions end">
        <Button testId="hr-trial-no-go" disabled={!given} onClick={() => void decide("no_go", reason)}>
          {t("trial_no_go")}
        </Button>
        <Button testId="hr-trial-go" look="primary" disabled={!given || !go} onClick={() => void decide("go", reason)}>
          {t("trial_go")}
        </Button>
      </div>
    </div>
  );
}
