/** The three phases and what each asks for: required, found with its interval, met or not. */
import type { Gate, Share, Verdict } from "../../../protocol/trials";
import { lookUp } from "../../../text/dictionary";
import { Badge, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";

const PHASES = ["function", "accuracy", "experience"] as const;
const TONES: Readonly<Record<Verdict, Tone>> = { met: "good", missed: "bad", undetermined: "still" };

const percent = (value: number, digits: number): string => `${(100 * value).toFixed(digits)} %`;

function found({ value, low, high }: Share, digits: number): string {
  if (value === null) return "–";
  if (low === null || high === null) return percent(value, digits);
  return `${percent(value, digits)} (${percent(low, digits)} – ${percent(high, digits)})`;
}

export function Gates({ gates }: { readonly gates: readonly Gate[] }) {
  const { t } = useText();
  return (
    <div class="phases">
      {PHASES.map((phase) => (
        <section class="card" key={phase} aria-labelledby={`phase-${phase}`} data-testid={`hr-trial-phase-${phase}`}>
          <h2 id={`phase-${phase}`}>{t(`trial_phase_${phase}`)}</h2>
          <ul class="gates">
            {gates.filter((gate) => gate.phase === phase).map((gate) => (
              <GateRow key={`${gate.code} ${gate.about}`} gate={gate} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function GateRow({ gate }: { readonly gate: Gate }) {
  const { t, language } = useText();
  const digits = gate.code === "uptime" ? 2 : 1;
  const label = lookUp(language, `trial_gate_${gate.code}`) ?? gate.code;
  const about = gate.about && (lookUp(language, `trial_group_${gate.about}`) ?? gate.about);
  return (
    <li data-testid="hr-trial-gate" data-code={gate.code} data-verdict={gate.verdict}>
      <strong>
        {label}
        {about && ` · ${about}`}
      </strong>
      <Badge tone={TONES[gate.verdict]}>{t(`trial_verdict_${gate.verdict}`)}</Badge>
      <span class="hint small">
        {t(gate.code === "conflicts" ? "trial_at_most" : "trial_at_least", { n: percent(gate.required, digits) })} ·{" "}
        {t("trial_found", { n: found(gate.found, digits) })}
      </span>
    </li>
  );
}
