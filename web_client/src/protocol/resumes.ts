/** Résumés over HTTP. A failure is always a `Problem`. */
import type { Bilingual } from "./generated";
import { request } from "./rest";

export type Box = readonly [left: number, top: number, right: number, bottom: number];
export type FactKind = "name" | "email" | "phone" | "education" | "work" | "internship" | "certificate" | "skill" | "language" | "years";
export type ResumeState = "queued" | "reading" | "read" | "unread";

export interface Told extends Bilingual {
  readonly code: string;
}

export interface ResumeRow {
  readonly id: string;
  readonly applicant_id: string;
  readonly applicant_name: string;
  readonly position_id: string;
  readonly filename: string;
  readonly state: ResumeState;
  /** Why it could not be read. */
  readonly reason: Told | null;
  readonly notes: readonly (Told | null)[];
  readonly uploaded_by: string;
  readonly uploaded_at: string;
  readonly delete_after: string;
}

/** Where a fact stands: the line of the document, and its place as shares of the page. */
export interface Source {
  readonly page: number;
  readonly line: number;
  readonly text: string;
  readonly box: Box | null;
}

export interface Fact {
  readonly id: string;
  readonly kind: FactKind;
  readonly value: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly sources: readonly Source[];
  readonly certainty: "stated" | "inferred" | "unsure" | "corrected";
  readonly why: Bilingual | null;
  /** What the machine had found; null for what people added. */
  readonly found: string | null;
}

export interface Withheld {
  readonly kind: string;
  readonly page: number;
  readonly line: number;
  readonly box: Box | null;
}

export interface Resume extends ResumeRow {
  readonly kind: "pdf" | "docx" | "image" | null;
  readonly pages: number;
  /** Of how many pages there is a picture. */
  readonly pictures: number;
  readonly unread_pages: readonly number[];
  readonly lines: readonly { readonly page: number; readonly text: string; readonly box: Box | null }[];
  readonly facts: readonly Fact[];
  readonly withheld: readonly Withheld[];
  readonly corrections: readonly { readonly version: number; readonly by: string; readonly at: string }[];
}

export interface Correction {
  readonly kind: FactKind;
  readonly fact_id?: string;
  readonly value?: string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly removed?: boolean;
}

export interface Taken {
  readonly id: string;
  readonly state: ResumeState;
  /** False: this very file was here already. */
  readonly new: boolean;
}

const RESUMES = "/api/v1/resumes";
const of = (resumeId: string): string => `${RESUMES}/${encodeURIComponent(resumeId)}`;

export async function resumes(token: string): Promise<readonly ResumeRow[]> {
  const page = (await (await request(`${RESUMES}?limit=200`, { token })).json()) as { items: readonly ResumeRow[] };
  return page.items;
}

export const resume = async (token: string, resumeId: string): Promise<Resume> =>
  (await (await request(of(resumeId), { token })).json()) as Resume;

export async function sendResume(token: string, file: File, positionId: string): Promise<Taken> {
  const query = new URLSearchParams({ filename: file.name, position_id: positionId });
  return (await (await request(`${RESUMES}?${query}`, { method: "POST", token, file })).json()) as Taken;
}

export async function sendOwnResume(token: string, interviewId: string, file: File): Promise<Taken> {
  const path = `/api/v1/interviews/${encodeURIComponent(interviewId)}/resume?${new URLSearchParams({ filename: file.name })}`;
  return (await (await request(path, { method: "POST", token, file })).json()) as Taken;
}

export const correct = async (token: string, resumeId: string, json: Correction): Promise<Resume> =>
  (await (await request(`${of(resumeId)}/corrections`, { method: "POST", token, json })).json()) as Resume;
export const readAgain = async (token: string, resumeId: string): Promise<Resume> =>
  (await (await request(`${of(resumeId)}/reading`, { method: "POST", token })).json()) as Resume;
export const deleteResume = (token: string, resumeId: string): Promise<Response> => request(of(resumeId), { method: "DELETE", token });
export const resumePage = (token: string, resumeId: string, page: number): Promise<Response> =>
  request(`${of(resumeId)}/pages/${page}`, { token, accept: "image/jpeg" });
export const resumeFile = (token: string, resumeId: string): Promise<Response> =>
  request(`${of(resumeId)}/file`, { token, accept: "application/octet-stream" });
