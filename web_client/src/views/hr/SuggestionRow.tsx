/** One suggestion: what, for whom, the rule's own words; opened, every rule with its conditions and what they saw. */
import { useState } from "preact/hooks";
import type { Checked, Effect, Explained, InputValue, Instead, Suggestion } from "../../protocol/automation";
import { lookUp } from "../../text/dictionary";
import { Badge, Button, type Tone } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { Go } from "./HrPage";

const TONES: Readonly<Record<Effect, Tone>> = { invite: "good", advance: "good", ask_hr: "accent", look_closer: "fair", tag: "still", notify: "still" };
const RESULT_TONES: Readonly<Record<Explained["result"], Tone>> = { fired: "good", did_not_hold: "still", unknown: "fair", other_position: "still" };

interface RowProps {
  readonly row: Suggestion;
  readonly chosen: boolean;
  readonly turn: () => void;
  readonly confirm: (instead?: Instead) => void;
  readonly decline: () => void;
  readonly go: Go;
}

export function SuggestionRow({ row, chosen, turn, confirm, decline, go }: RowProps) {
  const { t, say, language } = useText();
  const [why, setWhy] = useState(false);
  const open = row.state === "open";
  const forPeople = row.effect === "ask_hr" || row.effect === "look_closer";
  const key = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const item = event.currentTarget as HTMLElement;
    const keys: Record<string, () => void> = {
      ArrowDown: () => (item.nextElementSibling as HTMLElement | null)?.focus(),
      ArrowUp: () => (item.previousElementSibling as HTMLElement | null)?.focus(),
      Enter: () => setWhy(!why),
      ...(open ? { " ": turn, c: () => confirm(), ...(forPeople ? {} : { d: decline }) } : {}),
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const effect = lookUp(language, `sug_effect_${row.effect}`) ?? row.effect;
  const more = row.to ? (lookUp(language, `sug_stage_${row.to}`) ?? row.to) : row.tag;
  return (
    <li class={chosen ? "suggestion chosen" : "suggestion"} tabIndex={0} onKeyDown={key} data-testid="hr-suggestion" data-effect={row.effect}>
      {open && <input type="checkbox" tabIndex={-1} checked={chosen} onChange={turn} aria-label={t("sug_choose", { name: row.applicant_name })} />}
      <div class="sug-what">
        <p class="badges">
          <Badge tone={TONES[row.effect]}>{more ? `${effect} · ${more}` : effect}</Badge>
          <strong>{row.applicant_name}</strong>
          <span class="hint">
            {say(row.position)} · {lookUp(language, `sug_event_${row.event.replace(".", "_")}`)} · {lookUp(language, `sug_stage_${row.stage}`)}
          </span>
        </p>
        <p>{say(row.say)}</p>
        {!open && (
          <p class="hint small">
            {t("sug_by", { who: row.by })} {row.reason && `· ${row.reason}`}
          </p>
        )}
        {why && <Why row={row} />}
      </div>
      <span class="actions">
        <Button testId="hr-sug-why" look="quiet" pressed={why} onClick={() => setWhy(!why)}>
          {t("sug_why")}
        </Button>
        {row.resume_id && (
          <Button testId="hr-sug-resume" look="quiet" onClick={() => go({ name: "area", area: "resumes", open: row.resume_id ?? "" })}>
            {t("sug_open_resume")}
          </Button>
        )}
        {open && !forPeople && (
          <Button testId="hr-sug-decline" onClick={decline}>
            {t("sug_decline")}
          </Button>
        )}
        {open && (
          <Button testId="hr-sug-confirm" look={forPeople ? "plain" : "primary"} onClick={() => confirm()}>
            {t(forPeople ? "sug_seen" : "sug_confirm")}
          </Button>
        )}
        {open && forPeople && (
          <Button testId="hr-sug-instead" look="primary" onClick={() => confirm(row.event === "resume.read" ? "invite" : "second_round")}>
            {t(row.event === "resume.read" ? "sug_effect_invite" : "sug_to_second_round")}
          </Button>
        )}
      </span>
    </li>
  );
}

function Why({ row }: { readonly row: Suggestion }) {
  const { t, language } = useText();
  return (
    <div class="sug-why" data-testid="hr-sug-explained">
      <ul>
        {row.explained.map((each) => (
          <li key={each.rule}>
            <Badge tone={RESULT_TONES[each.result]}>{lookUp(language, `sug_result_${each.result}`) ?? each.result}</Badge> <code>{each.rule}</code>
            <ul>
              {each.checked.map((checked) => (
                <Condition key={checked.condition} checked={checked} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      <h3>{t("sug_inputs")}</h3>
      <dl>
        {Object.entries(row.inputs).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <Value value={value} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Condition({ checked }: { readonly checked: Checked }) {
  const { t } = useText();
  const said = checked.holds === null ? t("sug_unknown") : t(checked.holds ? "sug_holds" : "sug_holds_not");
  return (
    <li>
      <code>{checked.condition}</code> <span class="hint small">— {said}</span>
    </li>
  );
}

function Value({ value }: { readonly value: InputValue }) {
  const { t } = useText();
  if (value === null) return <em>{t("sug_unknown")}</em>;
  if (typeof value === "object") return <>{value.length ? value.join("、") : t("sug_none")}</>;
  return <>{String(value)}</>;
}
