/**
 * Everything the candidate's page knows, folded from server messages. No DOM, no sockets, no clock: the time a
 * message came in is part of the action. `PhaseChanged` carries the whole visible state, so folding is mostly
 * replacing; what is replayed after a welcome is history and never turns the page back.
 */
import type {
  CaptionsState,
  Envelope,
  Finished,
  Level,
  PhaseChanged,
  PromptShown,
  Refused,
  ServerMessage,
  Welcome,
} from "../protocol/generated";
import type { Language } from "../protocol/codec";
import type { ConnectionState } from "../protocol/connection";
import { type Captions, withCaption } from "./captions";
import { type ClockEstimate, heardClock, UNKNOWN_CLOCK } from "./clock";
import { type Draft, openDraft, saved, typed } from "./draft";
import { type Waiting, waitingFor } from "./waiting";

export interface ShownPrompt {
  readonly prompt: PromptShown;
  readonly shownAtMs: number;
}

export interface CandidateState {
  readonly language: Language;
  readonly connection: ConnectionState;
  /** Undefined: unknown, or the last ping has been waiting for too long. */
  readonly roundTripMs: number | undefined;
  /** The connection stands, and the server has not answered for 3 s. */
  readonly silent: boolean;
  readonly clock: ClockEstimate;
  readonly welcome: Welcome | undefined;
  readonly phase: PhaseChanged | undefined;
  readonly captions: Captions;
  /** How soon words appear: the engines may be loaded. */
  readonly captionsMode: CaptionsState["state"];
  readonly prompts: readonly ShownPrompt[];
  readonly draft: Draft | undefined;
  /** May answers be spoken? Consent and the device check decide; a welcome says what the server thinks. */
  readonly voiceAllowed: boolean;
  readonly level: Level | undefined;
  readonly humanRequested: boolean;
  readonly finished: Finished | undefined;
  /** Not let in yet, or again; the page asks again by itself. */
  readonly waiting: Waiting | undefined;
  /** The conversation is over for this page. */
  readonly refusal: Refused | undefined;
  /** One message was not accepted; the conversation goes on. */
  readonly complaint: Refused | undefined;
}

export type CandidateAction =
  | { readonly type: "received"; readonly envelope: Envelope; readonly nowMs: number }
  | { readonly type: "connection"; readonly state: ConnectionState }
  | { readonly type: "round_trip"; readonly ms: number | undefined }
  | { readonly type: "refused"; readonly refusal: Refused }
  | { readonly type: "language"; readonly language: Language }
  | { readonly type: "typed"; readonly text: string; readonly nowMs: number }
  | { readonly type: "voice_allowed"; readonly allowed: boolean }
  | { readonly type: "draft_restored"; readonly draft: Draft }
  | { readonly type: "complaint_read" }
  | { readonly type: "time"; readonly nowMs: number };

export function initialCandidate(language: Language): CandidateState {
  return {
    language,
    connection: "idle",
    roundTripMs: undefined,
    silent: false,
    clock: UNKNOWN_CLOCK,
    welcome: undefined,
    phase: undefined,
    captions: [],
    captionsMode: "live",
    prompts: [],
    draft: undefined,
    voiceAllowed: true,
    level: undefined,
    humanRequested: false,
    finished: undefined,
    waiting: undefined,
    refusal: undefined,
    complaint: undefined,
  };
}

/** A notice that says something about a moment goes by itself; one about a lasting fault waits to be cleared. */
const PROMPT_STAYS_MS = 12_000;
const LASTING: ReadonlySet<string> = new Set([
  "face_out_of_frame",
  "several_faces",
  "too_quiet",
  "noisy",
  "clipped",
  "narrow_band",
  "connection_poor",
  "picture_frozen",
  "other_language",
  "too_dark",
  "nobody_speaks",
]);

export function reduceCandidate(state: CandidateState, action: CandidateAction): CandidateState {
  switch (action.type) {
    case "received": {
      const clock = heardClock(state.clock, action.envelope.at_ms, action.nowMs);
      return receive({ ...state, clock }, action.envelope.message, action.envelope.seq, action.nowMs);
    }
    case "connection":
      return {
        ...state,
        connection: action.state,
        silent: false,
        clock: action.state === "greeting" ? UNKNOWN_CLOCK : state.clock,
        refusal: action.state === "connecting" ? undefined : state.refusal,
      };
    case "round_trip":
      return { ...state, roundTripMs: action.ms, silent: action.ms === undefined && state.connection === "open" };
    case "refused":
      return { ...state, refusal: action.refusal };
    case "language":
      return { ...state, language: action.language };
    case "typed":
      return state.draft ? { ...state, draft: typed(state.draft, action.text, action.nowMs) } : state;
    case "voice_allowed":
      return { ...state, voiceAllowed: action.allowed };
    case "draft_restored":
      return action.draft.questionId === state.draft?.questionId ? { ...state, draft: action.draft } : state;
    case "complaint_read":
      return { ...state, complaint: undefined };
    case "time": {
      const prompts = state.prompts.filter(
        ({ prompt, shownAtMs }) => LASTING.has(prompt.kind) || action.nowMs - shownAtMs < PROMPT_STAYS_MS,
      );
      return prompts.length === state.prompts.length ? state : { ...state, prompts };
    }
  }
}

