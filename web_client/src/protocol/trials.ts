/** The doors of trials and their questionnaires. */
import type { Language } from "./codec";
import type { Bilingual } from "./generated";
import { read, request } from "./rest";

export type Verdict = "met" | "missed" | "undetermined";
export type Outcome = "works" | "conflict" | "fails";
export type CheckKind = "function" | "interface" | "terminal";

export interface TrialRow {
  readonly id: string;
  readonly name: string;
  readonly position_id: string;
  readonly round: number;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly decision: "go" | "no_go" | null;
  readonly reason: string;
  readonly decided_by: string;
  readonly plan: { readonly raters: readonly string[]; readonly each: number };
}

/** A share with its 95 % interval; null: no figure. */
export interface Share {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Gate {
  readonly phase: "function" | "accuracy" | "experience";
  readonly code: string;
  readonly required: number;
  readonly found: Share;
  readonly verdict: Verdict;
  readonly about: string;
}

export interface TrialCheck {
  readonly kind: CheckKind;
  readonly name: string;
  readonly label: Bilingual;
  readonly outcome: Outcome | null;
  readonly note: string;
  readonly by: string;
  readonly at: string | null;
}

export interface Subject {
  readonly code: string;
  readonly interview_id: string;
  readonly phase: string;
  readonly raters: readonly { readonly rater: string; readonly submitted: boolean }[];
}

export interface TrialView extends TrialRow {
  readonly readiness: { readonly go: boolean; readonly gates: readonly Gate[] };
  readonly subjects: readonly Subject[];
  readonly checks: readonly TrialCheck[];
  readonly answered: Readonly<Record<"hr" | "candidate", number>>;
  readonly changes: readonly { readonly name: string; readonly before: string | null; readonly after: string | null }[];
}

export interface NewTrial {
  readonly name: string;
  readonly position_id: string;
  readonly raters: readonly string[];
  readonly raters_each: number;
  readonly interfaces: readonly string[];
}

export interface Questionnaire {
  readonly asked: boolean;
  readonly answered: boolean;
  readonly items: readonly { readonly id: string; readonly text: Bilingual }[];
}

export interface Answers {
  readonly ratings: Readonly<Record<string, number>>;
  readonly comment: string;
}

const API = "/api/v1";
const path = (id: string, door = "") => `${API}/trials/${encodeURIComponent(id)}${door}`;
const post = <T>(where: string, token: string, json: unknown) => read<T>(where, { method: "POST", token, json });

export const trialList = async (token: string) => (await read<{ readonly items: readonly TrialRow[] }>(`${API}/trials`, { token })).items;
export const trial = (token: string, id: string) => read<TrialView>(path(id), { token });
export const beginTrial = (token: string, wanted: NewTrial) => post<TrialRow>(`${API}/trials`, token, wanted);
export const includeInvited = (token: string, id: string) =>
  post<{ readonly included: number; readonly assigned: number }>(path(id, "/interviews"), token, {});
export const noteCheck = (token: string, id: string, check: { kind: CheckKind; name: string; outcome: Outcome; note: string }) =>
  post<unknown>(path(id, "/checks"), token, check);
export const askAgain = (token: string, id: string) => post<{ readonly round: number }>(path(id, "/rounds"), token, {});
export const decideTrial = (token: string, id: string, decision: "go" | "no_go", reason: string) =>
  post<TrialRow>(path(id, "/decision"), token, { decision, reason });
export const trialExport = (token: string, id: string, format: "html" | "csv" | "json", language: Language) =>
  request(path(id, `/export?format=${format}&language=${language}`), { token, accept: "*/*" });

const doorOf = (of: "trials" | "interviews", id: string) => `${API}/${of}/${encodeURIComponent(id)}/questionnaire`;
export const questionnaire = (token: string, of: "trials" | "interviews", id: string) => read<Questionnaire>(doorOf(of, id), { token });
export const answerQuestionnaire = (token: string, of: "trials" | "interviews", id: string, answers: Answers) =>
  post<unknown>(doorOf(of, id), token, answers);
