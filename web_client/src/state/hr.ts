/** HR's page: signed in or not, the live list, the interview that is watched. Talks; never touches the document. */
import type { Language } from "../protocol/codec";
import { Connection, type ConnectionState, type Surroundings } from "../protocol/connection";
import type { Envelope, HrMessage, LiveInterview, Refused } from "../protocol/generated";
import { fromWeCom } from "../protocol/messages";
import { HR_EVENTS, type SignedIn, signIn, socketUrl } from "../protocol/rest";
import { Whereabouts } from "../protocol/whereabouts";
import { Store } from "./store";
import { openWatched, watchMore, type WatchedState } from "./watched";

export interface HrState {
  readonly language: Language;
  readonly signedIn: SignedIn | undefined;
  readonly connection: ConnectionState;
  /** The connection stands, and the server has not answered for 3 s. */
  readonly silent: boolean;
  /** Undefined: not heard yet. */
  readonly live: readonly LiveInterview[] | undefined;
  readonly watched: WatchedState | undefined;
  readonly complaint: Refused | undefined;
}

export type HrAction =
  | { readonly type: "language"; readonly language: Language }
  | { readonly type: "signed_in"; readonly signedIn: SignedIn | undefined }
  | { readonly type: "connection"; readonly state: ConnectionState }
  | { readonly type: "silent"; readonly silent: boolean }
  | { readonly type: "received"; readonly envelope: Envelope; readonly nowMs: number }
  | { readonly type: "watch"; readonly interviewId: string | undefined }
  | { readonly type: "complaint"; readonly complaint: Refused | undefined };

export function reduceHr(state: HrState, action: HrAction): HrState {
  switch (action.type) {
    case "language":
      return { ...state, language: action.language };
    case "signed_in":
      return { ...state, signedIn: action.signedIn, live: undefined, watched: undefined, complaint: undefined };
    case "connection":
      return { ...state, connection: action.state, silent: false };
    case "silent":
      return action.silent === state.silent ? state : { ...state, silent: action.silent };
    case "watch":
      return { ...state, watched: action.interviewId === undefined ? undefined : openWatched(action.interviewId), complaint: undefined };
    case "complaint":
      return { ...state, complaint: action.complaint };
    case "received": {
      const { message } = action.envelope;
      if (message.type === "live_list") return { ...state, live: message.interviews };
      if (message.type === "refused") return { ...state, complaint: message };
      if (message.type !== "watched" || !state.watched) return state;
      return { ...state, watched: watchMore(state.watched, message, action.nowMs) };
    }
  }
}

/** What HR sees is what is: false while the server does not answer. */
export function upToDate({ connection, silent }: HrState): boolean {
  return connection === "open" && !silent;
}

/** Who may see interviews, and who may change what belongs to them. */
export const WATCHERS = ["admin", "hr", "interviewer"] as const;
export const RECRUITERS = ["admin", "hr"] as const;

type KeepPlace = Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined;
const KEPT_AS = "viva:hr";

export class Hr {
  readonly store: Store<HrState, HrAction>;
  private connection: Connection | undefined;
  private where: Whereabouts | undefined;

  constructor(
    language: Language,
    private readonly origin: string,
    private readonly around: Surroundings,
    private readonly storage: KeepPlace,
  ) {
    const empty: HrState = {
      language,
      signedIn: undefined,
      connection: "idle",
      silent: false,
      live: undefined,
      watched: undefined,
      complaint: undefined,
    };
    this.store = new Store(empty, reduceHr);
  }

  get token(): string {
    return this.store.state.signedIn?.token ?? "";
  }

  /** Signed in before in this tab? */
  resume(): void {
    const kept = this.storage?.getItem(KEPT_AS);
    if (!kept) return;
    const signedIn = JSON.parse(kept) as SignedIn;
    if (Date.parse(signedIn.expires_at) > Date.now()) this.enter(signedIn);
  }

  /** Raises `Problem`. */
  async signIn(user: string, password: string): Promise<void> {
    const signedIn = await signIn(user, password);
    this.storage?.setItem(KEPT_AS, JSON.stringify(signedIn));
    this.enter(signedIn);
  }

  /** Back from WeCom with a code. Raises `Problem`. */
  async signInByWeCom(code: string, state: string): Promise<void> {
    const signedIn = await fromWeCom(code, state);
    this.storage?.setItem(KEPT_AS, JSON.stringify(signedIn));
    this.enter(signedIn);
  }

  signOut(): void {
    this.storage?.removeItem(KEPT_AS);
    this.connection?.close();
    this.connection = undefined;
    this.store.dispatch({ type: "signed_in", signedIn: undefined });
  }

  switchLanguage(language: Language): void {
    this.store.dispatch({ type: "language", language });
  }

  watch(interviewId: string): void {
    if (this.store.state.watched?.interviewId === interviewId) return;
    this.unwatch();
    this.store.dispatch({ type: "watch", interviewId });
    if (this.store.state.connection === "open") this.say({ type: "watch", interview_id: interviewId, last_seen_seq: 0 });
  }

  unwatch(): void {
    const { watched } = this.store.state;
    if (!watched) return;
    this.say({ type: "unwatch", interview_id: watched.interviewId });
    this.store.dispatch({ type: "watch", interviewId: undefined });
  }

  say(message: HrMessage): void {
    this.connection?.send(message);
  }

  readComplaint(): void {
    this.store.dispatch({ type: "complaint", complaint: undefined });
  }

  /** Whether the person who is signed in has one of these roles. The server decides; this only says what to show. */
  may(roles: readonly string[]): boolean {
    return (this.store.state.signedIn?.user.roles ?? []).some((role) => roles.includes(role));
  }

  private enter(signedIn: SignedIn): void {
    this.connection?.close();
    this.store.dispatch({ type: "signed_in", signedIn });
    // A data steward has no interviews to watch: asked for the list, the server would refuse, and that signs out.
    if (!this.may(WATCHERS)) return;
    const where = new Whereabouts(HR_EVENTS, this.origin);
    this.where = where;
    const url = (): string => socketUrl(where.address(HR_EVENTS), this.origin);
    const hello = (): HrMessage => ({ type: "hr_hello", token: signedIn.token });
    this.connection = new Connection({ url, hello }, this.around, {
      received: (envelope) => this.received(envelope),
      stateChanged: (state) => this.connectionChanged(state),
      lost: (waiting) => where.lost(waiting),
      roundTrip: (ms) => this.store.dispatch({ type: "silent", silent: ms === undefined }),
      refused: () => this.signOut(),
    });
    this.connection.open();
  }

  /** The list is the same in every process; what is watched is held by one of them, and there we go with all. */
  private received(envelope: Envelope): void {
    const { message } = envelope;
    if (message.type === "moved") {
      if (message.interview_id === this.store.state.watched?.interviewId && this.where?.moved(message.url)) this.connection?.reopen();
      return;
    }
    if (message.type === "watched") this.where?.welcomed();
    this.store.dispatch({ type: "received", envelope, nowMs: this.around.now() });
  }

  /** Where pictures of the watched interview are asked for. */
  address(path: string): string {
    return this.where?.address(path) ?? path;
  }

  /** Each connection has to be told anew what we watch, and from where on. */
  private connectionChanged(state: ConnectionState): void {
    this.store.dispatch({ type: "connection", state });
    const { watched } = this.store.state;
    if (state !== "open" || !watched) return;
    this.say({ type: "watch", interview_id: watched.interviewId, last_seen_seq: watched.lastSeenSeq });
  }
}
