import { expect, test } from "vitest";
import type { Phase, PromptKind } from "../src/protocol/generated";
import generated from "../src/protocol/generated.ts?raw";
import { DICTIONARIES, firstLanguage, lookUp, translate } from "../src/text/dictionary";

const blanks = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();

test("both languages have the same keys, and no empty words", () => {
  expect(Object.keys(DICTIONARIES.zh).sort()).toEqual(Object.keys(DICTIONARIES.en).sort());
  for (const dictionary of Object.values(DICTIONARIES)) {
    for (const [key, text] of Object.entries(dictionary)) expect(text.trim(), key).not.toBe("");
  }
});

test("both languages fill in the same blanks", () => {
  for (const [key, text] of Object.entries(DICTIONARIES.en)) {
    expect(blanks(lookUp("zh", key) ?? ""), key).toEqual(blanks(text));
  }
});

test("Chinese is written with Chinese punctuation", () => {
  for (const [key, text] of Object.entries(DICTIONARIES.zh)) {
    expect(text, key).not.toMatch(/[\u4e00-\u9fff][,;:?!()]|[,;:?!(][\u4e00-\u9fff]/);
  }
});

/** The values of a generated union, read from the file that the server's schema made. */
function members(name: string): string[] {
  const body = new RegExp(`export type ${name} =([^;]*);`).exec(generated)?.[1] ?? "";
  return [...body.matchAll(/"(\w+)"/g)].map((match) => match[1] ?? "");
}

test("every prompt and every phase of the protocol has words", () => {
  const prompts = members("PromptKind") as PromptKind[];
  const phases = members("Phase") as Phase[];
  expect([prompts.length > 5, phases.length > 10]).toEqual([true, true]);
  for (const language of ["zh", "en"] as const) {
    for (const kind of prompts) expect(lookUp(language, `prompt_${kind}`), kind).toBeDefined();
    for (const phase of phases) expect(lookUp(language, `phase_name_${phase}`), phase).toBeDefined();
  }
});

test("blanks are filled, and an unknown one is left to be seen", () => {
  expect(translate("en", "question_n", { n: 2, total: 4 })).toBe("Question 2 of 4");
  expect(translate("en", "question_n", { n: 2 })).toBe("Question 2 of {total}");
});

test("the language: chosen before, else the browser's, else Chinese", () => {
  expect(firstLanguage("en", ["zh-CN"])).toBe("en");
  expect(firstLanguage(undefined, ["fr", "en-GB", "zh"])).toBe("en");
  expect(firstLanguage(undefined, ["zh-Hant-TW"])).toBe("zh");
  expect(firstLanguage("klingon", ["fr"])).toBe("zh");
});