/** The interview had moved on in the moment of the click, and the page with it: nothing to complain about. */
const LATE_CLICKS: ReadonlySet<string> = new Set(["question_not_current", "wrong_phase"]);

function receive(state: CandidateState, message: ServerMessage, seq: number, nowMs: number): CandidateState {
  const isHistory = seq !== 0 && seq <= (state.welcome?.last_seq ?? 0);
  switch (message.type) {
    case "welcome":
      return welcomed(state, message);
    case "phase_changed":
      return isHistory ? state : entered(state, message);
    case "caption":
      return message.question_id === state.draft?.questionId
        ? { ...state, captions: withCaption(state.captions, message) }
        : state;
    case "transcript_replaced":
      return { ...state, captions: state.captions.filter((caption) => caption.question_id !== message.question_id) };
    case "prompt_shown":
      if (isHistory || message.question_id !== (state.draft?.questionId ?? message.question_id)) return state;
      return { ...state, prompts: [...state.prompts, { prompt: message, shownAtMs: nowMs }].slice(-3) };
    case "prompt_cleared":
      return { ...state, prompts: state.prompts.filter(({ prompt }) => prompt.id !== message.id) };
    case "draft_saved":
      return state.draft ? { ...state, draft: saved(state.draft, message.question_id, message.revision) } : state;
    case "captions_state":
      return { ...state, captionsMode: message.state };
    case "level":
      return { ...state, level: message };
    case "human_requested":
      return { ...state, humanRequested: true };
    case "finished":
      return { ...state, finished: message };
    case "refused":
      return refused(state, message, nowMs);
    // The next phase says what follows from these two.
    case "answer_closed":
    case "answer_settled":
    // The connection's own, what the page knows better itself, and what only HR is sent.
    case "pong":
    case "media_state":
    case "report_ready":
    case "face_state":
    case "voice_state":
    case "quality_state":
    case "candidate_presence":
    case "observed":
    case "live_list":
    case "watched":
    // `Interview` follows it.
    case "moved":
      return state;
    default:
      // A message this page is too old to know.
      message satisfies never;
      return state;
  }
}

function refused(state: CandidateState, message: Refused, nowMs: number): CandidateState {
  const waiting = waitingFor(message, nowMs);
  if (waiting) return { ...state, waiting };
  return LATE_CLICKS.has(message.code) ? state : { ...state, complaint: message };
}

function welcomed(state: CandidateState, welcome: Welcome): CandidateState {
  // Captions come at once unless the server goes on to say otherwise.
  const known = { ...state, welcome, voiceAllowed: welcome.voice_allowed, waiting: undefined, captionsMode: "live" as const };
  const next = entered(known, welcome.state);
  // What was typed here and is not yet saved is newer than what the server has.
  const unsaved = next.draft !== undefined && next.draft.revision > next.draft.savedRevision;
  if (!next.draft || unsaved || !welcome.draft) return next;
  const revision = Math.max(0, welcome.draft_revision);
  return { ...next, draft: { ...next.draft, text: welcome.draft, revision, savedRevision: revision } };
}

/** While the interview stands still the open answer stays open, whether or not the message repeats it. */
const STANDING_STILL: ReadonlySet<string> = new Set(["paused", "interrupted", "human_requested"]);

function entered(state: CandidateState, phase: PhaseChanged): CandidateState {
  const known = state.draft?.questionId;
  const questionId = phase.question?.id ?? (STANDING_STILL.has(phase.phase) ? known : undefined);
  const sameQuestion = questionId === known;
  const answering = phase.phase === "answering" || phase.phase === "grace";
  return {
    ...state,
    phase,
    captions: sameQuestion ? state.captions : [],
    prompts: sameQuestion && answering ? state.prompts : [],
    level: answering ? state.level : undefined,
    draft: questionId === undefined ? undefined : sameQuestion && state.draft ? state.draft : openDraft(questionId),
  };
}
