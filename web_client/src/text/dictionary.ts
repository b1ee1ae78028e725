/** Words on the screen: typed keys, both languages complete, `{name}` filled in. */
import type { Language } from "../protocol/codec";
import { audit } from "./areas/audit";
import { automation } from "./areas/automation";
import { resumes } from "./areas/resumes";
import { deliveries } from "./areas/deliveries";
import { destinations } from "./areas/destinations";
import { people } from "./areas/people";
import { insights } from "./areas/insights";
import { imports } from "./areas/imports";
import { captions } from "./areas/captions";
import { messages } from "./areas/messages";
import { trials } from "./areas/trials";
import { en } from "./en";
import { zh } from "./zh";

/** The pages behind "more" bring their words along. One line each. */
const AREAS = {
  en: {
    ...audit.en,
    ...automation.en,
    ...resumes.en,
    ...deliveries.en,
    ...destinations.en,
    ...people.en,
    ...insights.en,
    ...imports.en,
    ...captions.en,
    ...messages.en,
    ...trials.en,
  },
  zh: {
    ...audit.zh,
    ...automation.zh,
    ...resumes.zh,
    ...deliveries.zh,
    ...destinations.zh,
    ...people.zh,
    ...insights.zh,
    ...imports.zh,
    ...captions.zh,
    ...messages.zh,
    ...trials.zh,
  },
};

export type Key = keyof typeof en | keyof typeof AREAS.en;
export type Words = Readonly<Record<string, string | number>>;
export type Translate = (key: Key, words?: Words) => string;

export const DICTIONARIES: Readonly<Record<Language, Readonly<Record<Key, string>>>> = {
  zh: { ...zh, ...AREAS.zh },
  en: { ...en, ...AREAS.en },
};
/** For the `lang` attribute, so that screen readers and fonts choose well. */
export const TAGS: Readonly<Record<Language, string>> = { zh: "zh-CN", en: "en" };

export function translate(language: Language, key: Key, words: Words = {}): string {
  return DICTIONARIES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(words[name] ?? whole));
}

/** For keys made at run time, such as a code from a newer server: undefined when we have no words for it. */
export function lookUp(language: Language, key: string): string | undefined {
  return (DICTIONARIES[language] as Readonly<Record<string, string>>)[key];
}

/** What was chosen before, else what the browser prefers. */
export function firstLanguage(kept: string | undefined, preferred: readonly string[]): Language {
  if (kept === "zh" || kept === "en") return kept;
  const first = preferred.find((tag) => /^(zh|en)\b/i.test(tag));
  return first?.toLowerCase().startsWith("en") ? "en" : "zh";
}
