/** What HR may do to a running interview; each is logged by the server with the actor's name. */
import { useState } from "preact/hooks";
import type { Phase } from "../../protocol/generated";
import type { Hr } from "../../state/hr";
import type { WatchedState } from "../../state/watched";
import { Button, Dialog, Segments } from "../parts/Controls";
import { useText } from "../parts/hooks";

const MINUTE_MS = 60_000;
const OVER: ReadonlySet<Phase> = new Set<Phase>(["closing", "scoring", "reported", "withdrawn", "expired"]);
const UNLIMITED = 0;

export function Actions({ hr, watched }: { readonly hr: Hr; readonly watched: WatchedState }) {
  const { t } = useText();
  const [ending, setEnding] = useState(false);
  const phase = watched.phase;
  if (!phase || OVER.has(phase.phase)) return null;
  const interview_id = watched.interviewId;
  const accommodate = (factor: number): void =>
    hr.say({ type: "accommodate", interview_id, time_factor: factor === UNLIMITED ? null : factor });
  return (
    <section class="card" aria-label={t("hr_actions")}>
      <div class="row">
        <Button testId="hr-extend" onClick={() => hr.say({ type: "extend_time", interview_id, extra_ms: MINUTE_MS })}>
          {t("hr_extend")}
        </Button>
        {phase.phase === "paused" ? (
          <Button testId="hr-continue" look="primary" onClick={() => hr.say({ type: "continue_interview", interview_id })}>
            {t("hr_resume")}
          </Button>
        ) : (
          <Button testId="hr-pause" onClick={() => hr.say({ type: "pause_interview", interview_id })}>
            {t("hr_pause")}
          </Button>
        )}
        <Button testId="hr-end" look="danger" onClick={() => setEnding(true)}>
          {t("hr_end")}
        </Button>
      </div>
      <div class="row">
        <span class="row-label">{t("hr_time_factor")}</span>
        <Segments
          label={t("hr_time_factor")}
          value={phase.time_factor ?? UNLIMITED}
          choose={accommodate}
          choices={[
            { value: 1, label: "×1", testId: "hr-factor-1" },
            { value: 1.5, label: "×1.5", testId: "hr-factor-1.5" },
            { value: 2, label: "×2", testId: "hr-factor-2" },
            { value: UNLIMITED, label: t("hr_unlimited"), testId: "hr-factor-unlimited" },
          ]}
        />
      </div>
      {ending && (
        <Dialog title={t("hr_end_title")} testId="hr-end-dialog" close={() => setEnding(false)}>
          <p>{t("hr_end_text")}</p>
          <div class="actions">
            <Button testId="hr-end-cancel" onClick={() => setEnding(false)}>
              {t("cancel")}
            </Button>
            <Button
              testId="hr-end-confirm"
              look="danger"
              onClick={() => {
                hr.say({ type: "end_interview", interview_id });
                setEnding(false);
              }}
            >
              {t("hr_end_confirm")}
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
