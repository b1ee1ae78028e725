/** The receipt: what was captured, and what happens when. */
import { useEffect, useState } from "preact/hooks";
import type { Interview } from "../../state/interview";
import type { Finished } from "../../protocol/generated";
import { type Joined, type Progress, progress } from "../../protocol/rest";
import { lookUp } from "../../text/dictionary";
import { Title } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";
import { Questionnaire } from "../parts/Questionnaire";
import { HowTold } from "./HowTold";
import { LastOnItsWay } from "./SafeKeeping";

const ASK_EVERY_MS = 5_000;

export function Finish({ interview, joined }: { readonly interview: Interview; readonly joined: Joined }) {
  const { t } = useText();
  const { finished } = useStore(interview.store);
  const { missingMs } = useStore(interview.archive.store);
  if (!finished) {
    return (
      <section class="card narrow center" data-testid="closing-page">
        <Title>{t("finish_saving")}</Title>
        <LastOnItsWay interview={interview} />
      </section>
    );
  }
  return (
    <section class="card narrow" data-testid="finish-page" data-reason={finished.reason}>
      <span class="big-check" aria-hidden="true">
        <svg viewBox="0 0 48 48">
          <path d="M13 25l8 8 15-17" pathLength="100" />
        </svg>
      </span>
      <Title lead={t(finished.reason === "ended_by_hr" ? "finish_ended_lead" : "finish_lead")}>{t("finish_title")}</Title>
      <Receipt finished={finished} />
      {missingMs > 0 && (
        <p class="notice warm" data-testid="missing">
          {t("keeping_missing", { n: Math.ceil(missingMs / 1000) })}
        </p>
      )}
      <h2>{t("next_title")}</h2>
      <ul class="plan">
        <li>{t("next_report", { n: finished.report_within_minutes })}</li>
        <li>{t("next_human")}</li>
        <li>{t("next_rights")}</li>
      </ul>
      <Stages joined={joined} />
      <HowTold joined={joined} />
      <Questionnaire token={joined.session_token} of="interviews" id={joined.interview_id} />
      <p class="hint">{t("may_close")}</p>
    </section>
  );
}

function Receipt({ finished }: { readonly finished: Finished }) {
  const { t } = useText();
  const seconds = Math.round(finished.recorded_ms / 1000);
  return (
    <dl class="receipt" aria-label={t("receipt")} data-testid="receipt">
      <div>
        <dt>{t("receipt_answered")}</dt>
        <dd data-testid="receipt-answered">
          {finished.answered} / {finished.total}
        </dd>
      </div>
      <div>
        <dt>{t("receipt_recorded")}</dt>
        <dd>{t("minutes_seconds", { m: Math.floor(seconds / 60), s: seconds % 60 })}</dd>
      </div>
      <div>
        <dt>{t("receipt_typed")}</dt>
        <dd>{finished.typed_answers}</dd>
      </div>
      {finished.human_requested && (
        <div>
          <dt>{t("receipt_human")}</dt>
          <dd>{t("receipt_human_yes")}</dd>
        </div>
      )}
    </dl>
  );
}

/** Where the application stands. Asked for until the report is there; silent when the server does not say. */
function Stages({ joined }: { readonly joined: Joined }) {
  const { language } = useText();
  const [known, setKnown] = useState<Progress>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const ask = async (): Promise<void> => {
      const next = await progress(joined.interview_id, joined.session_token).catch(() => undefined);
      if (gone) return;
      if (next) setKnown(next);
      if (!next?.stages.every((stage) => stage.done)) timer = setTimeout(() => void ask(), ASK_EVERY_MS);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [joined]);
  if (!known) return null;
  return (
    <ol class="stages" data-testid="stages">
      {known.stages.map((stage) => (
        <li key={stage.key} class={stage.done ? "done" : ""}>
          {lookUp(language, `stage_${stage.key}`) ?? stage.key}
        </li>
      ))}
    </ol>
  );
}
