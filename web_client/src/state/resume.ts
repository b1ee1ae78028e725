/** Facts as HR reads and mends them. Pure. */
import type { Correction, Fact, FactKind, ResumeState } from "../protocol/resumes";

export const STATE_TONES: Readonly<Record<ResumeState, "still" | "accent" | "good" | "bad">> = {
  queued: "still",
  reading: "accent",
  read: "good",
  unread: "bad",
};
export const RESUME_FILES = ".pdf,.docx,.png,.jpg,.jpeg,.webp";
export const KINDS: readonly FactKind[] = [
  "name", "email", "phone", "years", "education", "work", "internship", "certificate", "skill", "language",
];
export const FIELDS: Readonly<Partial<Record<FactKind, readonly string[]>>> = {
  education: ["school", "degree", "major", "from", "to"],
  work: ["employer", "title", "from", "to"],
  internship: ["employer", "title", "from", "to"],
  certificate: ["level"],
  language: ["level"],
};
export const DEGREES = ["doctor", "master", "bachelor", "associate", "secondary"] as const;
/** Of these kinds the value is made of the fields. */
const MADE_OF: Readonly<Partial<Record<FactKind, readonly string[]>>> = {
  education: ["school", "major", "degree_said"],
  work: ["employer", "title"],
  internship: ["employer", "title"],
};

export function hasOwnValue(kind: FactKind): boolean {
  return MADE_OF[kind] === undefined;
}

/** What is sent for a form: fields that are empty are left out, and a changed degree loses the words it was read from. */
export function correctionOf(kind: FactKind, factId: string | undefined, value: string, fields: Readonly<Record<string, string>>, degreeName: string): Correction {
  const kept = Object.fromEntries(
    (FIELDS[kind] ?? []).map((name) => [name, (fields[name] ?? "").trim()] as const).filter(([, text]) => text !== ""),
  );
  const whole = kept["degree"] ? { ...kept, degree_said: degreeName } : kept;
  const made = MADE_OF[kind]?.map((name) => (whole as Record<string, string>)[name]).filter(Boolean).join(" · ");
  return { kind, ...(factId ? { fact_id: factId } : {}), value: made ?? value.trim(), fields: whole };
}

export function byKind(facts: readonly Fact[]): readonly (readonly [FactKind, readonly Fact[]])[] {
  return KINDS.map((kind) => [kind, facts.filter((fact) => fact.kind === kind)] as const).filter(([, found]) => found.length > 0);
}
