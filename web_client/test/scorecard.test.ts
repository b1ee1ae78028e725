import { describe, expect, test } from "vitest";
import type { Scorecard, ScorecardForm } from "../src/protocol/rest";
import { markOf, mayHandIn, unmarked, withHalf, withLevel, withNote } from "../src/state/scorecard";

const text = { zh: "", en: "" };
const competency = (id: string) => ({ id, label: text, definition: text, anchors: {} });
const EMPTY: Scorecard = { marks: [], comment: "", recommendation: null };
const FORM: ScorecardForm = {
  position: text,
  competencies: [competency("a"), competency("b")],
  answers: [],
  card: EMPTY,
  state: "empty",
  version: 0,
  blind: true,
  panel: [],
};

describe("a scorecard", () => {
  test("a level can be changed and keeps its note", () => {
    const card = withLevel(withNote(withLevel(EMPTY, "a", 3), "a", "at 2:10"), "a", 4);
    expect(card.marks).toEqual([{ competency_id: "a", level: 4, note: "at 2:10" }]);
  });
  test("between two anchors", () => {
    const card = withLevel(EMPTY, "a", 3);
    expect(markOf(withHalf(card, "a", true), "a")?.level).toBe(3.5);
    expect(markOf(withHalf(withHalf(card, "a", true), "a", false), "a")?.level).toBe(3);
    expect(markOf(withHalf(withLevel(EMPTY, "a", 5), "a", true), "a")?.level).toBe(5);
    expect(withHalf(EMPTY, "a", true)).toBe(EMPTY);
    expect(markOf(withHalf(withLevel(EMPTY, "a", null), "a", true), "a")?.level).toBeNull();
  });
  test("a note alone is no mark", () => {
    expect(withNote(EMPTY, "a", "hm").marks).toEqual([]);
  });
  test("it may be handed in when everything is marked and something was observed", () => {
    const half = withLevel(EMPTY, "a", null);
    expect(unmarked(half, FORM)).toEqual(["b"]);
    expect(mayHandIn(half, FORM)).toBe(false);
    expect(mayHandIn(withLevel(half, "b", null), FORM)).toBe(false);
    const whole = withLevel(half, "b", 2);
    expect(mayHandIn(whole, FORM)).toBe(true);
    expect(markOf(whole, "a")?.level).toBeNull();
  });
});
