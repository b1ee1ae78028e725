/** One trial: three phases with their gates, who rates whom, what was tried, and the decision. */
import { useState } from "preact/hooks";
import { Problem } from "../../../protocol/rest";
import { askAgain, includeInvited, trial, type Subject, type TrialView } from "../../../protocol/trials";
import { Badge, Blank, Button, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { Questionnaire } from "../../parts/Questionnaire";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { Checks } from "./Checks";
import { Conclusion } from "./Conclusion";
import { Gates } from "./Gates";
import { DecisionBadge } from "./Trials";

export interface Part {
  readonly hr: AreaProps["hr"];
  readonly trial: TrialView;
  /** Something was done: the figures are read anew. */
  readonly again: () => void;
}

export function TrialPage({ hr, go, open }: AreaProps & { readonly open: string }) {
  const { t } = useText();
  const { value, problem, again } = useLoaded(hr, `trial ${open}`, () => trial(hr.token, open));
  return (
    <div class="stack" data-testid="hr-trial">
      <p>
        <Button testId="hr-trials-back" look="quiet" onClick={() => go({ name: "area", area: "trials" })}>
          ← {t("trial_title")}
        </Button>
      </p>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-trial-loading" title={t("loading")} />}
      {value && (
        <>
          <section class="card">
            <Title lead={t("trial_so_far", { n: value.subjects.length, round: value.round })}>{value.name}</Title>
            <p class="badges">
              <DecisionBadge trial={value} />
              <Badge tone={value.readiness.go ? "good" : "still"} testId="hr-trial-verdict">
                {t(value.readiness.go ? "trial_all_met" : "trial_not_all_met")}
              </Badge>
            </p>
          </section>
          <Gates gates={value.readiness.gates} />
          <Conclusion hr={hr} trial={value} again={again} />
          <Subjects hr={hr} trial={value} again={again} />
          <Checks hr={hr} trial={value} again={again} />
          <Voices hr={hr} trial={value} again={again} />
          <Changes trial={value} />
        </>
      )}
    </div>
  );
}

function Subjects({ hr, trial: shown, again }: Part) {
  const { t } = useText();
  const [told, setTold] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const include = async (): Promise<void> => {
    try {
      const { included, assigned } = await includeInvited(hr.token, shown.id);
      setProblem(undefined);
      setTold(t("trial_included", { included, assigned }));
      again();
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <section class="card" aria-labelledby="trial-subjects">
      <div class="row">
        <h2 id="trial-subjects">{t("trial_subjects")}</h2>
        {shown.decision === null && (
          <Button testId="hr-trial-include" onClick={() => void include()}>
            {t("trial_include")}
          </Button>
        )}
      </div>
      <p class="hint">{t("trial_subjects_hint", { each: shown.plan.each })}</p>
      <p role="status">{told}</p>
      {problem && <Trouble problem={problem} />}
      {shown.subjects.length === 0 ? (
        <Blank testId="hr-trial-subjects-empty" title={t("trial_subjects_none")} />
      ) : (
        <div class="table-box">
          <table>
            <tbody>
              {shown.subjects.map((subject) => (
                <SubjectRow key={subject.code} subject={subject} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function SubjectRow({ subject }: { readonly subject: Subject }) {
  const { t } = useText();
  return (
    <tr data-testid="hr-trial-subject">
      <th scope="row">{subject.code}</th>
      <td>
        <span class="badges">
          {subject.raters.map(({ rater, submitted }) => (
            <Badge key={rater} tone={submitted ? "good" : "still"}>
              {rater} · {t(submitted ? "hr_panel_given" : "hr_panel_waiting")}
            </Badge>
          ))}
        </span>
      </td>
    </tr>
  );
}

function Voices({ hr, trial: shown, again }: Part) {
  const { t } = useText();
  return (
    <section class="card" aria-labelledby="trial-voices">
      <div class="row">
        <h2 id="trial-voices">{t("trial_voices")}</h2>
        {shown.decision === null && (
          <Button testId="hr-trial-round" look="quiet" onClick={() => void askAgain(hr.token, shown.id).then(again)}>
            {t("trial_ask_again")}
          </Button>
        )}
      </div>
      <p>{t("trial_answered", { hr: shown.answered.hr, candidate: shown.answered.candidate, round: shown.round })}</p>
      <Questionnaire key={shown.round} token={hr.token} of="trials" id={shown.id} />
    </section>
  );
}

function Changes({ trial: shown }: { readonly trial: TrialView }) {
  const { t } = useText();
  return (
    <section class="card" aria-labelledby="trial-changes">
      <h2 id="trial-changes">{t("trial_changes")}</h2>
      {shown.changes.length === 0 ? (
        <p class="hint">{t("trial_changes_none")}</p>
      ) : (
        <ul>
          {shown.changes.map((change) => (
            <li key={change.name}>
              <code>{change.name}</code>: {change.before ?? "–"} → {change.after ?? "–"}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
