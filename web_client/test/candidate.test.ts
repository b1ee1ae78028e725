import { expect, test } from "vitest";
import type { Caption, PromptKind, ServerMessage } from "../src/protocol/generated";
import { type CandidateState, initialCandidate, reduceCandidate } from "../src/state/candidate";
import { envelope, phase, question, welcome } from "./fakes";

function after(...messages: [ServerMessage, number?][]): CandidateState {
  return messages.reduce(
    (state, [message, seq]) => reduceCandidate(state, { type: "received", envelope: envelope(message, seq), nowMs: 1_000 }),
    initialCandidate("zh"),
  );
}

const answering = phase("answering", { question: question("q1") });
const caption = (more: Partial<Caption>): Caption => ({
  type: "caption",
  question_id: "q1",
  utterance_id: "u1",
  revision: 1,
  committed: "",
  partial: "",
  final: false,
  language: "zh",
  start_ms: 0,
  end_ms: 0,
  words: [],
  ...more,
});
const prompt = (kind: PromptKind, id: string = kind): ServerMessage => ({ type: "prompt_shown", id, kind, question_id: "q1", value: null });

test("a server that does not answer is told apart from a slow one and from a lost one", () => {
  const on = (state: CandidateState, ms: number | undefined): CandidateState => reduceCandidate(state, { type: "round_trip", ms });
  const open = reduceCandidate(initialCandidate("zh"), { type: "connection", state: "open" });
  expect(open.silent).toBe(false); // nothing is known yet
  const silent = on(on(open, 40), undefined);
  expect(silent.silent).toBe(true);
  expect(on(silent, 900).silent).toBe(false);
  const lost = reduceCandidate(silent, { type: "connection", state: "waiting" });
  expect(on(lost, undefined).silent).toBe(false);
});

test("one phase message is enough to draw the page", () => {
  const state = after([answering]);
  expect(state.phase?.question?.id).toBe("q1");
  expect(state.draft?.questionId).toBe("q1");
});

test("replayed history never turns the page back", () => {
  const state = after([welcome(answering, { last_seq: 5 })], [phase("consent"), 1], [prompt("half_time"), 4]);
  expect(state.phase?.phase).toBe("answering");
  expect(state.prompts).toEqual([]);
});

test("what comes after the welcome is news", () => {
  const state = after([welcome(answering, { last_seq: 5 })], [phase("closing"), 6]);
  expect(state.phase?.phase).toBe("closing");
});

test("a replayed final caption of the open answer is shown again", () => {
  const state = after([welcome(answering, { last_seq: 3 })], [caption({ committed: "你好", final: true }), 2]);
  expect(state.captions.map((c) => c.committed)).toEqual(["你好"]);
});

test("captions of another question are not shown, and a new question begins empty", () => {
  const state = after([answering], [caption({ committed: "一" })], [caption({ question_id: "q0", utterance_id: "x" })]);
  expect(state.captions).toHaveLength(1);
  const next = reduceCandidate(state, {
    type: "received",
    envelope: envelope(phase("reading", { question: question("q2", 2) })),
    nowMs: 0,
  });
  expect(next.captions).toEqual([]);
});

test("an open answer survives a pause, whether or not the message repeats the question", () => {
  const typed = reduceCandidate(after([answering]), { type: "typed", text: "abc", nowMs: 10 });
  const paused = reduceCandidate(typed, { type: "received", envelope: envelope(phase("paused")), nowMs: 0 });
  const back = reduceCandidate(paused, { type: "received", envelope: envelope(answering), nowMs: 0 });
  expect(back.draft?.text).toBe("abc");
});

test("what was typed here and is unsaved wins over the server's draft; otherwise the server's is taken", () => {
  const fresh = after([welcome(answering, { draft: "from the server", draft_revision: 500 })]);
  expect(fresh.draft).toMatchObject({ text: "from the server", revision: 500, savedRevision: 500 });
  const typed = reduceCandidate(fresh, { type: "typed", text: "newer", nowMs: 10 });
  const back = reduceCandidate(typed, {
    type: "received",
    envelope: envelope(welcome(answering, { epoch: 2, draft: "from the server" })),
    nowMs: 0,
  });
  expect(back.draft?.text).toBe("newer");
  expect(typed.draft?.revision).toBeGreaterThan(500);
});

test("momentary prompts go by themselves, lasting ones when they are cleared", () => {
  const state = after([answering], [prompt("half_time")], [prompt("face_out_of_frame")]);
  const later = reduceCandidate(state, { type: "time", nowMs: 60_000 });
  expect(later.prompts.map(({ prompt: p }) => p.kind)).toEqual(["face_out_of_frame"]);
  const cleared = reduceCandidate(later, {
    type: "received",
    envelope: envelope({ type: "prompt_cleared", id: "face_out_of_frame", kind: "face_out_of_frame" }),
    nowMs: 0,
  });
  expect(cleared.prompts).toEqual([]);
});

test("at most three prompts are on the screen", () => {
  const kinds: PromptKind[] = ["half_time", "too_quiet", "noisy", "too_fast"];
  expect(after([answering], ...kinds.map((kind): [ServerMessage] => [prompt(kind)])).prompts).toHaveLength(3);
});

test("switching the language loses nothing", () => {
  const state = reduceCandidate(after([answering], [caption({ committed: "一" })]), { type: "typed", text: "abc", nowMs: 1 });
  const { language, ...rest } = reduceCandidate(state, { type: "language", language: "en" });
  const { language: before, ...same } = state;
  expect([before, language]).toEqual(["zh", "en"]);
  expect(rest).toEqual(same);
});

test("a message from a newer server changes nothing but the clock", () => {
  const state = after([answering]);
  const unknown = { type: "fireworks" } as unknown as ServerMessage;
  const next = reduceCandidate(state, { type: "received", envelope: envelope(unknown), nowMs: 1_000 });
  expect(next.phase).toBe(state.phase);
});

test("a new connection begins with an unknown clock", () => {
  const state = after([answering]);
  expect(state.clock.offsetMs).toBe(-1_000);
  expect(reduceCandidate(state, { type: "connection", state: "greeting" }).clock.offsetMs).toBeUndefined();
});

test("a click that came a moment too late is no complaint, another refusal is", () => {
  const refused = (code: string): ServerMessage => ({
    type: "refused",
    code,
    message: { zh: "", en: "" },
    retry: false,
    fault: "client",
    retry_after_s: null,
    place: null,
  });
  expect(after([answering], [refused("question_not_current")]).complaint).toBeUndefined();
  expect(after([answering], [refused("consent_outdated")]).complaint?.code).toBe("consent_outdated");
});

test("captions that come late are told, and a welcome begins with captions that come at once", () => {
  const paused = after([welcome(answering)], [{ type: "captions_state", state: "paused" }]);
  expect(paused.captionsMode).toBe("paused");
  expect(reduceCandidate(paused, { type: "received", envelope: envelope(welcome(answering)), nowMs: 2_000 }).captionsMode).toBe("live");
});
