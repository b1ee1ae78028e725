/** What the rules suggest, why, and what HR says to it: one by one or many at a time, by pointer or keyboard. */
import { useEffect, useState } from "preact/hooks";
import { type Instead, type Settled, settle, type Suggestion, type SuggestionState, suggestions } from "../../protocol/automation";
import { Problem } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { Blank, Button, Dialog, Segments, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { AreaProps } from "./areas";
import type { Go } from "./HrPage";
import { SuggestionRow } from "./SuggestionRow";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

const STATES: readonly SuggestionState[] = ["open", "confirmed", "declined", "done"];

export function Suggestions({ hr, go, open }: AreaProps) {
  const { t } = useText();
  const [state, setState] = useState<SuggestionState>(STATES.find((each) => each === open) ?? "open");
  const { value: rows, problem, again } = useLoaded(hr, state, () => suggestions(hr.token, state));
  const shown = rows?.filter((row) => row.state === state);
  return (
    <section class="card" data-testid="hr-suggestions">
      <div class="row">
        <Title lead={t("sug_lead")}>{t("sug_title")}</Title>
        <span class="actions">
          <Segments
            label={t("sug_title")}
            value={state}
            choose={setState}
            choices={STATES.map((each) => ({ value: each, label: t(`sug_${each}` as "sug_open"), testId: `hr-sug-${each}` }))}
          />
          <Button testId="hr-refresh" onClick={again}>
            {t("hr_refresh")}
          </Button>
        </span>
      </div>
      {problem && <Trouble problem={problem} again={again} />}
      {!shown && !problem && <Blank testId="hr-sug-loading" title={t("loading")} />}
      {shown && <List key={state} hr={hr} rows={shown} open={state === "open"} go={go} changed={again} />}
    </section>
  );
}

interface ListProps {
  readonly hr: Hr;
  readonly rows: readonly Suggestion[];
  readonly open: boolean;
  readonly go: Go;
  readonly changed: () => void;
}

function List({ hr, rows, open, go, changed }: ListProps) {
  const { t, say } = useText();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [declining, setDeclining] = useState<readonly string[]>();
  const [told, setTold] = useState<readonly (Settled & { readonly name: string })[]>([]);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => setChosen(new Set([...chosen].filter((id) => rows.some((row) => row.id === id)))), [rows]);
  const turn = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const answer = async (ids: readonly string[], confirm: boolean, reason: string, instead: Instead = ""): Promise<void> => {
    try {
      const results = await settle(hr.token, ids, confirm, reason, instead);
      setTold(results.map((each) => ({ ...each, name: rows.find((row) => row.id === each.id)?.applicant_name ?? "" })));
      setProblem(undefined);
      setDeclining(undefined);
      changed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    }
  };
  return (
    <>
      {problem && <Trouble problem={problem} />}
      <div role="status" class="sug-told" data-testid="hr-sug-told">
        {told.some((each) => each.ok) && <p>{t("sug_done_n", { n: told.filter((each) => each.ok).length })}</p>}
        {told.map((each) => (
          <Answer key={each.id} answer={each} why={each.message ? say(each.message) : ""} />
        ))}
      </div>
      {rows.length === 0 && <Blank testId="hr-sug-empty" title={t("sug_empty")} hint={open ? t("sug_empty_hint") : ""} />}
      {open && rows.length > 0 && (
        <div class="sug-bar">
          <label class="sug-all">
            <input
              type="checkbox"
              data-testid="hr-sug-all"
              checked={chosen.size === rows.length}
              onChange={() => setChosen(new Set(chosen.size === rows.length ? [] : rows.map((row) => row.id)))}
            />
            {t("sug_choose_all")}
          </label>
          <span class="actions">
            <span class="hint small">{t("sug_chosen", { n: chosen.size })}</span>
            <Button testId="hr-sug-decline-chosen" disabled={chosen.size === 0} onClick={() => setDeclining([...chosen])}>
              {t("sug_decline")}
            </Button>
            <Button testId="hr-sug-confirm-chosen" look="primary" disabled={chosen.size === 0} onClick={() => void answer([...chosen], true, "")}>
              {t("sug_confirm")}
            </Button>
          </span>
          <p class="hint small sug-keys">{t("sug_keys")}</p>
        </div>
      )}
      <ul class="suggestions">
        {rows.map((row) => (
          <SuggestionRow
            key={row.id}
            row={row}
            chosen={chosen.has(row.id)}
            turn={() => turn(row.id)}
            confirm={(instead) => void answer([row.id], true, "", instead)}
            decline={() => setDeclining([row.id])}
            go={go}
          />
        ))}
      </ul>
      {declining && <Declining close={() => setDeclining(undefined)} decline={(reason) => void answer(declining, false, reason)} />}
    </>
  );
}

function Answer({ answer, why }: { readonly answer: Settled & { readonly name: string }; readonly why: string }) {
  const { t } = useText();
  if (!answer.ok) return <p class="refused">{t("sug_failed", { name: answer.name, why: `${why} ${answer.detail ?? ""}`.trim() })}</p>;
  if (!answer.candidate_link) return null;
  return (
    <label class="field">
      <span>{t("sug_link", { name: answer.name })}</span>
      <input readOnly value={answer.candidate_link} data-testid="hr-sug-link" onFocus={(event) => event.currentTarget.select()} />
    </label>
  );
}

function Declining({ close, decline }: { readonly close: () => void; readonly decline: (reason: string) => void }) {
  const { t } = useText();
  const [reason, setReason] = useState("");
  return (
    <Dialog title={t("sug_decline_title")} testId="hr-sug-declining" close={close}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          decline(reason.trim());
        }}
      >
        <label class="field">
          <span>{t("sug_reason")}</span>
          <textarea data-testid="hr-sug-reason" required minLength={2} maxLength={500} rows={3} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
        <div class="actions end">
          <Button testId="hr-sug-keep" onClick={close}>
            {t("cancel")}
          </Button>
          <Button testId="hr-sug-decline-sure" look="primary" type="submit">
            {t("sug_decline")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
