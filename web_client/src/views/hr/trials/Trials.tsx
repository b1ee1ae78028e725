/** All trials, and the form that begins one; or the one that is open. */
import { useState } from "preact/hooks";
import { positions, Problem } from "../../../protocol/rest";
import { beginTrial, trialList, type TrialRow } from "../../../protocol/trials";
import { Badge, Blank, Button, Title } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";
import { TrialPage } from "./TrialPage";

export function Trials(props: AreaProps) {
  return props.open ? <TrialPage {...props} open={props.open} /> : <TrialList {...props} />;
}

export function DecisionBadge({ trial }: { readonly trial: TrialRow }) {
  const { t } = useText();
  if (trial.decision === null) return <Badge tone="accent">{t("trial_running")}</Badge>;
  return <Badge tone={trial.decision === "go" ? "good" : "bad"}>{t(`trial_${trial.decision}`)}</Badge>;
}

function TrialList({ hr, go }: AreaProps) {
  const { t, say, language } = useText();
  const { value: rows, problem, again } = useLoaded(hr, "trials", () => trialList(hr.token));
  const { value: known } = useLoaded(hr, "positions", () => positions(hr.token));
  const [beginning, setBeginning] = useState(false);
  const titleOf = (id: string): string => {
    const found = known?.find((position) => position.id === id);
    return found ? say(found.title) : id;
  };
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const open = (id: string): void => go({ name: "area", area: "trials", open: id });
  return (
    <section class="card" data-testid="hr-trials">
      <div class="row">
        <Title lead={t("trial_lead")}>{t("trial_title")}</Title>
        <Button testId="hr-trial-new" look="primary" onClick={() => setBeginning(true)} disabled={beginning}>
          {t("trial_begin")}
        </Button>
      </div>
      {beginning && <Begin hr={hr} done={open} cancel={() => setBeginning(false)} />}
      {problem && <Trouble problem={problem} again={again} />}
      {!rows && !problem && <Blank testId="hr-trials-loading" title={t("loading")} />}
      {rows?.length === 0 && !beginning && <Blank testId="hr-trials-empty" title={t("trial_none")} hint={t("trial_none_hint")} />}
      {rows && rows.length > 0 && (
        <ul class="areas">
          {rows.map((row) => (
            <li key={row.id}>
              <a
                href={`?area=trials&open=${row.id}`}
                data-testid="hr-trial-row"
                onClick={(event) => {
                  event.preventDefault();
                  open(row.id);
                }}
              >
                <strong>{row.name}</strong>
                <span class="hint">{t("trial_since", { position: titleOf(row.position_id), day: day.format(new Date(row.started_at)) })}</span>
                <span>
                  <DecisionBadge trial={row} />
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const names = (text: string): string[] => text.split(/[,，;；\n]+/).map((name) => name.trim()).filter(Boolean);

function Begin({ hr, done, cancel }: { readonly hr: AreaProps["hr"]; readonly done: (id: string) => void; readonly cancel: () => void }) {
  const { t, say } = useText();
  const { value: known } = useLoaded(hr, "positions", () => positions(hr.token));
  const [name, setName] = useState("");
  const [position, setPosition] = useState("");
  const [raters, setRaters] = useState("");
  const [each, setEach] = useState(2);
  const [interfaces, setInterfaces] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const begin = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const made = await beginTrial(hr.token, {
        name,
        position_id: position || (known?.[0]?.id ?? ""),
        raters: names(raters),
        raters_each: each,
        interfaces: names(interfaces),
      });
      done(made.id);
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <form class="form" data-testid="hr-trial-form" onSubmit={(event) => void begin(event)}>
      <label class="field">
        <span>{t("trial_name")}</span>
        <input required maxLength={200} data-testid="hr-trial-name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{t("hr_position")}</span>
        <select data-testid="hr-trial-position" value={position} onChange={(event) => setPosition(event.currentTarget.value)}>
          {known?.map(({ id, title }) => (
            <option key={id} value={id}>
              {say(title)}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t("trial_raters")}</span>
        <input required data-testid="hr-trial-raters" value={raters} onInput={(event) => setRaters(event.currentTarget.value)} />
        <small class="hint">{t("trial_raters_hint")}</small>
      </label>
      <label class="field">
        <span>{t("trial_each")}</span>
        <input type="number" min={1} max={5} value={each} onInput={(event) => setEach(event.currentTarget.valueAsNumber || 2)} />
      </label>
      <label class="field">
        <span>{t("trial_interfaces")}</span>
        <input value={interfaces} data-testid="hr-trial-interfaces" onInput={(event) => setInterfaces(event.currentTarget.value)} />
        <small class="hint">{t("trial_interfaces_hint")}</small>
      </label>
      {problem && <Trouble problem={problem} />}
      <div class="actions end">
        <Button testId="hr-trial-cancel" look="quiet" onClick={cancel}>
          {t("cancel")}
        </Button>
        <Button testId="hr-trial-begin" type="submit" look="primary">
          {t("trial_begin")}
        </Button>
      </div>
    </form>
  );
}
