/** One person's life on one line, oldest first. What is sensitive is shown only when it is asked for. */
import { useState } from "preact/hooks";
import { life, type Life, type LifeEntry, type LifeRecord, sensitiveRecord } from "../../../protocol/people";
import { Problem } from "../../../protocol/rest";
import type { Language } from "../../../protocol/codec";
import { lookUp, type Translate } from "../../../text/dictionary";
import { Badge, Blank, Button, Title, type Tone } from "../../parts/Controls";
import { useText } from "../../parts/hooks";
import type { AreaProps } from "../areas";
import { Duplicate } from "./Duplicate";
import { Trouble } from "../Trouble";
import { useLoaded } from "../useLoaded";

const TONES: Readonly<Record<string, Tone>> = {
  passed: "good",
  accepted: "good",
  done: "good",
  excellent: "good",
  good: "good",
  COMPLETED: "good",
  failed: "bad",
  poor: "bad",
  declined: "fair",
  withdrawn: "fair",
  expired: "fair",
  broken_off: "fair",
  blind: "fair",
};

export function LifePage({ hr, go, open }: AreaProps & { readonly open: string }) {
  const { t } = useText();
  const { value, problem, again } = useLoaded(hr, `life ${open}`, () => life(hr.token, open));
  return (
    <div class="stack" data-testid="hr-life">
      <p>
        <Button testId="hr-people-back" look="quiet" onClick={() => go({ name: "area", area: "people" })}>
          ← {t("life_title")}
        </Button>
      </p>
      {problem && <Trouble problem={problem} again={again} />}
      {!value && !problem && <Blank testId="hr-life-loading" title={t("loading")} />}
      {value && <Shown hr={hr} go={go} life={value} again={again} />}
    </div>
  );
}

function Shown({ hr, go, life: shown, again }: Pick<AreaProps, "hr" | "go"> & { readonly life: Life; readonly again: () => void }) {
  const { t } = useText();
  const { person } = shown;
  const contact = [person.external_id && t("life_number", { id: person.external_id }), person.email, person.phone].filter(Boolean);
  return (
    <section class="card">
      <Title lead={contact.join(" · ")}>{person.name || person.id}</Title>
      {shown.possible_duplicates.map((pair) => (
        <Duplicate key={`${pair.person_id} ${pair.other_id}`} hr={hr} go={go} mine={person.id} pair={pair} again={again} />
      ))}
      {shown.items.length === 0 ? (
        <Blank testId="hr-life-empty" title={t("life_empty")} />
      ) : (
        <ol class="life">
          {shown.items.map((entry) => (
            <Entry key={`${entry.ref} ${entry.version}`} entry={entry} hr={hr} go={go} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Entry({ entry, hr, go }: Pick<AreaProps, "hr" | "go"> & { readonly entry: LifeEntry }) {
  const { t, say, language } = useText();
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const state = entry.state && (lookUp(language, `life_state_${entry.state}`) ?? entry.state);
  return (
    <li data-testid="hr-life-entry" data-kind={entry.kind}>
      <time dateTime={entry.at}>{day.format(new Date(entry.at))}</time>
      <div>
        <p class="badges">
          <strong>{say(entry.title)}</strong>
          {state && <Badge tone={TONES[entry.state] ?? "still"}>{state}</Badge>}
          {entry.score !== null && (
            <Badge tone="accent" testId="hr-life-score">
              {entry.score} / {entry.max_score}
            </Badge>
          )}
          {entry.version > 1 && <span class="hint">{t("life_version", { n: entry.version })}</span>}
        </p>
        {entry.detail && <p class="hint">{detail(entry, t)}</p>}
        {entry.kind === "interview_result" && entry.interview_id && (
          <Button testId="hr-life-interview" look="quiet" onClick={() => go({ name: "interview", id: entry.interview_id })}>
            {t("life_open_interview")}
          </Button>
        )}
        {entry.withheld.length > 0 && <Withheld entry={entry} hr={hr} />}
      </div>
    </li>
  );
}

function detail(entry: LifeEntry, t: Translate): string {
  if (entry.kind === "onboarding") return t("life_steps", { done: entry.detail });
  if (entry.kind === "panel_result") return t("life_raters", { n: entry.detail });
  return entry.detail;
}

function Withheld({ entry, hr }: { readonly entry: LifeEntry; readonly hr: AreaProps["hr"] }) {
  const { t, language } = useText();
  const [record, setRecord] = useState<LifeRecord>();
  const [problem, setProblem] = useState<Problem>();
  const label = (field: string): string => lookUp(language, `life_field_${field}`) ?? field;
  const show = async (): Promise<void> => {
    try {
      setRecord(await sensitiveRecord(hr.token, entry.ref));
      setProblem(undefined);
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  if (record) {
    return (
      <dl class="revealed" data-testid="hr-life-revealed">
        {entry.withheld.map((field) => {
          const value = record.body[field];
          // A record that is read and still has nothing here had its key destroyed, unless the field is simply empty.
          const gone = record.withheld.includes(field);
          if (!gone && !value) return null;
          return (
            <div key={field}>
              <dt>{label(field)}</dt>
              <dd>{gone ? t("life_gone") : inWords(value, language, t)}</dd>
            </div>
          );
        })}
      </dl>
    );
  }
  return (
    <p class="withheld">
      <span class="hint">{t("life_withheld", { fields: entry.withheld.map(label).join(", ") })}</span>
      <Button testId="hr-life-show" look="quiet" onClick={() => void show()}>
        {t("life_show")}
      </Button>
      <span class="hint small">{t("life_show_note")}</span>
      {problem && <Trouble problem={problem} />}
    </p>
  );
}

/** A sum of money as money; anything else as it is. */
export function inWords(value: unknown, language: Language, t: Translate): string {
  if (typeof value !== "object" || value === null || !("amount_minor" in value)) return String(value);
  const { amount_minor, currency = "CNY", period = "month" } = value as { amount_minor: number; currency?: string; period?: "month" | "year" };
  const money = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = money.resolvedOptions().maximumFractionDigits ?? 2;
  return `${money.format(amount_minor / 10 ** digits)} ${t(period === "year" ? "life_year" : "life_month")}`;
}
