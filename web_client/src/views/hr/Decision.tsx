/** A human's decision over a score: beside the report, with a reason, every version kept. */
import { useState } from "preact/hooks";
import { type Compared, override, overrides, type Overrides, Problem } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { Button } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { known } from "./PanelCompared";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

interface DecisionProps {
  readonly hr: Hr;
  readonly reportId: string;
  readonly competencies: readonly Compared[];
}

export function Decision({ hr, reportId, competencies }: DecisionProps) {
  const { t, language, say } = useText();
  const loaded = useLoaded(hr, reportId, () => overrides(hr.token, reportId));
  const [changed, setChanged] = useState<Overrides>();
  const view = changed ?? loaded.value;
  const roles = hr.store.state.signedIn?.user.roles ?? [];
  if (loaded.problem) return <Trouble problem={loaded.problem} again={loaded.again} />;
  if (!view) return null;
  const labelOf = (id: string | null): string => {
    const found = competencies.find((item) => item.competency_id === id);
    return found ? say(found.label) : t("hr_decision_total");
  };
  return (
    <div class="decision" data-testid="hr-decision">
      <h3>{t("hr_decision")}</h3>
      <p class="hint">{t("hr_decision_lead")}</p>
      <p>
        {t("hr_decision_holds")}: <strong data-testid="hr-holds">{known(view.effective.total)}</strong>
        <span class="hint">
          {" "}
          ({t("hr_machine")} {known(view.effective.machine_total)})
        </span>
      </p>
      <ol class="decision-list">
        {view.overrides.map((made) => (
          <li key={made.version} data-testid="hr-override">
            {labelOf(made.competency_id)} → {made.value === null ? t("hr_decision_back") : made.value.toFixed(1)} · {made.by} ·{" "}
            {new Date(made.at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" })}
            <br />
            <span class="hint">{made.reason}</span>
          </li>
        ))}
      </ol>
      {(roles.includes("hr") || roles.includes("admin")) && (
        <Form hr={hr} reportId={reportId} competencies={competencies} made={setChanged} />
      )}
    </div>
  );
}

function Form({ hr, reportId, competencies, made }: DecisionProps & { readonly made: (view: Overrides) => void }) {
  const { t, say } = useText();
  const [what, setWhat] = useState("");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      made(await override(hr.token, reportId, what || null, value === "" ? null : Number(value), reason));
      setProblem(undefined);
      setValue("");
      setReason("");
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <form class="form decision-form" onSubmit={(event) => void save(event)}>
      {problem && <Trouble problem={problem} />}
      <label class="field">
        <span>{t("hr_decision_what")}</span>
        <select data-testid="hr-decision-what" value={what} onChange={(event) => setWhat(event.currentTarget.value)}>
          <option value="">{t("hr_decision_total")}</option>
          {competencies.map((item) => (
            <option key={item.competency_id} value={item.competency_id}>
              {say(item.label)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t("hr_decision_value")}</span>
        <input data-testid="hr-decision-value" type="number" min={0} max={100} step={0.1} value={value} onInput={(event) => setValue(event.currentTarget.value)} />
      </label>
      <label class="field wide">
        <span>{t("hr_decision_reason")}</span>
        <textarea data-testid="hr-decision-reason" rows={2} required minLength={10} maxLength={2000} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      <div class="actions end">
        <Button testId="hr-decision-save" type="submit">
          {t("hr_decision_save")}
        </Button>
      </div>
    </form>
  );
}
