/** The HTTP doors (docs/reference/http-api.md) as typed calls. A failure is always a `Problem`. */
import type { Bilingual, Phase } from "./generated";
import type { Language } from "./codec";

export interface ConsentItem {
  readonly key: "recording" | "speech_to_text" | "voice_analysis" | "face_analysis";
  readonly required_for_voice: boolean;
  readonly label: Bilingual;
  readonly allowed: boolean;
}

/** How a peer may be reached; TURN credentials expire. */
export interface Ways {
  readonly ice_servers: readonly { urls: string | string[]; username?: string; credential?: string }[];
  readonly ice_policy: "all" | "relay";
}

export interface Joined {
  readonly interview_id: string;
  readonly session_token: string;
  readonly events_url: string;
  readonly whip_url: string;
  readonly media_url: string;
  readonly ice_servers: Ways["ice_servers"];
  readonly ice_policy: Ways["ice_policy"];
  /** Beginnings of the addresses of all processes that live; empty where there is one. */
  readonly process_urls?: readonly string[];
  readonly media_policy: "auto" | "webrtc" | "websocket";
  readonly phase: Phase;
  readonly language: Language;
  readonly employer: Bilingual;
  readonly position: Bilingual;
  readonly questions: number;
  readonly consent: { readonly version: string; readonly text: Bilingual; readonly items: readonly ConsentItem[] };
  readonly profile: string;
  readonly speech_notice: Bilingual | null;
}

export interface Progress {
  readonly stage: string;
  readonly stages: readonly { readonly key: string; readonly done: boolean; readonly at: string | null }[];
}

export interface SignedIn {
  readonly token: string;
  readonly expires_at: string;
  readonly user: { readonly name: string; readonly roles: readonly string[]; readonly branch: string | null };
}

export interface PositionSummary {
  readonly id: string;
  readonly title: Bilingual;
}

export type Feature = "voice" | "logic" | "scenario" | "expression";

export interface PositionQuestion {
  readonly id: string;
  readonly kind: string;
  readonly text: Bilingual;
  readonly feature: Feature | null;
  readonly reserve: boolean;
}

/** What HR sees of a position before inviting to it. */
export interface PositionOutline extends PositionSummary {
  readonly version: string;
  readonly summary: Bilingual;
  readonly features: readonly Feature[];
  readonly questions: readonly PositionQuestion[];
}

/** Without `features` or `questions` the position decides. */
export interface NewInvitation {
  readonly applicant_id: string;
  readonly position_id: string;
  readonly language: Language;
  readonly features?: readonly Feature[];
  readonly questions?: readonly string[];
  /** Send the link, where there is a channel. */
  readonly send?: boolean;
}

export interface Invitation {
  readonly id: string;
  readonly interview_id: string;
  readonly candidate_link: string;
  readonly hr_link: string;
  readonly expires_at: string;
  /** The link is on its way to the candidate by the channels there are. */
  readonly sending?: boolean;
}

export interface ReportRow {
  readonly id: string;
  readonly interview_id: string;
  readonly applicant_name: string;
  readonly position: Bilingual | string;
  readonly position_id: string;
  readonly state: string;
  /** Null with `total` null: not assessable. */
  readonly rank: number | null;
  readonly total: number | null;
  readonly created_at: string;
  readonly views: readonly ReportView[];
  /** Within the top share of the position. */
  readonly top?: boolean;
  /** People decided otherwise than the machine. */
  readonly decided?: boolean;
  /** One is on the panel and has not handed in a card: the scores are kept back. */
  readonly blind?: boolean;
}

/** One of the three ways to look at the same scores. A part's null: not assessable. */
export interface ReportView {
  readonly id: string;
  readonly label: Bilingual;
  readonly parts: readonly { readonly id: string; readonly label: Bilingual; readonly score: number | null }[];
}

export interface Mark {
  readonly competency_id: string;
  /** BARS 1–5; null: not observed. */
  readonly level: number | null;
  readonly note: string;
}

