/** Functions beside the existing system, interfaces, terminals: tried by people, one after the other. */
import { useState } from "preact/hooks";
import { Problem } from "../../../protocol/rest";
import { type CheckKind, noteCheck, type Outcome, type TrialCheck } from "../../../protocol/trials";
import { Badge, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { Trouble } from "../Trouble";
import type { Part } from "./TrialPage";

const KINDS: readonly CheckKind[] = ["function", "interface", "terminal"];
const OUTCOMES: readonly Outcome[] = ["works", "conflict", "fails"];
const TONES: Readonly<Record<Outcome, Tone>> = { works: "good", conflict: "fair", fails: "bad" };

export function Checks({ hr, trial, again }: Part) {
  const { t } = useText();
  const [problem, setProblem] = useState<Problem>();
  const note = (check: TrialCheck) => async (outcome: Outcome): Promise<void> => {
    try {
      await noteCheck(hr.token, trial.id, { kind: check.kind, name: check.name, outcome, note: "" });
      setProblem(undefined);
      again();
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <section class="card" aria-labelledby="trial-checks">
      <h2 id="trial-checks">{t("trial_checks")}</h2>
      <p class="hint">{t("trial_checks_hint")}</p>
      {problem && <Trouble problem={problem} />}
      {KINDS.map((kind) => {
        const own = trial.checks.filter((check) => check.kind === kind);
        if (own.length === 0) return null;
        return (
          <div key={kind}>
            <h3>{t(`trial_kind_${kind}`)}</h3>
            <ul class="checks">
              {own.map((check) => (
                <CheckRow key={check.name} check={check} fixed={trial.decision !== null} note={note(check)} />
              ))}
            </ul>
          </div>
        );
      })}
    </section>
  );
}

interface RowProps {
  readonly check: TrialCheck;
  readonly fixed: boolean;
  readonly note: (outcome: Outcome) => Promise<void>;
}

function CheckRow({ check, fixed, note }: RowProps) {
  const { t, say, language } = useText();
  const day = new Intl.DateTimeFormat(language, { dateStyle: "short" });
  return (
    <li data-testid="hr-trial-check" data-name={check.name}>
      <span>
        {say(check.label)}
        {check.at && (
          <small class="hint">
            {" "}
            {check.by} · {day.format(new Date(check.at))}
          </small>
        )}
      </span>
      {check.outcome ? (
        <Badge tone={TONES[check.outcome]}>{t(`trial_outcome_${check.outcome}`)}</Badge>
      ) : (
        <Badge tone="still">{t("trial_untried")}</Badge>
      )}
      {!fixed && (
        <select
          aria-label={t("trial_note", { name: say(check.label) })}
          value=""
          onChange={(event) => {
            const chosen = OUTCOMES.find((outcome) => outcome === event.currentTarget.value);
            event.currentTarget.value = "";
            if (chosen) void note(chosen);
          }}
        >
          <option value="">{t("trial_note_choose")}</option>
          {OUTCOMES.map((outcome) => (
            <option key={outcome} value={outcome}>
              {t(`trial_outcome_${outcome}`)}
            </option>
          ))}
        </select>
      )}
    </li>
  );
}
