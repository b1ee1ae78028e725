/** People and machine side by side, and the decision that may differ from both. */
import { type Compared, panel } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { Badge, Blank } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { Decision } from "./Decision";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

export function PanelCompared({ hr, interviewId }: { readonly hr: Hr; readonly interviewId: string }) {
  const { t } = useText();
  const { value: view, problem, again } = useLoaded(hr, interviewId, () => panel(hr.token, interviewId));
  if (problem) return problem.code === "report_not_ready" ? null : <Trouble problem={problem} again={again} />;
  if (!view) return <Blank testId="hr-compare-loading" title={t("loading")} />;
  const { merged, comments } = view;
  return (
    <section class="card" aria-labelledby="compare-title" data-testid="hr-compare">
      <h2 id="compare-title">{t("hr_compare")}</h2>
      {merged.must_talk && (
        <p class="notice warm" role="status" data-testid="hr-must-talk">
          {t("hr_must_talk")}
        </p>
      )}
      <div class="table-box">
        <table class="compare">
          <thead>
            <tr>
              <th>{t("hr_competency")}</th>
              <th class="number">{t("hr_machine")}</th>
              <th class="number">{t("hr_people")}</th>
              <th>
                <span class="unseen">{t("hr_panel")}</span>
              </th>
              <th>
                <span class="unseen">{t("hr_state")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {merged.competencies.map((item) => (
              <Row key={item.competency_id} item={item} />
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th>{t("hr_total")}</th>
              <td class="number" data-testid="hr-machine-total">
                {known(merged.machine_total)}
              </td>
              <td class="number" data-testid="hr-people-total">
                {known(merged.people_total)}
              </td>
              <td colSpan={2} />
            </tr>
          </tfoot>
        </table>
      </div>
      {comments
        .filter((given) => given.comment)
        .map((given) => (
          <blockquote key={given.rater} class="panel-comment">
            {given.comment}
            <footer>
              {given.rater} · {t(given.blind ? "hr_blind" : "hr_not_blind")}
            </footer>
          </blockquote>
        ))}
      <Decision hr={hr} reportId={view.report_id} competencies={merged.competencies} />
    </section>
  );
}

function Row({ item }: { readonly item: Compared }) {
  const { t, say } = useText();
  return (
    <tr data-testid="hr-compared">
      <td>{say(item.label)}</td>
      <td class="number">{known(item.machine)}</td>
      <td class="number">{known(item.people)}</td>
      <td class="hint small">{item.persons.map((person) => `${person.rater} ${person.level ?? "–"}`).join(" · ")}</td>
      <td>
        <span class="badges">
          {item.flags.map((flag) => (
            <Badge key={flag} tone={flag.endsWith("apart") ? "fair" : "still"} testId={`hr-flag-${flag}`}>
              {t(`hr_flag_${flag}`)}
            </Badge>
          ))}
        </span>
      </td>
    </tr>
  );
}

export const known = (value: number | null): string => (value === null ? "–" : value.toFixed(1));
