/** The result goes out when HR says so: choose, read the very words, release. */
import { useState } from "preact/hooks";
import { type Draft, type Outcome, release } from "../../../protocol/messages";
import { Button, Segments } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import { Trouble } from "../Trouble";
import type { Part } from "./PersonPage";
import { useDoing, useMoment } from "./words";

const OUTCOMES: readonly Outcome[] = ["passed", "in_touch", "not_this_time"];
const HOURS = [12, 24, 48] as const;

export function Release({ hr, person, again }: Part) {
  const { t } = useText();
  const moment = useMoment();
  if (person.released) {
    const { by, at_ms, outcome } = person.released;
    return (
      <p class="notice" data-testid="hr-released">
        {t("msg_released", { by, time: moment(at_ms), outcome: t(`msg_outcome_${outcome}`) })}
      </p>
    );
  }
  if (person.drafts.length === 0) return null;
  return <Choose hr={hr} person={person} again={again} />;
}

function Choose({ hr, person, again }: Part) {
  const { t } = useText();
  const [outcome, setOutcome] = useState<Outcome>("passed");
  const [hours, setHours] = useState(person.promise_hours);
  const [culture, setCulture] = useState(false);
  const { busy, problem, run } = useDoing(again);
  const draft = person.drafts.find((one) => one.outcome === outcome);
  const story = person.drafts.find((one) => one.outcome === "culture");
  const lengths = [...new Set([...HOURS, person.promise_hours])].sort((a, b) => a - b);
  return (
    <section class="card form" aria-labelledby="msg-release" data-testid="hr-release">
      <h2 id="msg-release">{t("msg_release")}</h2>
      <p class="hint">{t("msg_release_hint")}</p>
      <Segments
        label={t("msg_release")}
        value={outcome}
        choose={setOutcome}
        choices={OUTCOMES.map((value) => ({ value, label: t(`msg_outcome_${value}`), testId: `hr-outcome-${value}` }))}
      />
      {outcome !== "not_this_time" && (
        <label class="field">
          <span>{t("msg_hours")}</span>
          <select data-testid="hr-hours" value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
            {lengths.map((n) => (
              <option key={n} value={n}>
                {t("msg_hours_n", { n })}
              </option>
            ))}
          </select>
        </label>
      )}
      {draft && <Words draft={draft} hours={hours} instead={person.promise_hours} />}
      {story && (
        <label class="tick">
          <input type="checkbox" data-testid="hr-culture" checked={culture} onChange={(event) => setCulture(event.currentTarget.checked)} />
          <span>{t("msg_culture")}</span>
        </label>
      )}
      {story && culture && <Words draft={story} hours={hours} instead={person.promise_hours} />}
      {problem && <Trouble problem={problem} />}
      <Button
        testId="hr-release-now"
        look="primary"
        disabled={busy}
        onClick={() => void run(() => release(hr.token, person.interview_id, outcome, hours, culture && story !== undefined))}
      >
        {t("msg_release_now")}
      </Button>
    </section>
  );
}

/** The server wrote the draft with the usual promise; another one is put in its place. */
function Words({ draft, hours, instead }: { readonly draft: Draft; readonly hours: number; readonly instead: number }) {
  const body = draft.body.replace(`${instead}小时`, `${hours}小时`).replace(`${instead} hours`, `${hours} hours`);
  return (
    <blockquote class="letter" data-testid={`hr-draft-${draft.outcome}`}>
      <strong>{draft.title}</strong>
      {body.split("\n").map((line, index) => (
        <p key={index}>{line}</p>
      ))}
    </blockquote>
  );
}
