/** What the rules suggest, and the rules. A failure is always a `Problem`. */
import type { Bilingual } from "./generated";
import { request } from "./rest";

export type Effect = "invite" | "advance" | "ask_hr" | "look_closer" | "tag" | "notify";
export type InputValue = number | string | boolean | readonly string[] | null;
export type SuggestionState = "open" | "confirmed" | "declined" | "done" | "overtaken";

export interface Checked {
  readonly condition: string;
  /** Null: something of it is not known. */
  readonly holds: boolean | null;
  readonly used: Readonly<Record<string, InputValue>>;
}

export interface Explained {
  readonly rule: string;
  readonly line: number;
  readonly result: "fired" | "did_not_hold" | "unknown" | "other_position";
  readonly checked: readonly Checked[];
}

export interface Suggestion {
  readonly id: string;
  readonly event: "resume.read" | "report.ready" | "decided";
  readonly applicant_id: string;
  readonly applicant_name: string;
  readonly position: Bilingual;
  readonly stage: string;
  readonly rule: string;
  readonly effect: Effect;
  readonly to: string;
  readonly tag: string;
  readonly say: Bilingual;
  readonly state: SuggestionState;
  readonly reason: string;
  readonly by: string;
  readonly made_at: string;
  readonly resume_id: string | null;
  readonly explained: readonly Explained[];
  readonly inputs: Readonly<Record<string, InputValue>>;
}

export interface Settled {
  readonly id: string;
  readonly ok: boolean;
  readonly state?: SuggestionState;
  readonly candidate_link?: string;
  readonly message?: Bilingual;
  readonly detail?: string;
}

export interface Rules {
  readonly yaml: string;
  /** 0: those that ship with Viva. */
  readonly version: number;
  readonly by: string;
  readonly mode: "hr_confirms" | "auto_advance";
  readonly may_advance_alone: boolean;
  readonly inputs: Readonly<Record<string, Bilingual & { readonly type: string; readonly since: string }>>;
}

export interface Said {
  readonly rule: string;
  readonly effect: Effect;
  readonly to: string;
  readonly tag: string;
  readonly by_itself: boolean;
}

export interface Tried {
  readonly changed: number;
  readonly cases: readonly {
    readonly event_id: string;
    readonly event: string;
    readonly applicant_name: string;
    readonly before: readonly Said[];
    readonly after: readonly Said[];
    readonly changed: boolean;
  }[];
}

const API = "/api/v1";
const post = async <T>(token: string, path: string, json: unknown): Promise<T> =>
  (await (await request(`${API}${path}`, { method: "POST", token, json })).json()) as T;

export async function suggestions(token: string, state: SuggestionState): Promise<readonly Suggestion[]> {
  const page = (await (await request(`${API}/suggestions?state=${state}&limit=200`, { token })).json()) as { items: readonly Suggestion[] };
  return page.items;
}

/** `instead`: the step that HR takes where the rules left it to people. */
export type Instead = "" | "invite" | "second_round";

export const settle = async (token: string, ids: readonly string[], confirm: boolean, reason: string, instead: Instead = ""): Promise<readonly Settled[]> =>
  (await post<{ results: readonly Settled[] }>(token, "/suggestions/decisions", { ids, confirm, reason, instead })).results;
export const rules = async (token: string): Promise<Rules> => (await (await request(`${API}/rules`, { token })).json()) as Rules;
export const publishRules = (token: string, yaml: string) => post<{ version: number }>(token, "/rules", { yaml });
export const tryRules = (token: string, yaml: string) => post<Tried>(token, "/rules/dry-run", { yaml });
