/** How hires turned out, what high performers share, what reports suggest to work on. */
import { type OutcomesView, readOutcomes } from "../../../protocol/insights";
import { Blank } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { Advices, percent } from "./Advices";
import { PersonLink } from "./Insights";

export function Outcomes({ hr, go }: AreaProps) {
  const { t } = useText();
  const { value, problem, again } = useLoaded(hr, "outcomes", () => readOutcomes(hr.token));
  return (
    <>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-outcomes-loading" title={t("loading")} />}
      {value && <Quality value={value} go={go} />}
      {value && <Improvements value={value} />}
    </>
  );
}

function Quality({ value, go }: { readonly value: OutcomesView; readonly go: AreaProps["go"] }) {
  const { t, say } = useText();
  const title = (id: string): string => (value.titles[id] ? say(value.titles[id]) : id);
  return (
    <section class="card" data-testid="hr-outcomes">
      <h2>{t("insight_quality")}</h2>
      {value.quality.length === 0 && <Blank testId="hr-outcomes-empty" title={t("insight_no_reviews")} />}
      {value.quality.map(({ position_id, hires, agreement, goals }) => {
        const profile = value.profiles.find((each) => each.position_id === position_id);
        return (
          <div key={position_id} class="stack">
            <h3>{title(position_id)}</h3>
            <p class="hint">
              {agreement.value === null
                ? t("insight_agreement_none", { n: agreement.n })
                : t("insight_agreement", {
                    r: agreement.value.toFixed(2),
                    low: agreement.low?.toFixed(2) ?? "–",
                    high: agreement.high?.toFixed(2) ?? "–",
                    n: agreement.n,
                  })}
            </p>
            <div class="table-box">
              <table>
                <thead>
                  <tr>
                    <th>{t("insight_employee")}</th>
                    <th class="number">{t("insight_expected")}</th>
                    <th class="number">{t("insight_actual")}</th>
                    <th>{t("insight_goals")}</th>
                  </tr>
                </thead>
                <tbody>
                  {hires.map((hire) => (
                    <tr key={hire.person_id} data-testid="hr-outcomes-row">
                      <td>
                        <PersonLink id={hire.person_id} name={hire.name} go={go} />
                      </td>
                      <td class="number">{hire.expected.toFixed(1)}</td>
                      <td class="number">{hire.actual.toFixed(1)}</td>
                      <td>
                        {goals
                          .filter((goal) => goal.person_id === hire.person_id)
                          .map((goal) => `${say(goal.label)} ${percent(goal.achieved / goal.goal)} (${goal.period})`)
                          .join(" · ") || "–"}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {profile && profile.rows.length > 0 && (
              <>
                <h3>{t("insight_profile")}</h3>
                <ul class="checks">
                  {profile.rows.slice(0, 5).map((row) => (
                    <li key={row.competency}>
                      <span>{say(row.label)}</span>
                      <span>
                        {row.top_mean.toFixed(1)} / {row.rest_mean.toFixed(1)}
                      </span>
                    </li>
                  ))}
                </ul>
                <Advices advice={profile.standards} />
              </>
            )}
          </div>
        );
      })}
    </section>
  );
}

function Improvements({ value }: { readonly value: OutcomesView }) {
  const { t, say } = useText();
  const { items, reports } = value.improvements;
  return (
    <section class="card" data-testid="hr-improvements">
      <h2>{t("insight_improvements")}</h2>
      <p class="hint">{t("insight_improvements_hint", { n: reports })}</p>
      <ul class="checks">
        {items.slice(0, 12).map((item) => (
          <li key={item.competency}>
            <span>
              {say(item.label)}
              {item.course && <small class="hint"> → {say(item.course.title)}</small>}
            </span>
            <strong>{percent(item.share)}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}