export interface Scorecard {
  readonly marks: readonly Mark[];
  readonly comment: string;
  readonly recommendation: "advance" | "hold" | "decline" | null;
}

export interface PanelMember {
  readonly rater: string;
  readonly submitted: boolean;
}

export interface ScorecardForm {
  readonly position: Bilingual;
  readonly competencies: readonly {
    readonly id: string;
    readonly label: Bilingual;
    readonly definition: Bilingual;
    readonly anchors: Readonly<Record<string, Bilingual>>;
  }[];
  readonly answers: readonly {
    readonly question_id: string;
    readonly question: Bilingual;
    readonly said: string;
    readonly typed: string;
    readonly recording: string | null;
  }[];
  readonly card: Scorecard;
  readonly state: "empty" | "draft" | "submitted";
  readonly version: number;
  readonly blind: boolean;
  readonly panel: readonly PanelMember[];
}

export type PanelFlag = "people_apart" | "machine_apart" | "machine_alone" | "people_alone";

export interface Compared {
  readonly competency_id: string;
  readonly label: Bilingual;
  readonly machine: number | null;
  readonly people: number | null;
  readonly spread: number | null;
  readonly persons: readonly { readonly rater: string; readonly level: number | null; readonly note: string; readonly blind: boolean }[];
  readonly flags: readonly PanelFlag[];
}

export interface PanelView {
  readonly report_id: string;
  readonly panel: readonly PanelMember[];
  readonly merged: {
    readonly competencies: readonly Compared[];
    readonly machine_total: number | null;
    readonly people_total: number | null;
    readonly must_talk: boolean;
  };
  readonly comments: readonly { readonly rater: string; readonly comment: string; readonly recommendation: string | null; readonly blind: boolean }[];
}

export interface Overrides {
  readonly overrides: readonly {
    readonly version: number;
    readonly competency_id: string | null;
    readonly value: number | null;
    readonly reason: string;
    readonly by: string;
    readonly at: string;
  }[];
  readonly effective: { readonly total: number | null; readonly machine_total: number | null; readonly overridden: readonly string[] };
}

/** RFC 9457 with our three members; `status` 0: the server could not be reached at all. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: Bilingual,
    readonly retry: boolean,
    /** For whoever wants to know exactly, in English. */
    readonly detail = "",
  ) {
    super(code);
  }
}

const UNREACHABLE: Bilingual = { zh: "无法连接服务器，请检查网络。", en: "The server cannot be reached. Please check the network." };
const UNCLEAR: Bilingual = { zh: "服务器返回了意外的回应。", en: "The server gave an unexpected answer." };

function problemFrom(status: number, body: unknown): Problem {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = fields["message"] as Bilingual | undefined;
  return new Problem(
    status,
    typeof fields["code"] === "string" ? fields["code"] : `http_${status}`,
    text && typeof text.zh === "string" && typeof text.en === "string" ? text : UNCLEAR,
    fields["retry"] === true || status >= 502,
    typeof fields["detail"] === "string" ? fields["detail"] : "",
  );
}

export interface Request {
  readonly method?: string;
  readonly token?: string | undefined;
  readonly json?: unknown;
  /** The body as it is, instead of `json`. */
  readonly file?: Blob;
  readonly accept?: string;
}

/** Raises `Problem` for every answer that is not 2xx and for no answer at all. */
export async function request(path: string, { method = "GET", token, json, file, accept }: Request = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept ?? "application/json" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  if (json !== undefined) headers["Content-Type"] = "application/json";
  else if (file) headers["Content-Type"] = "application/octet-stream";
  let response: Response;
  try {
    response = await fetch(path, { method, headers, ...(json === undefined ? (file ? { body: file } : {}) : { body: JSON.stringify(json) }) });
  } catch {
    throw new Problem(0, "unreachable", UNREACHABLE, true);
  }
  if (response.ok) return response;
  throw problemFrom(response.status, await response.json().catch(() => undefined));
}

export async function read<T>(path: string, options: Request = {}): Promise<T> {
  return (await (await request(path, options)).json()) as T;
}

