/** One person: suggestions with their inputs, the plan from gaps to courses, other positions, and whether they may leave. */
import { type PersonInsight, type PlanStep, readPerson } from "../../../protocol/insights";
import { Badge, Blank, Button, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { Advices, percent } from "./Advices";

export function PersonView({ hr, go, open }: AreaProps & { readonly open: string }) {
  const { t, say } = useText();
  const { value, problem, again } = useLoaded(hr, `insight ${open}`, () => readPerson(hr.token, open));
  return (
    <div class="stack" data-testid="hr-insight-person">
      <p class="actions">
        <Button testId="hr-insight-back" look="quiet" onClick={() => go({ name: "area", area: "insights" })}>
          ← {t("insight_title")}
        </Button>
        <Button testId="hr-insight-life" look="quiet" onClick={() => go({ name: "area", area: "people", open })}>
          {t("life_title")} →
        </Button>
      </p>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-insight-loading" title={t("loading")} />}
      {value && (
        <>
          <section class="card">
            <Title lead={value.position ? `${say(value.position)} · ${value.total?.toFixed(1) ?? "–"}` : t("insight_no_interview")}>
              {value.name || value.person_id}
            </Title>
            {value.advice.length === 0 ? <p class="hint">{t("insight_no_advice")}</p> : <Advices advice={value.advice} />}
          </section>
          {value.plan.length > 0 && <Plan steps={value.plan} />}
          {value.fits.length > 0 && <Fits value={value} />}
          <Staying value={value} />
        </>
      )}
    </div>
  );
}

function Plan({ steps }: { readonly steps: readonly PlanStep[] }) {
  const { t, say } = useText();
  return (
    <section class="card" aria-labelledby="insight-plan">
      <h2 id="insight-plan">{t("insight_plan")}</h2>
      <div class="table-box">
        <table>
          <thead>
            <tr>
              <th>{t("insight_competency")}</th>
              <th class="number">{t("insight_required")}</th>
              <th class="number">{t("insight_score")}</th>
              <th class="number">{t("insight_gap")}</th>
              <th>{t("insight_course")}</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.competency} data-testid="hr-insight-step">
                <td>
                  {say(step.label)}
                  {step.push && !step.done && <p class="hint small">{t("insight_push")}</p>}
                </td>
                <td class="number">{step.required.toFixed(0)}</td>
                <td class="number">{step.score.toFixed(1)}</td>
                <td class="number">{step.gap.toFixed(1)}</td>
                <td>
                  {step.course ? say(step.course.title) : "–"}{" "}
                  {step.exam !== null && <Badge tone={step.done ? "good" : "bad"}>{percent(step.exam)}</Badge>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Fits({ value }: { readonly value: PersonInsight }) {
  const { t, say } = useText();
  return (
    <section class="card" aria-labelledby="insight-fits">
      <h2 id="insight-fits">{t("insight_fits")}</h2>
      <ul class="checks">
        {value.fits.map((fit) => (
          <li key={fit.position_id}>
            <span>{say(fit.title)}</span>
            <strong>{fit.score.toFixed(1)}</strong>
            <small class="hint">{t("insight_covered", { n: percent(fit.covered) })}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Staying({ value }: { readonly value: PersonInsight }) {
  const { t } = useText();
  const { prediction } = value;
  if (!value.may_predict) return <p class="hint">{t("insight_forbidden")}</p>;
  if (!prediction) return null;
  const advice = [prediction.risk, prediction.advice].filter((each) => each !== null);
  return (
    <section class="card" aria-labelledby="insight-staying" data-testid="hr-insight-staying">
      <h2 id="insight-staying">{t("insight_retention")}</h2>
      <p>
        {prediction.probability === null ? t("insight_too_little") : t("insight_probability", { n: percent(prediction.probability) })}
      </p>
      {!prediction.fitted && <p class="hint">{t("insight_prior")}</p>}
      <Advices advice={advice} />
    </section>
  );
}
