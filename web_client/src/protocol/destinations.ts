/** The doors of where results go. */
import type { Bilingual } from "./generated";
import { read } from "./rest";

export interface Destination {
  readonly name: string;
  readonly adapter: string;
  readonly title: Bilingual;
  readonly enabled: boolean;
  /** It calls us, at `address`. */
  readonly hosted: boolean;
  readonly kinds: readonly string[];
  readonly mapping: string;
  readonly address: string;
}

/** `code` empty: it answered. */
export interface Checked {
  readonly name: string;
  readonly code: string;
  readonly said: string;
}

const API = "/api/v1/destinations";

export const destinations = (token: string) => read<{ readonly items: readonly Destination[] }>(API, { token });
export const check = (token: string, name: string) =>
  read<Checked>(`${API}/${encodeURIComponent(name)}/check`, { method: "POST", token, json: {} });
