/** The doors of HR's correspondence, and the candidate's word about how to be told. */
import type { Bilingual } from "./generated";
import { type Language } from "./codec";
import { read, type SignedIn } from "./rest";

export type Channel = "kefu" | "subscription" | "sms" | "email" | "member";
export type Outcome = "passed" | "in_touch" | "not_this_time";
export type What = "promise_overdue" | "result_overdue" | "undeliverable" | "reply" | "promise" | "result" | "offer";

export interface Waiting {
  readonly what: What;
  readonly applicant_id: string;
  readonly interview_id: string;
  readonly name: string;
  readonly position: Bilingual;
  readonly due_at_ms: number | null;
  readonly hint: string;
}

export interface Overview {
  /** False: no channel is set up. */
  readonly on: boolean;
  readonly channels: Readonly<Record<Channel, boolean>>;
  readonly staff: number;
  readonly waiting: readonly Waiting[];
}

export interface Said {
  readonly at_ms: number;
  readonly channel: string;
  readonly text: string;
  readonly intent: string;
  readonly read_by: string;
}

export interface NoticeStep {
  readonly at_ms: number;
  readonly channel: string;
  readonly happening: string;
  readonly reason: string;
}

export interface Notice {
  readonly id: string;
  readonly kind: string;
  readonly to_staff: boolean;
  readonly recipient: string;
  readonly state: "queued" | "sending" | "listening" | "delivered" | "undeliverable" | "cancelled";
  readonly channel: string;
  readonly created_at_ms: number;
  readonly wake_at_ms: number | null;
  readonly due_at_ms: number | null;
  readonly delivered_at_ms: number | null;
  readonly late: boolean;
  readonly title: string;
  readonly body: string;
  readonly steps: readonly NoticeStep[];
}

export interface Promised {
  readonly notice_id: string;
  readonly state: "open" | "reminded" | "overdue" | "kept" | "cancelled";
  readonly due_at_ms: number;
  readonly kept_at_ms: number | null;
  readonly late_ms: number | null;
  readonly kept_by: string;
}

export interface Offer {
  readonly id: string;
  readonly state: string;
  readonly open: boolean;
  readonly at_ms: Readonly<Record<string, number>>;
  readonly steps: readonly string[];
  readonly lapses_at_ms: number | null;
  readonly days: number | null;
  readonly contact: string;
}

export interface ScoreRow {
  readonly id: string;
  readonly label: Bilingual;
  readonly score: number | null;
  readonly quotes: readonly { readonly quote: string; readonly supports: number; readonly label: Bilingual }[];
}

export interface Scores {
  readonly total: number | null;
  readonly parts: readonly { readonly label: Bilingual; readonly score: number | null }[];
  readonly competencies: readonly ScoreRow[];
}

export interface Draft {
  readonly outcome: Outcome | "culture";
  readonly title: string;
  readonly body: string;
}

export interface Person {
  readonly applicant_id: string;
  readonly interview_id: string;
  readonly name: string;
  readonly position: Bilingual;
  readonly language: Language;
  readonly report_id: string | null;
  readonly blind: boolean;
  readonly ended_at_ms: number | null;
  readonly scores: Scores | null;
  readonly conversation: readonly Said[];
  readonly notices: readonly Notice[];
  readonly promises: readonly Promised[];
  readonly offers: readonly Offer[];
  readonly channels: {
    readonly first: Channel | null;
    readonly closed: Readonly<Partial<Record<Channel, string>>>;
    readonly kefu_left: number;
    readonly quiet_until_ms: number | null;
  };
  readonly released: { readonly outcome: Outcome; readonly by: string; readonly at_ms: number } | null;
  readonly drafts: readonly Draft[];
  readonly promise_hours: number;
}

/** How the candidate will be told. */
export interface Contact {
  readonly on: boolean;
  readonly first: Channel | null;
  readonly open: readonly Channel[];
  readonly said_no: readonly Channel[];
  readonly kefu_link: string;
}

const API = "/api/v1";
const at = (applicantId: string): string => `${API}/messages/${encodeURIComponent(applicantId)}`;
const contactPath = (interviewId: string): string => `${API}/interviews/${encodeURIComponent(interviewId)}/contact`;
const post = (token: string, path: string, json: unknown) => read<unknown>(path, { method: "POST", token, json });

export const overview = (token: string) => read<Overview>(`${API}/messages`, { token });
export const person = (token: string, applicantId: string) => read<Person>(at(applicantId), { token });
export const write = (token: string, applicantId: string, text: string) => post(token, at(applicantId), { text });
export const markRead = (token: string, applicantId: string) => post(token, `${at(applicantId)}/read`, {});
export const markKept = (token: string, applicantId: string) => post(token, `${at(applicantId)}/kept`, {});
export const release = (token: string, interviewId: string, outcome: Outcome, hours: number, culture: boolean) =>
  post(token, `${API}/interviews/${encodeURIComponent(interviewId)}/release`, { outcome, hours, culture });
export const makeOffer = (token: string, applicantId: string, contact: string, notes: Readonly<Record<string, string>>) =>
  post(token, `${at(applicantId)}/offers`, { contact, notes });
export const moveOffer = (token: string, offerId: string, happening: string) =>
  post(token, `${API}/offers/${encodeURIComponent(offerId)}`, { happening });

export const contact = (interviewId: string, token: string) => read<Contact>(contactPath(interviewId), { token });
export const chooseChannel = (interviewId: string, token: string, channel: Channel, allowed: boolean) =>
  read<Contact>(contactPath(interviewId), { method: "PUT", token, json: { channel, allowed } });

export const waysIn = () => read<{ readonly wecom: boolean }>(`${API}/sign-in`);
export const fromWeCom = (code: string, state: string) =>
  read<SignedIn>(`${API}/sign-in/wecom`, { method: "POST", json: { code, state } });
export const WECOM_SIGN_IN = `${API}/sign-in/wecom`;