/** Lists come bare or page by page, `{"items", "next_cursor"}`; all pages are read, for a rank needs the whole list. */
export async function readItems<T>(path: string, token: string): Promise<readonly T[]> {
  const found: T[] = [];
  let cursor: string | number | null = null;
  do {
    const next: string = cursor === null ? path : `${path}?cursor=${id(String(cursor))}`;
    const body: readonly T[] | Page<T> = await read(next, { token });
    if (!("items" in body)) return body;
    found.push(...body.items);
    cursor = body.next_cursor ?? null;
  } while (cursor !== null);
  return found;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string | number | null;
}

const API = "/api/v1";
const id = encodeURIComponent;

export const join = (link: string) => read<Joined>(`${API}/join`, { method: "POST", json: { link } });
export const progress = (interviewId: string, token: string) =>
  read<Progress>(`${API}/interviews/${id(interviewId)}/status`, { token });
export const signIn = (user: string, password: string) =>
  read<SignedIn>(`${API}/sign-in`, { method: "POST", json: { user, password } });
export const positions = (token: string) => readItems<PositionSummary>(`${API}/positions`, token);
export const positionOutline = (token: string, positionId: string) =>
  read<PositionOutline>(`${API}/positions/${id(positionId)}`, { token });
export const reports = (token: string) => readItems<ReportRow>(`${API}/reports`, token);
export const addApplicant = (token: string, name: string, email: string) =>
  read<{ id: string }>(`${API}/applicants`, { method: "POST", token, json: email ? { name, email } : { name } });
export const invite = (token: string, wanted: NewInvitation) =>
  read<Invitation>(`${API}/invitations`, { method: "POST", token, json: wanted });
export type Edition = "hr" | "candidate";
export const report = (token: string, reportId: string, accept: string, language: Language, edition: Edition) =>
  request(`${API}/reports/${id(reportId)}?edition=${edition}&language=${language}`, { token, accept });
export const still = (token: string, url: string) => request(url, { token, accept: "image/jpeg" });
export const stillUrl = (interviewId: string) => `${API}/interviews/${id(interviewId)}/still`;
const interviewPath = (interviewId: string) => `${API}/interviews/${id(interviewId)}`;
export const scorecard = (token: string, interviewId: string) => read<ScorecardForm>(`${interviewPath(interviewId)}/scorecard`, { token });
export const saveScorecard = (token: string, interviewId: string, card: Scorecard) =>
  read<{ version: number }>(`${interviewPath(interviewId)}/scorecard`, { method: "PUT", token, json: card });
export const submitScorecard = (token: string, interviewId: string, card: Scorecard) =>
  read<{ version: number; blind: boolean }>(`${interviewPath(interviewId)}/scorecard`, { method: "POST", token, json: card });
export const panel = (token: string, interviewId: string) => read<PanelView>(`${interviewPath(interviewId)}/panel`, { token });
export const assignPanel = (token: string, interviewId: string, raters: readonly string[]) =>
  read<{ members: readonly string[] }>(`${interviewPath(interviewId)}/panel`, { method: "PUT", token, json: { raters } });
export const overrides = (token: string, reportId: string) => read<Overrides>(`${API}/reports/${id(reportId)}/overrides`, { token });
export const override = (token: string, reportId: string, competency_id: string | null, value: number | null, reason: string) =>
  read<Overrides>(`${API}/reports/${id(reportId)}/overrides`, { method: "POST", token, json: { competency_id, value, reason } });
export const ways = (token: string) => read<Ways>(`${API}/ice-servers`, { token });
export const whepUrl = (interviewId: string) => `${API}/interviews/${id(interviewId)}/whep`;
export const HR_EVENTS = `${API}/hr/events`;

/** `/api/v1/…` or an absolute http(s)/ws(s) address, as a WebSocket address; `home` may end in a path of its own. */
export function socketUrl(path: string, home: string): string {
  const url = new URL(path.startsWith("/") ? home.replace(/\/+$/, "") + path : path);
  url.protocol = url.protocol.replace(/^http/, "ws");
  return url.href;
}
