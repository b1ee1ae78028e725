/** The doors of imports. */
import type { Language } from "./codec";
import type { Bilingual } from "./generated";
import { read, request } from "./rest";

export type ImportState = "tried" | "applying" | "applied" | "undoing" | "undone";
export type RowAction = "new" | "changed" | "same" | "refused";

export interface ImportRow {
  readonly id: string;
  readonly kind: string;
  readonly mapping: string;
  readonly file_name: string;
  readonly file_kept: boolean;
  readonly state: ImportState;
  readonly counts: Readonly<Record<RowAction, number>>;
  readonly created_by: string;
  readonly created_at: string;
}

export interface OfferedMapping {
  readonly name: string;
  readonly title: Bilingual;
  /** In the order in which they should be imported. */
  readonly kinds: readonly string[];
}

export interface ImportLine {
  readonly line: number;
  readonly key: string;
  readonly action: RowAction;
  readonly reason: Bilingual | null;
  readonly differences: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
  readonly flaws: readonly { readonly column: string; readonly to: string; readonly problem: Bilingual; readonly refuses: boolean }[];
}

export interface ImportTable extends ImportRow {
  readonly lines: readonly ImportLine[];
  readonly most_lines: number;
  readonly encodings: Readonly<Record<string, number>>;
}

export interface ImportCheck {
  readonly number: number;
  readonly by: string;
  readonly at: string;
  readonly clean: boolean;
  readonly compared: number;
  readonly missing: number;
  readonly different: number;
  readonly differences: readonly { readonly line: number; readonly path: string }[];
}

export interface WholeImport extends ImportRow {
  readonly checks: readonly ImportCheck[];
  readonly verified: boolean;
  readonly passes_needed: number;
}

const API = "/api/v1/imports";
const path = (id: string, door = "") => `${API}/${encodeURIComponent(id)}${door}`;

export const importList = (token: string) =>
  read<{ readonly items: readonly ImportRow[]; readonly mappings: readonly OfferedMapping[] }>(API, { token });
export const wholeImport = (token: string, id: string) => read<WholeImport>(path(id), { token });
export const importTable = (token: string, id: string) => read<ImportTable>(path(id, "/table"), { token });
export const importTableCsv = (token: string, id: string, language: Language) =>
  request(path(id, `/table?format=csv&language=${language}`), { token, accept: "text/csv" });
export const doImport = (token: string, id: string, deed: "apply" | "undo" | "verifications") =>
  read<unknown>(path(id, `/${deed}`), { method: "POST", token });

/** The file goes as it is: its encoding is the server's to find out. Raises `Problem`. */
export async function tryImport(token: string, mapping: string, kind: string, file: File): Promise<ImportTable> {
  const query = new URLSearchParams({ mapping, kind, name: file.name });
  return read<ImportTable>(`${API}?${query}`, { method: "POST", token, file });
}

