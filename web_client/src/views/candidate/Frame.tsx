/** What stays on every screen: who is asking, that an AI assists, the connection, the language, and the way to a person. */
import { useState } from "preact/hooks";
import type { CandidateState } from "../../state/candidate";
import { keepLanguage } from "../../state/kept";
import type { Interview } from "../../state/interview";
import type { Phase } from "../../protocol/generated";
import type { Joined } from "../../protocol/rest";
import { Button, Dialog, LanguageSwitch, type Tone } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";

export function Header({ interview, joined }: { readonly interview: Interview; readonly joined: Joined | undefined }) {
  const { t, say } = useText();
  const stage = useStore(interview.stage);
  const { finished } = useStore(interview.store);
  return (
    <header class="bar">
      <div class="bar-who">
        <span class="mark" aria-hidden="true" />
        <span class="bar-name">
          {joined ? say(joined.employer) : t("product")}
          <small>
            {joined && say(joined.position)}
            {/* On a phone the label moves here. */}
            <span class="ai-label">{t("ai_label")}</span>
          </small>
        </span>
      </div>
      <div class="bar-end">
        <span class="ai-label" data-testid="ai-label">
          {t("ai_label")}
        </span>
        {stage.name === "talking" && !finished && <ConnectionBadge interview={interview} />}
        <LanguageSwitch
          choose={(language) => {
            interview.switchLanguage(language);
            keepLanguage(language);
          }}
        />
      </div>
    </header>
  );
}

const SLOW_MS = 400;

function linkOf(state: CandidateState): { tone: Tone; key: "link_good" | "link_slow" | "link_silent" | "link_lost" | "link_off" } {
  if (state.connection === "closed" || state.waiting) return { tone: "still", key: "link_off" };
  if (state.connection !== "open") return { tone: "bad", key: "link_lost" };
  if (state.silent) return { tone: "fair", key: "link_silent" };
  return state.roundTripMs !== undefined && state.roundTripMs > SLOW_MS
    ? { tone: "fair", key: "link_slow" }
    : { tone: "good", key: "link_good" };
}

function ConnectionBadge({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const state = useStore(interview.store);
  const { link } = useStore(interview.studio.store);
  const { tone, key } = linkOf(state);
  const media = link === "off" ? "" : ` · ${t(`media_${link}`)}`;
  const mediaLost = link === "lost" && tone === "good";
  return (
    <span role="status" class={`badge dot ${mediaLost ? "fair" : tone}`} data-testid="connection" data-link={key} data-media={link} title={t(key) + media}>
      <span class="badge-words">{t(mediaLost ? "media_lost" : key)}</span>
    </span>
  );
}

const OVER: ReadonlySet<Phase> = new Set<Phase>(["closing", "scoring", "reported", "withdrawn", "expired"]);

/** Help is in the same place on every screen (WCAG 3.2.6). */
export function Footer({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const stage = useStore(interview.stage);
  const state = useStore(interview.store);
  const [asking, setAsking] = useState<"human" | "leave" | undefined>();
  const phase = state.phase?.phase;
  if (stage.name !== "talking" || !phase || OVER.has(phase) || state.finished || state.refusal) return null;
  const close = (): void => setAsking(undefined);
  return (
    <footer class="foot">
      {state.humanRequested ? (
        <p class="foot-note" role="status" data-testid="human-requested">
          {t("human_sent")}
        </p>
      ) : (
        <Button testId="ask-human" look="quiet" onClick={() => setAsking("human")}>
          {t("human")}
        </Button>
      )}
      <Button testId="leave" look="quiet" onClick={() => setAsking("leave")}>
        {t("leave")}
      </Button>
      {asking === "human" && <AskHuman interview={interview} close={close} />}
      {asking === "leave" && <Leave interview={interview} close={close} />}
    </footer>
  );
}

function AskHuman({ interview, close }: { readonly interview: Interview; readonly close: () => void }) {
  const { t } = useText();
  const [note, setNote] = useState("");
  const send = (): void => {
    interview.requestHuman(note);
    close();
  };
  return (
    <Dialog title={t("human_title")} testId="human-dialog" close={close}>
      <p>{t("human_text")}</p>
      <label class="field">
        <span>{t("human_note")}</span>
        <textarea rows={3} maxLength={2000} value={note} data-testid="human-note" onInput={(e) => setNote(e.currentTarget.value)} />
      </label>
      <div class="actions">
        <Button testId="human-cancel" onClick={close}>
          {t("cancel")}
        </Button>
        <Button testId="human-send" look="primary" onClick={send}>
          {t("human_send")}
        </Button>
      </div>
    </Dialog>
  );
}

export function Leave({ interview, close }: { readonly interview: Interview; readonly close: () => void }) {
  const { t } = useText();
  const leave = (): void => {
    interview.withdraw("");
    close();
  };
  return (
    <Dialog title={t("leave_title")} testId="leave-dialog" close={close}>
      <p>{t("leave_text")}</p>
      <div class="actions">
        <Button testId="leave-confirm" look="danger" onClick={leave}>
          {t("leave_confirm")}
        </Button>
        <Button testId="leave-stay" look="primary" onClick={close}>
          {t("leave_stay")}
        </Button>
      </div>
    </Dialog>
  );
}

const STEPS = [
  ["step_consent", ["invited", "consent"]],
  ["step_devices", ["device_check"]],
  ["step_practice", ["practice"]],
  ["step_guide", ["guide"]],
  ["step_questions", []],
] as const;

/** How far it is to the first question. */
export function Steps({ phase }: { readonly phase: Phase }) {
  const { t } = useText();
  const at = STEPS.findIndex(([, phases]) => (phases as readonly string[]).includes(phase));
  const current = STEPS[at];
  if (!current) return null;
  const spoken = t("step_of", { n: at + 1, total: STEPS.length, name: t(current[0]) });
  return (
    <ol class="steps" aria-label={spoken}>
      {STEPS.map(([key], i) => (
        <li key={key} class={i < at ? "done" : i === at ? "now" : ""} aria-current={i === at ? "step" : undefined}>
          <span>{t(key)}</span>
        </li>
      ))}
    </ol>
  );
}

export function AiNotice() {
  const { t } = useText();
  return (
    <div class="notice">
      <p>
        <strong>{t("welcome_ai_title")}</strong>
      </p>
      <p>{t("welcome_ai")}</p>
      <p>{t("welcome_human")}</p>
    </div>
  );
}
