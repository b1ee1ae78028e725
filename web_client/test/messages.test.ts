/** Words of HR's correspondence that are looked up by what the server says: none may be missing. */
/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import channels from "../../ehr_bridge/notices/channels.py?raw";
import intents from "../../ehr_bridge/notices/intents.py?raw";
import ladder from "../../ehr_bridge/notices/ladder.py?raw";
import onboarding from "../../ehr_bridge/notices/onboarding.py?raw";
import reach from "../../ehr_bridge/notices/reach.py?raw";
import { lookUp } from "../src/text/dictionary";

const LANGUAGES = ["zh", "en"] as const;
const literals = (source: string, name: string): string[] => {
  const found = new RegExp(`^${name} = Literal\\[([^\\]]+)\\]`, "m").exec(source);
  return [...(found?.[1] ?? "").matchAll(/"([a-z_]+)"/g)].map((match) => match[1] ?? "");
};

const steps = [...ladder.matchAll(/Step\([^"\n]*(?:"",\s*)?"([a-z_]+)"/g)].map((match) => match[1] ?? "");
const cases: readonly [string, readonly string[]][] = [
  ["msg_channel_", literals(channels, "Channel")],
  ["msg_why_", literals(reach, "WhyNot")],
  ["msg_state_", literals(ladder, "State")],
  ["msg_step_", steps],
  ["msg_intent_", literals(intents, "Intent")],
  ["msg_offer_", literals(onboarding, "State")],
];

describe.each(cases)("%s", (prefix, values) => {
  it("has words in both languages for all that the server may say", () => {
    expect(values.length).toBeGreaterThan(3);
    const missing = LANGUAGES.flatMap((language) => values.filter((value) => lookUp(language, prefix + value) === undefined));
    expect(missing).toEqual([]);
  });
});
