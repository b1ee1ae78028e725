import { describe, expect, test } from "vitest";
import { ClippingWatch, clippedShare, SilenceWatch } from "../src/media/level";
import type { ArchiveState, OpenAnswer } from "../src/media/archive";
import { openAnswer } from "../src/state/answer";
import { safetyOf, savedShare, wouldLose } from "../src/state/safety";
import { phase, question } from "./fakes";

const archive = (more: Partial<ArchiveState>): ArchiveState => ({
  listening: false,
  deaf: false,
  link: "open",
  unsavedMs: 0,
  mostMs: 0,
  trouble: undefined,
  missingMs: 0,
  ...more,
});

describe("how safe an answer is", () => {
  test.each([
    [{}, "idle", false],
    [{ listening: true }, "saved", false],
    [{ listening: true, deaf: true }, "idle", false],
    [{ listening: true, deaf: true, unsavedMs: 9_000 }, "saving", true],
    [{ listening: true, unsavedMs: 1_500 }, "saved", false],
    [{ listening: true, unsavedMs: 1_500, link: "waiting" }, "saved", false],
    [{ listening: true, unsavedMs: 9_000 }, "saving", true],
    [{ listening: true, unsavedMs: 9_000, link: "waiting" }, "behind", true],
    [{ unsavedMs: 60 }, "saving", true],
    [{ unsavedMs: 60, link: "connecting" }, "behind", true],
  ] as const)("%j is %s", (state, kind, loses) => {
    expect(safetyOf(archive(state)).kind).toBe(kind);
    expect(wouldLose(archive(state))).toBe(loses);
  });
  test("seconds are never told too few, and the share begins at nothing", () => {
    expect(safetyOf(archive({ unsavedMs: 1_001 }))).toEqual({ kind: "saving", seconds: 2 });
    expect([savedShare(archive({ unsavedMs: 8_000, mostMs: 8_000 })), savedShare(archive({ unsavedMs: 2_000, mostMs: 8_000 })), savedShare(archive({}))]).toEqual([0, 0.75, 1]);
  });
});

describe("which answer is open", () => {
  const answering = phase("answering", { question: question("q1"), take: 3 });
  const seen = { voiceAllowed: true, live: true };
  const open = (more: Partial<OpenAnswer> = {}): OpenAnswer => ({ take: 3, questionId: "q1", listening: true, isNew: true, ...more });

  test("one with a take, while it is answered or finished", () => {
    expect(openAnswer(undefined, { ...seen, phase: answering })).toEqual(open());
    expect(openAnswer(open(), { ...seen, phase: { ...answering, phase: "grace" } })).toEqual(open());
    expect(openAnswer(open(), { ...seen, phase: phase("reading", { question: question("q2"), take: 0 }) })).toBeUndefined();
    expect(openAnswer(undefined, { ...seen, phase: { ...answering, take: 0 } })).toBeUndefined();
  });
  test("consent and voice decide whether it is listened to", () => {
    expect(openAnswer(undefined, { ...seen, voiceAllowed: false, phase: answering })?.listening).toBe(false);
    expect(openAnswer(undefined, { ...seen, phase: { ...answering, mode: "text" } })?.listening).toBe(false);
  });
  test("a page that comes later knows that it did not see it open", () => {
    expect(openAnswer(undefined, { ...seen, live: false, phase: answering })).toEqual(open({ isNew: false }));
  });
  test("a break stops the recording and keeps the answer; an interruption of the line does not even stop it", () => {
    expect(openAnswer(open(), { ...seen, phase: phase("paused") })).toEqual(open({ listening: false }));
    expect(openAnswer(open(), { ...seen, phase: phase("interrupted") })).toEqual(open());
    expect(openAnswer(undefined, { ...seen, phase: phase("paused") })).toBeUndefined();
  });
});

describe("what the page hears by itself", () => {
  test("zeros for long are no sound, a murmur is", () => {
    const watch = new SilenceWatch();
    for (let i = 0; i < 133; i += 1) watch.push(127, 60);
    expect(watch.silent).toBe(false);
    watch.push(127, 60);
    expect(watch.silent).toBe(true);
    watch.push(90, 60);
    expect(watch.silent).toBe(false);
  });
  test("distortion is more than a click, and stays long enough to be read", () => {
    expect(clippedShare(Float32Array.of(0.2, -1, 0.99, 0.5))).toBe(0.5);
    expect(clippedShare(new Float32Array())).toBe(0);
    const watch = new ClippingWatch();
    expect(watch.push(0.001, 0)).toBe(false);
    expect([watch.push(0.02, 1_000), watch.push(0, 4_900), watch.push(0, 5_100)]).toEqual([true, true, false]);
  });
});
