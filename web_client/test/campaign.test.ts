import { expect, test } from "vitest";
import type { PositionOutline } from "../src/protocol/rest";
import { asked, type Campaign, enough, withFeature, withQuestion } from "../src/state/campaign";

const text = { zh: "题", en: "question" };
const POSITION: PositionOutline = {
  id: "p",
  version: "1.0.0",
  title: text,
  summary: text,
  features: ["voice", "logic", "scenario", "expression"],
  questions: [
    { id: "s", kind: "scenario", text, feature: "scenario", reserve: false },
    { id: "b", kind: "behavioural", text, feature: null, reserve: false },
    { id: "l", kind: "logic", text, feature: "logic", reserve: false },
    { id: "c", kind: "culture", text, feature: null, reserve: false },
    { id: "r", kind: "behavioural", text, feature: null, reserve: true },
  ],
};

test("untouched, the position decides and reserve is not asked", () => {
  expect(asked(POSITION, {})).toEqual(["s", "b", "l", "c"]);
});

test("a feature leaves its questions out and brings them back", () => {
  const off = withFeature(POSITION, {}, "scenario", false);
  expect(off).toEqual({ features: ["voice", "logic", "expression"] });
  expect(asked(POSITION, off)).toEqual(["b", "l", "c"]);
  expect(asked(POSITION, withFeature(POSITION, off, "scenario", true))).toEqual(["s", "b", "l", "c"]);
});

test("a choice of questions keeps the order of the position, whatever the order of the clicks", () => {
  let campaign: Campaign = withQuestion(POSITION, {}, "r", true);
  campaign = withQuestion(POSITION, campaign, "b", false);
  campaign = withQuestion(POSITION, campaign, "b", true);
  expect(campaign).toEqual({ questions: ["s", "b", "l", "c", "r"] });
});

test("a feature of analysis keeps the choice, one of asking takes it back", () => {
  const chosen = withQuestion(POSITION, {}, "r", true);
  expect(withFeature(POSITION, chosen, "voice", false).questions).toEqual(chosen.questions);
  expect(withFeature(POSITION, chosen, "logic", false).questions).toBe(undefined);
});

test("fewer than two questions are no interview", () => {
  expect(enough(POSITION, { questions: ["b"] })).toBe(false);
  expect(enough(POSITION, { questions: ["b", "r"] })).toBe(true);
  expect(enough(POSITION, { features: [] })).toBe(true);
});
