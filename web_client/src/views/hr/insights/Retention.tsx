/** Who may leave, for HR alone, and what the model behind it is worth. */
import { type RetentionView, readRetention } from "../../../protocol/insights";
import { Badge, Blank, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { percent, shareText } from "./Advices";
import { PersonLink } from "./Insights";

const TONES: Readonly<Record<"high" | "middle" | "low", Tone>> = { high: "good", middle: "still", low: "fair" };

export function Retention({ hr, go }: AreaProps) {
  const { t, say } = useText();
  const { value, problem, again } = useLoaded(hr, "retention", () => readRetention(hr.token));
  if (problem?.code === "prediction_forbidden") {
    return (
      <section class="card">
        <Blank testId="hr-retention-forbidden" title={t("insight_forbidden")} />
      </section>
    );
  }
  return (
    <section class="card" data-testid="hr-retention">
      <p class="notice warm">{t("insight_retention_notice")}</p>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-retention-loading" title={t("loading")} />}
      {value && <Worth model={value.model} />}
      {value?.employees.length === 0 && <Blank testId="hr-retention-empty" title={t("insight_no_employees")} />}
      {value && value.employees.length > 0 && (
        <div class="table-box">
          <table>
            <thead>
              <tr>
                <th>{t("insight_employee")}</th>
                <th class="number">{t("insight_stays")}</th>
                <th>{t("insight_inputs")}</th>
              </tr>
            </thead>
            <tbody>
              {value.employees.map((row) => (
                <tr key={row.person_id} data-testid="hr-retention-row">
                  <td>
                    <PersonLink id={row.person_id} name={row.name} go={go} />{" "}
                    {row.risk && <Badge tone="bad">{t("insight_risk")}</Badge>}
                  </td>
                  <td class="number">
                    <Badge tone={TONES[row.band]}>{percent(row.probability)}</Badge>
                  </td>
                  <td>{row.inputs.map((input) => `${say(input.name)} ${input.value}`).join(" · ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Worth({ model }: { readonly model: RetentionView["model"] }) {
  const { t } = useText();
  const { worth } = model;
  return (
    <div data-testid="hr-retention-worth">
      <p>{t(model.fitted ? "insight_fitted" : "insight_prior")}</p>
      {worth && (
        <>
          <p class="hint">
            {t("insight_worth", {
              people: worth.people,
              leavers: worth.leavers,
              brier: worth.brier.toFixed(3),
              base: worth.brier_of_base_rate.toFixed(3),
              auc: `${worth.auc.value?.toFixed(2)} [${worth.auc.low?.toFixed(2)}, ${worth.auc.high?.toFixed(2)}]`,
            })}
          </p>
          <div class="table-box">
            <table>
              <thead>
                <tr>
                  <th class="number">{t("insight_predicted")}</th>
                  <th>{t("insight_observed")}</th>
                </tr>
              </thead>
              <tbody>
                {worth.table.map((row, index) => (
                  <tr key={index}>
                    <td class="number">{percent(row.predicted)}</td>
                    <td>{shareText(row.observed)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </div>
  );
}
