/** The doors of persons and their lives. */
import type { Bilingual } from "./generated";
import { read } from "./rest";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly external_id: string | null;
}

export interface PersonPage {
  readonly items: readonly Person[];
  readonly next_cursor: string | null;
  readonly more: boolean;
}

/** One thing that happened; `withheld` names sensitive fields that are shown only when they are asked for. */
export interface LifeEntry {
  readonly at: string;
  readonly kind: string;
  readonly ref: string;
  readonly position_id: string;
  readonly version: number;
  readonly score: number | null;
  readonly max_score: number;
  readonly state: string;
  readonly title: Bilingual;
  readonly detail: string;
  readonly interview_id: string;
  readonly withheld: readonly string[];
}

export interface Life {
  readonly person: Person;
  readonly items: readonly LifeEntry[];
  readonly possible_duplicates: readonly { readonly person_id: string; readonly other_id: string; readonly reason: string }[];
}

export interface LifeRecord {
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly withheld: readonly string[];
}

const API = "/api/v1/persons";

export const personList = (token: string, called: string, cursor?: string) =>
  read<PersonPage>(`${API}?${new URLSearchParams({ called, ...(cursor === undefined ? {} : { cursor }) })}`, { token });
export const life = (token: string, id: string) => read<Life>(`${API}/${encodeURIComponent(id)}/timeline`, { token });
export const decideDuplicate = (token: string, id: string, other: string, same: boolean) =>
  read<{ readonly person_id: string }>(`${API}/${encodeURIComponent(id)}/duplicates/${encodeURIComponent(other)}`, { method: "POST", token, json: { same } });
export const sensitiveRecord = (token: string, id: string) =>
  read<LifeRecord>(`${API}/records/${encodeURIComponent(id)}?sensitive=true`, { token });
