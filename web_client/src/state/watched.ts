/** One interview as HR sees it live, folded from what the server forwards. Pure, like the candidate's side. */
import type {
  Bilingual,
  FaceState,
  CandidatePresence,
  CaptionsState,
  Finished,
  Level,
  MediaState,
  MissingSound,
  PhaseChanged,
  QualityState,
  Question,
  ServerMessage,
  VoiceState,
  Watched,
} from "../protocol/generated";
import { type Captions, withCaption } from "./captions";
import { type ClockEstimate, heardClock, UNKNOWN_CLOCK } from "./clock";

export interface TimelineEntry {
  readonly seq: number;
  readonly atMs: number;
  readonly message: ServerMessage;
}

export interface Answer {
  readonly question: Question;
  readonly captions: Captions;
  /** Undefined: still being given, or nothing of it was recorded. */
  readonly recording: "saving" | "complete" | "incomplete" | undefined;
  /** What the recording lacks, and why; also declared pauses of a complete one. */
  readonly missing: readonly MissingSound[];
}

export interface WatchedState {
  readonly interviewId: string;
  readonly clock: ClockEstimate;
  readonly lastSeenSeq: number;
  /** What was current when we began to watch; older phases are history. */
  readonly knownUpTo: number;
  readonly phase: PhaseChanged | undefined;
  readonly answers: readonly Answer[];
  readonly timeline: readonly TimelineEntry[];
  readonly media: MediaState | undefined;
  /** Undefined: nothing has changed since the live list said it. */
  readonly presence: PresenceState | undefined;
  /** Undefined: as the live list says. */
  readonly captionsMode: CaptionsState["state"] | undefined;
  readonly level: Level | undefined;
  readonly face: FaceState | undefined;
  readonly voice: VoiceState | undefined;
  /** Of the answer that is open now. */
  readonly quality: QualityState | undefined;
  readonly humanRequested: boolean;
  readonly finished: Finished | undefined;
  readonly reportId: string | undefined;
  /** What must be known of the speech engine. */
  readonly speechNotice: Bilingual | undefined;
}

export type PresenceState = CandidatePresence["state"];

/** The oldest entries go; the evidence log has them all. */
const TIMELINE_LIMIT = 400;
const TOLD: ReadonlySet<ServerMessage["type"]> = new Set<ServerMessage["type"]>([
  "phase_changed",
  "prompt_shown",
  "answer_closed",
  "answer_settled",
  "human_requested",
  "finished",
  "report_ready",
  "observed",
]);

export function openWatched(interviewId: string): WatchedState {
  return {
    interviewId,
    clock: UNKNOWN_CLOCK,
    lastSeenSeq: 0,
    knownUpTo: 0,
    phase: undefined,
    answers: [],
    timeline: [],
    media: undefined,
    presence: undefined,
    captionsMode: undefined,
    level: undefined,
    face: undefined,
    voice: undefined,
    quality: undefined,
    humanRequested: false,
    finished: undefined,
    reportId: undefined,
    speechNotice: undefined,
  };
}

export function watchMore(state: WatchedState, watched: Watched, nowMs: number): WatchedState {
  if (watched.interview_id !== state.interviewId) return state;
  if (watched.seq !== 0 && watched.seq <= state.lastSeenSeq) return state;
  const { message, seq } = watched;
  const entry = { seq, atMs: watched.at_ms, message };
  const next: WatchedState = {
    ...state,
    clock: heardClock(state.clock, watched.at_ms, nowMs),
    lastSeenSeq: Math.max(state.lastSeenSeq, seq),
    timeline: isNews(state.timeline, message) ? [...state.timeline, entry].slice(-TIMELINE_LIMIT) : state.timeline,
  };
  return fold(next, message, seq !== 0 && seq <= state.knownUpTo);
}

/** A phase is repeated whenever its timer or mode changes; that is news for the screen, not for the timeline. */
function isNews(timeline: readonly TimelineEntry[], message: ServerMessage): boolean {
  if (message.type !== "phase_changed") return TOLD.has(message.type);
  const last = timeline.findLast((entry) => entry.message.type === "phase_changed")?.message;
  return (
    last?.type !== "phase_changed" ||
    last.phase !== message.phase ||
    last.question?.id !== message.question?.id ||
    last.time_factor !== message.time_factor
  );
}

function fold(state: WatchedState, message: ServerMessage, isHistory: boolean): WatchedState {
  switch (message.type) {
    case "welcome":
      return {
        ...entered(state, message.state),
        clock: state.clock,
        presence: undefined,
        captionsMode: undefined,
        knownUpTo: message.last_seq,
        speechNotice: message.speech_notice ?? undefined,
      };
    case "phase_changed":
      return isHistory ? withQuestion(state, message.question) : entered(state, message);
    case "caption":
      return withAnswer(state, message.question_id, ({ captions }) => ({ captions: withCaption(captions, message) }));
    case "transcript_replaced":
      return withAnswer(state, message.question_id, () => ({ captions: [] }));
    case "answer_closed":
      return withAnswer({ ...state, quality: undefined }, message.question_id, () => ({ recording: "saving" }));
    case "answer_settled": {
      const recording = message.recording === "none" ? undefined : message.recording;
      return withAnswer(state, message.question_id, () => ({ recording, missing: message.missing }));
    }
    case "media_state":
      return { ...state, media: message };
    case "candidate_presence":
      return { ...state, presence: message.state };
    case "captions_state":
      return { ...state, captionsMode: message.state };
    case "level":
      return { ...state, level: message };
    case "face_state":
      return { ...state, face: message };
    case "voice_state":
      return { ...state, voice: message };
    case "quality_state":
      return { ...state, quality: message };
    case "human_requested":
      return { ...state, humanRequested: true };
    case "finished":
      return { ...state, finished: message };
    case "report_ready":
      return { ...state, reportId: message.report_id };
    default:
      return state;
  }
}

function withAnswer(state: WatchedState, questionId: string, change: (answer: Answer) => Partial<Answer>): WatchedState {
  const answers = state.answers.map((answer) => (answer.question.id === questionId ? { ...answer, ...change(answer) } : answer));
  return { ...state, answers };
}

/** For one badge over the whole interview: what is missing for good counts more than what is on its way. */
export function recordingsOf({ answers }: WatchedState): "incomplete" | "saving" | undefined {
  const states = answers.filter((answer) => !answer.question.practice).map((answer) => answer.recording);
  return states.includes("incomplete") ? "incomplete" : states.includes("saving") ? "saving" : undefined;
}

function entered(state: WatchedState, phase: PhaseChanged): WatchedState {
  return { ...withQuestion(state, phase.question), phase };
}

function withQuestion(state: WatchedState, question: Question | null): WatchedState {
  if (!question || state.answers.some((answer) => answer.question.id === question.id)) return state;
  const answers = [...state.answers, { question, captions: [], recording: undefined, missing: [] }];
  // Who joins late learns of the current question first.
  return { ...state, answers: answers.sort((a, b) => a.question.index - b.question.index) };
}
