/** One person's scorecard: what was said on the left, the ratings on the right; then people and machine side by side. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, type Scorecard, type ScorecardForm, saveScorecard, scorecard, submitScorecard } from "../../protocol/rest";
import type { Hr } from "../../state/hr";
import { mayHandIn, unmarked } from "../../state/scorecard";
import { Badge, Blank, Button, Dialog, Title } from "../parts/Controls";
import { useText } from "../parts/hooks";
import type { Go } from "./HrPage";
import { PanelCompared } from "./PanelCompared";
import { PanelMembers } from "./PanelMembers";
import { Ratings } from "./Ratings";
import { Trouble } from "./Trouble";
import { useLoaded } from "./useLoaded";

const SAVE_AFTER_MS = 700;

interface Shown {
  readonly hr: Hr;
  readonly interviewId: string;
  readonly go: Go;
}

export function ScorecardView({ hr, interviewId, go }: Shown) {
  const { t, say } = useText();
  const { value: form, problem, again } = useLoaded(hr, interviewId, () => scorecard(hr.token, interviewId));
  return (
    <div class="scorecard" data-testid="hr-scorecard" data-state={form?.state}>
      <div class="watch-head">
        <Button testId="hr-back" look="quiet" onClick={() => go({ name: "reports" })}>
          ← {t("hr_back")}
        </Button>
        <Title lead={t("hr_scorecard_lead")}>
          {t("hr_scorecard")}
          {form && ` · ${say(form.position)}`}
        </Title>
        {form && (
          <Badge tone={form.blind ? "good" : "fair"} testId="hr-blind">
            {t(form.blind ? "hr_blind" : "hr_not_blind")}
          </Badge>
        )}
      </div>
      {problem && <Trouble problem={problem} again={again} />}
      {!form && !problem && <Blank testId="hr-scorecard-loading" title={t("loading")} />}
      {form && <Filled key={`${form.version}/${form.state}`} hr={hr} interviewId={interviewId} form={form} again={again} />}
    </div>
  );
}

interface FilledProps {
  readonly hr: Hr;
  readonly interviewId: string;
  readonly form: ScorecardForm;
  readonly again: () => void;
}

function Filled({ hr, interviewId, form, again }: FilledProps) {
  const { card, edit, state, problem, handedIn } = useDraft(hr, interviewId, form);
  const mine = form.panel.find((member) => member.rater === hr.store.state.signedIn?.user.name);
  const maySee = form.state === "submitted" || !mine || mine.submitted;
  return (
    <>
      {problem && <Trouble problem={problem} />}
      <div class="scorecard-grid">
        <Said form={form} />
        <div class="scorecard-right">
          <Ratings form={form} card={card} edit={edit} />
          <HandIn hr={hr} interviewId={interviewId} form={form} card={card} state={state} begun={handedIn} done={again} />
          <PanelMembers hr={hr} interviewId={interviewId} members={form.panel} changed={again} />
        </div>
      </div>
      {maySee && <PanelCompared hr={hr} interviewId={interviewId} />}
    </>
  );
}

type DraftState = "untouched" | "saving" | "saved";

/** Saved by itself a moment after the last change, so that nothing that was written is lost with the page. */
function useDraft(hr: Hr, interviewId: string, form: ScorecardForm) {
  const [card, setCard] = useState<Scorecard>(form.card);
  const [state, setState] = useState<DraftState>("untouched");
  const [problem, setProblem] = useState<Problem>();
  const unsaved = useRef<Scorecard>();
  const waiting = useRef<ReturnType<typeof setTimeout>>();
  const save = async (): Promise<void> => {
    const next = unsaved.current;
    clearTimeout(waiting.current);
    if (!next) return;
    unsaved.current = undefined;
    try {
      await saveScorecard(hr.token, interviewId, next);
      setProblem(undefined);
      setState("saved");
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  useEffect(() => () => void save(), []);
  const edit = (next: Scorecard): void => {
    setCard(next);
    setState("saving");
    unsaved.current = next;
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => void save(), SAVE_AFTER_MS);
  };
  /** What is handed in needs no draft any more. */
  const handedIn = (): void => {
    clearTimeout(waiting.current);
    unsaved.current = undefined;
  };
  return { card, edit, state, problem, handedIn };
}

function Said({ form }: { readonly form: ScorecardForm }) {
  const { t, say } = useText();
  return (
    <section class="card said" aria-labelledby="said-title">
      <h2 id="said-title">{t("hr_said")}</h2>
      {form.answers.map((answer, index) => (
        <article key={answer.question_id} data-testid="hr-said">
          <h3>
            {index + 1}. {say(answer.question)}
          </h3>
          {answer.recording && <audio controls preload="none" src={answer.recording} />}
          <p class="said-words">{[answer.said, answer.typed].filter(Boolean).join("\n") || t("hr_nothing_said")}</p>
        </article>
      ))}
    </section>
  );
}

interface HandInProps {
  readonly hr: Hr;
  readonly interviewId: string;
  readonly form: ScorecardForm;
  readonly card: Scorecard;
  readonly state: DraftState;
  readonly begun: () => void;
  readonly done: () => void;
}

function HandIn({ hr, interviewId, form, card, state, begun, done }: HandInProps) {
  const { t } = useText();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const missing = unmarked(card, form).length;
  const handIn = async (): Promise<void> => {
    setAsking(false);
    begun();
    try {
      await submitScorecard(hr.token, interviewId, card);
      done();
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  return (
    <section class="card hand-in">
      {problem && <Trouble problem={problem} />}
      <p class="hint" role="status" data-testid="hr-card-state">
        {state === "saving" && t("hr_card_saving")}
        {state === "saved" && t("hr_card_saved")}
        {state === "untouched" && form.state === "submitted" && t("hr_card_submitted", { n: form.version })}
        {missing > 0 && ` ${t("hr_still_unmarked", { n: missing })}`}
      </p>
      <Button testId="hr-hand-in" look="primary" large disabled={!mayHandIn(card, form)} onClick={() => setAsking(true)}>
        {t("hr_hand_in")}
      </Button>
      {asking && (
        <Dialog title={t("hr_hand_in_title")} testId="hr-hand-in-dialog" close={() => setAsking(false)}>
          <p>{t("hr_hand_in_hint")}</p>
          <div class="actions end">
            <Button testId="hr-hand-in-cancel" onClick={() => setAsking(false)}>
              {t("cancel")}
            </Button>
            <Button testId="hr-hand-in-confirm" look="primary" onClick={() => void handIn()}>
              {t("hr_hand_in")}
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
