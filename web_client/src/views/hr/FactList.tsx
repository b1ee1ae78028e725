/** What was read, by kind: value, certainty, the very words; each may be put right. Arrow keys walk from fact to fact. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Correction, Fact, Resume } from "../../protocol/resumes";
import { byKind } from "../../state/resume";
import { lookUp } from "../../text/dictionary";
import { Badge, Blank, Button, type Tone } from "../parts/Controls";
import { useText } from "../parts/hooks";
import { FactForm } from "./FactForm";

const TONES: Readonly<Record<Fact["certainty"], Tone>> = { stated: "good", inferred: "accent", unsure: "fair", corrected: "still" };

interface Shown {
  readonly resume: Resume;
  readonly pointed: string | undefined;
  readonly point: (factId: string) => void;
  readonly save: (correction: Correction) => Promise<boolean>;
}

export function FactList({ resume, pointed, point, save }: Shown) {
  const { t } = useText();
  const [adding, setAdding] = useState(false);
  const walk = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || !(event.target instanceof HTMLElement) || !event.target.matches(".fact-value")) return;
    const all = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>(".fact-value")];
    all[all.indexOf(event.target) + step]?.focus();
    event.preventDefault();
  };
  return (
    <section class="card facts" aria-labelledby="facts-title" data-testid="hr-facts" onKeyDown={walk}>
      <div class="row">
        <h2 id="facts-title">{t("resume_facts")}</h2>
        <Button testId="hr-fact-add" onClick={() => setAdding(true)}>
          {t("resume_add")}
        </Button>
      </div>
      {adding && <FactForm save={save} close={() => setAdding(false)} />}
      {resume.facts.length === 0 && <Blank testId="hr-facts-empty" title={t("resume_no_facts")} />}
      {byKind(resume.facts).map(([kind, facts]) => (
        <div key={kind} class="fact-kind">
          <h3>{t(`resume_kind_${kind}`)}</h3>
          <ul>
            {facts.map((fact) => (
              <Row key={fact.id} fact={fact} here={fact.id === pointed} point={() => point(fact.id)} save={save} />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function Row({ fact, here, point, save }: { readonly fact: Fact; readonly here: boolean; readonly point: () => void; readonly save: Shown["save"] }) {
  const { t, say, language } = useText();
  const [editing, setEditing] = useState(false);
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (here) item.current?.scrollIntoView({ block: "nearest" });
  }, [here]);
  if (editing) {
    return (
      <li>
        <FactForm fact={fact} save={save} close={() => setEditing(false)} />
      </li>
    );
  }
  return (
    <li ref={item} class={here ? "fact here" : "fact"} data-testid="hr-fact" data-kind={fact.kind}>
      <button type="button" class="fact-value" aria-pressed={here} onFocus={point} onClick={point}>
        {fact.value}
        <Span fact={fact} />
      </button>
      <Badge tone={TONES[fact.certainty]}>{lookUp(language, `resume_certainty_${fact.certainty}`) ?? fact.certainty}</Badge>
      {fact.why && <p class="hint small">{say(fact.why)}</p>}
      {here && <Where fact={fact} />}
      {here && (
        <p class="actions">
          <Button testId="hr-fact-correct" look="quiet" onClick={() => setEditing(true)}>
            {t("resume_correct")}
          </Button>
          <Button testId="hr-fact-remove" look="quiet" onClick={() => void save({ kind: fact.kind, fact_id: fact.id, removed: true })}>
            {t("resume_remove")}
          </Button>
        </p>
      )}
    </li>
  );
}

function Span({ fact }: { readonly fact: Fact }) {
  const { t } = useText();
  const { from, to, level } = fact.fields;
  const until = to === "present" ? t("resume_present") : to;
  const told = [from, until].filter(Boolean).join(" – ") || level;
  return told ? <span class="fact-span">{told}</span> : null;
}

function Where({ fact }: { readonly fact: Fact }) {
  const { t } = useText();
  return (
    <div class="fact-where">
      {fact.sources.length === 0 && <p class="hint small">{t("resume_by_hand")}</p>}
      {fact.sources.map((source) => (
        <q key={source.line}>{source.text}</q>
      ))}
      {fact.certainty === "corrected" && fact.found && <p class="hint small">{t("resume_found", { value: fact.found })}</p>}
    </div>
  );
}
