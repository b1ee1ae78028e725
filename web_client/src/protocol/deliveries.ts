/** The doors of what was promised to other systems. */
import type { Bilingual } from "./generated";
import { read } from "./rest";

/** `value` null: of nothing. `low` and `high`: Wilson, 95 %. */
export interface Share {
  readonly part: number;
  readonly of: number;
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
}

export interface DestinationRates {
  readonly destination: string;
  readonly sync_success: Share;
  readonly conflict: Share;
  readonly integration: Share;
}

export type State = "queued" | "delivering" | "waiting" | "acknowledged" | "dead";

export interface Comparison {
  readonly id: number;
  readonly destination: string;
  readonly ended_at: string;
  readonly records: number;
  readonly in_conflict: number;
  readonly unreadable: number;
  readonly listed: boolean;
}

export interface Overview {
  readonly days: number;
  readonly destinations: readonly ({ readonly name: string } & Readonly<Record<State, number>>)[];
  readonly rates: readonly DestinationRates[];
  readonly comparisons: readonly Comparison[];
}

export interface Letter {
  readonly id: number;
  readonly source: string;
  readonly message_id: string;
  readonly kind: string;
  readonly subject: string;
  readonly destination: string;
  readonly attempts: number;
  readonly created_at: string;
  readonly error: { readonly code: string; readonly detail: string; readonly field: string; readonly what: Bilingual; readonly todo: Bilingual } | null;
}

export interface Difference {
  readonly source: string;
  readonly message_id: string;
  readonly subject: string;
  readonly field: string;
  readonly what: "missing_there" | "different_there" | "unknown_here" | "unreadable";
  readonly detail: string;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

export type Replay = { readonly all: true } | { readonly source: string; readonly message_id: string; readonly destination: string };

const API = "/api/v1/deliveries";
const post = <T>(door: string, token: string, json: unknown) => read<T>(`${API}${door}`, { method: "POST", token, json });

export const overview = (token: string, days: number) => read<Overview>(`${API}/overview?days=${days}`, { token });
export const letters = (token: string, state: "dead" | "waiting", cursor?: string) =>
  read<Page<Letter>>(`${API}?${new URLSearchParams({ state, ...(cursor === undefined ? {} : { cursor }) })}`, { token });
export const replay = (token: string, wanted: Replay) => post<{ readonly queued: number }>("/replay", token, wanted);
export const reconcile = (token: string, days: number) => post<{ readonly started: readonly string[] }>("/reconcile", token, { days });
export const differences = (token: string, id: number) => read<Page<Difference>>(`${API}/comparisons/${id}`, { token });
