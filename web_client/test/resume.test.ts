import { describe, expect, test } from "vitest";
import type { Fact } from "../src/protocol/resumes";
import { byKind, correctionOf } from "../src/state/resume";

const fact = (id: string, kind: Fact["kind"]): Fact => ({ id, kind, value: id, fields: {}, sources: [], certainty: "stated", why: null, found: null });

describe("a fact put right", () => {
  test("what has parts takes its value from them, and empty parts are left out", () => {
    const fields = { school: " 复旦大学 ", degree: "master", major: "", from: "2019-07", to: "present" };
    expect(correctionOf("education", "f2", "ignored", fields, "硕士")).toEqual({
      kind: "education",
      fact_id: "f2",
      value: "复旦大学 · 硕士",
      fields: { school: "复旦大学", degree: "master", degree_said: "硕士", from: "2019-07", to: "present" },
    });
  });
  test("what has none keeps what was typed; what is new has no id", () => {
    expect(correctionOf("skill", undefined, " Excel ", { school: "x" }, "")).toEqual({ kind: "skill", value: "Excel", fields: {} });
  });
});

test("facts stand in the order in which one reads a person", () => {
  const found = byKind([fact("a", "skill"), fact("b", "name"), fact("c", "work"), fact("d", "work")]);
  expect(found.map(([kind, facts]) => [kind, facts.length])).toEqual([["name", 1], ["work", 2], ["skill", 1]]);
});
