import { expect, test } from "vitest";
import type { MissingSound, ServerMessage } from "../src/protocol/generated";
import { openWatched, recordingsOf, watchMore, type WatchedState } from "../src/state/watched";
import { phase, question, welcome } from "./fakes";

function after(...messages: [ServerMessage, number, string?][]): WatchedState {
  return messages.reduce(
    (state, [message, seq, interview_id = "i1"]) =>
      watchMore(state, { type: "watched", interview_id, seq, at_ms: seq * 1_000, message }, 0),
    openWatched("i1"),
  );
}

const answering = phase("answering", { question: question("q1") });
const said: ServerMessage = {
  type: "caption",
  question_id: "q1",
  utterance_id: "u1",
  revision: 1,
  committed: "你好",
  partial: "",
  final: true,
  language: "zh",
  start_ms: 0,
  end_ms: 900,
  words: [],
};

test("joining late, history fills the transcript and the timeline but not the screen", () => {
  const state = after([welcome(phase("closing"), { last_seq: 3 }), 0], [phase("consent"), 1], [answering, 2], [said, 3]);
  expect(state.phase?.phase).toBe("closing");
  expect(state.answers[0]?.captions[0]?.committed).toBe("你好");
  expect(state.timeline.map((entry) => entry.seq)).toEqual([1, 2]);
});

test("joining late, questions stand in their order", () => {
  const second = phase("answering", { question: question("q2", 2) });
  const state = after([welcome(second, { last_seq: 2 }), 0], [answering, 1], [second, 2]);
  expect(state.answers.map((answer) => answer.question.id)).toEqual(["q1", "q2"]);
});

test("watching again replays nothing twice", () => {
  const state = after([answering, 1], [said, 2], [answering, 1], [said, 2]);
  expect(state.timeline).toHaveLength(1);
  expect(state.lastSeenSeq).toBe(2);
});

test("a repeated phase is told once, an accommodation is news", () => {
  const state = after([answering, 1], [{ ...answering, mode: "text" }, 2], [{ ...answering, time_factor: 2 }, 3]);
  expect(state.timeline.map((entry) => entry.seq)).toEqual([1, 3]);
  expect(state.phase?.time_factor).toBe(2);
});

test("messages of another interview are not ours", () => {
  expect(after([answering, 1, "i2"])).toEqual(openWatched("i1"));
});

test("a recording is being saved until the answer is settled, and what it lacks is said", () => {
  const closed: ServerMessage = { type: "answer_closed", question_id: "q1", reason: "finished", duration_ms: 9_000 };
  const settled = (recording: "complete" | "incomplete" | "none", missing: readonly MissingSound[]): ServerMessage => ({
    type: "answer_settled",
    question_id: "q1",
    transcript: "complete",
    words: 3,
    recording,
    missing,
  });
  const gap = { start_ms: 3_000, end_ms: 4_200, cause: "other_device" as const };
  const saving = after([answering, 1], [closed, 2]);
  expect([saving.answers[0]?.recording, recordingsOf(saving)]).toEqual(["saving", "saving"]);
  const lacking = after([answering, 1], [closed, 2], [settled("incomplete", [gap]), 3]);
  expect([lacking.answers[0]?.recording, lacking.answers[0]?.missing, recordingsOf(lacking)]).toEqual(["incomplete", [gap], "incomplete"]);
  expect(recordingsOf(after([answering, 1], [closed, 2], [settled("complete", []), 3]))).toBeUndefined();
  expect(recordingsOf(after([answering, 1], [closed, 2], [settled("none", []), 3]))).toBeUndefined();
});

test("ephemeral measurements replace each other and leave no trace in the timeline", () => {
  const state = after([answering, 1], [{ type: "level", dbfs: -20, speaking: true }, 0], [{ type: "level", dbfs: -30, speaking: false }, 0]);
  expect(state.level?.dbfs).toBe(-30);
  expect(state.timeline).toHaveLength(1);
});

test("a candidate who falls silent is told apart from one who is gone", () => {
  const tell = (state: WatchedState, message: ServerMessage): WatchedState =>
    watchMore(state, { type: "watched", interview_id: "i1", seq: 0, at_ms: 0, message }, 0);
  const silent = tell(openWatched("i1"), { type: "candidate_presence", state: "silent" });
  expect(silent.presence).toBe("silent");
  expect(tell(silent, { type: "candidate_presence", state: "away" }).presence).toBe("away");
  expect(tell(silent, welcome(phase("guide"))).presence).toBeUndefined(); // the live list knows
});

test("captions that come late are told, and a new welcome asks the live list again", () => {
  const tell = (state: WatchedState, message: ServerMessage): WatchedState =>
    watchMore(state, { type: "watched", interview_id: "i1", seq: 0, at_ms: 0, message }, 0);
  const slowed = tell(openWatched("i1"), { type: "captions_state", state: "slowed" });
  expect(slowed.captionsMode).toBe("slowed");
  expect(tell(slowed, { type: "captions_state", state: "paused" }).captionsMode).toBe("paused");
  expect(tell(slowed, welcome(phase("guide"))).captionsMode).toBeUndefined();
});
