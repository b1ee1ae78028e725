/**
 * The candidate's side of one interview: joins, talks to the server, keeps drafts safe, starts and stops media.
 * Views call its verbs and read its stores; it never touches the document.
 */
import { Archive, type ArchiveSurroundings, type OpenAnswer } from "../media/archive";
import { reported } from "../media/devices";
import type { MediaPlan } from "../media/publisher";
import { type DeviceKind, Studio } from "../media/studio";
import type { Language } from "../protocol/codec";
import { Connection, type Surroundings } from "../protocol/connection";
import type { CandidateMessage, ConsentItems, Envelope, Observe, Phase, Refused, ReportDevices } from "../protocol/generated";
import { join, type Joined, Problem, socketUrl } from "../protocol/rest";
import { Whereabouts } from "../protocol/whereabouts";
import { openAnswer } from "./answer";
import { type CandidateAction, type CandidateState, initialCandidate, reduceCandidate } from "./candidate";
import { isSaved } from "./draft";
import type { Kept, KeptSession } from "./kept";
import { Store } from "./store";

/** What the page shows before and around the conversation. */
export type Stage =
  | { readonly name: "loading" }
  | { readonly name: "failed"; readonly problem: Problem }
  | { readonly name: "welcome"; readonly joined: Joined }
  | { readonly name: "talking"; readonly joined: Joined };

export interface InterviewOptions {
  readonly link: string;
  readonly origin: string;
  readonly language: Language;
  /** False: the language of the invitation goes before the browser's. */
  readonly languageChosen: boolean;
  readonly raw: boolean;
  readonly kept: Kept;
  readonly around: Surroundings & ArchiveSurroundings;
}

const SAVE_AFTER_MS = 500;
const ASKING: ReadonlySet<Phase> = new Set<Phase>(["reading", "thinking", "answering", "grace"]);
const NEEDS_MEDIA: ReadonlySet<Phase> = new Set<Phase>(["practice", "guide", ...ASKING]);
/** Also where the last answer is still on its way. */
const NEEDS_ARCHIVE: ReadonlySet<Phase> = new Set<Phase>([...NEEDS_MEDIA, "paused", "interrupted", "closing"]);
const OVER: ReadonlySet<Phase> = new Set<Phase>(["scoring", "reported", "withdrawn", "expired"]);

export class Interview {
  readonly stage = new Store<Stage, Stage>({ name: "loading" }, (_, next) => next);
  readonly store: Store<CandidateState, CandidateAction>;
  readonly studio: Studio;
  readonly archive: Archive;
  peakDbfs = -Infinity;
  heardMyself = false;
  practised = false;
  private connection: Connection | undefined;
  private joined: Joined | undefined;
  private rejoined = false;
  private mediaEpoch: number | undefined;
  private cancelSave: (() => void) | undefined;
  private answer: OpenAnswer | undefined;
  private followed: Promise<void> = Promise.resolve();
  private where: Whereabouts | undefined;

  constructor(private readonly options: InterviewOptions) {
    this.store = new Store(initialCandidate(options.language), reduceCandidate);
    this.archive = new Archive(() => this.mediaAddress(), options.around, () => this.studio.voice.drain());
    this.studio = new Studio(options.raw, this.archive, (device) => this.deviceLost(device));
    let unheard = this.studio.store.state.unheard;
    this.studio.store.subscribe(() => {
      const before = unheard;
      unheard = this.studio.store.state.unheard;
      if (unheard && unheard !== before) this.observe("microphone_lost", unheard);
      if (!unheard && before) this.observe("media_restored", "microphone");
    });
  }

  // ------------------------------------------------------------------ coming in
  /** Asks the server to let this link in, or goes straight back into an interview this tab was in. */
  async arrive(): Promise<void> {
    const kept = this.options.kept.session();
    if (kept) {
      this.joined = kept.joined;
      if (!this.options.languageChosen) this.store.dispatch({ type: "language", language: kept.joined.language });
      if (kept.finished) this.received({ seq: 0, at_ms: 0, message: kept.finished });
      if (kept.finished) this.stage.dispatch({ name: "talking", joined: kept.joined });
      else if (kept.started) this.start();
      else this.stage.dispatch({ name: "welcome", joined: kept.joined });
      return;
    }
    this.stage.dispatch({ name: "loading" });
    try {
      this.joined = await join(this.options.link);
      if (!this.options.languageChosen) this.store.dispatch({ type: "language", language: this.joined.language });
      this.keep({ started: false });
      this.stage.dispatch({ name: "welcome", joined: this.joined });
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "page_failed", UNFORESEEN, true);
      this.stage.dispatch({ name: "failed", problem });
    }
  }

  /** The candidate has read who is asking; the interview clock may start. */
  start(): void {
    const { joined } = this;
    if (!joined) return;
    this.keep({ started: true });
    this.stage.dispatch({ name: "talking", joined });
    const hello = (last_seen_seq: number): CandidateMessage => ({
      type: "hello",
      token: joined.session_token,
      last_seen_seq,
      language: this.store.state.language,
    });
    const where = new Whereabouts(joined.events_url, this.options.origin, joined.process_urls);
    this.where = where;
    const url = (): string => socketUrl(where.address(joined.events_url), this.options.origin);
    this.connection = new Connection({ url, hello }, this.options.around, {
      received: (envelope) => this.received(envelope),
      stateChanged: (state) => this.store.dispatch({ type: "connection", state }),
      roundTrip: (ms) => this.store.dispatch({ type: "round_trip", ms }),
      lost: (waiting) => where.lost(waiting),
      refused: (refusal) => this.refused(refusal),
    });
    this.connection.open();
  }

  /** "Continue here" after another tab had taken over. */
  continueHere(): void {
    this.connection?.open();
  }

  /** Begins again from the link, for when the kept session is of no use any more. */
  startOver(): void {
    this.options.kept.forgetSession();
    this.connection?.close();
    void this.arrive();
  }

  // ------------------------------------------------------------------ verbs of the candidate
  switchLanguage(language: Language): void {
    this.store.dispatch({ type: "language", language });
    if (this.store.state.welcome) this.say({ type: "switch_language", language });
  }

  giveConsent(items: ConsentItems): void {
    if (!this.joined) return;
    const { language } = this.store.state;
    this.store.dispatch({ type: "voice_allowed", allowed: items.recording && items.speech_to_text });
    this.say({ type: "give_consent", items, text_version: this.joined.consent.version, language });
  }

  /** Media first, so that the report can say how they travel; a failure never blocks the way on. */
  async finishDeviceCheck(): Promise<void> {
    const { microphone, camera } = this.studio.store.state;
    this.keep({ withCamera: camera.status === "ok" });
    if (this.studio.hasTracks) await this.connectMedia();
    const { link } = this.studio.store.state;
    const transport: ReportDevices["transport"] = link === "webrtc" || link === "websocket" ? link : "none";
    this.store.dispatch({ type: "voice_allowed", allowed: microphone.status === "ok" });
    this.say({
      type: "report_devices",
      microphone: reported(microphone),
      camera: reported(camera),
      transport,
      heard_myself: this.heardMyself,
      peak_dbfs: Number.isFinite(this.peakDbfs) ? Math.round(this.peakDbfs * 10) / 10 : null,
    });
    this.proceed("device_check");
  }

  proceed(phase: Phase): void {
    this.say({ type: "proceed", phase });
  }

  startAnswer(): void {
    const id = this.questionId;
    if (id) this.say({ type: "start_answer", question_id: id });
  }

  finishAnswer(): void {
    const id = this.questionId;
    if (!id) return;
    this.saveDraft();
    this.say({ type: "finish_answer", question_id: id });
  }

  chooseMode(mode: "voice" | "text"): void {
    const id = this.questionId;
    if (!id) return;
    this.saveDraft();
    this.say({ type: "choose_mode", question_id: id, mode });
  }

  type(text: string): void {
    this.store.dispatch({ type: "typed", text, nowMs: Date.now() });
    const { draft } = this.store.state;
    if (draft) this.options.kept.keepDraft(draft);
    this.cancelSave ??= this.options.around.after(SAVE_AFTER_MS, () => this.saveDraft());
  }

  requestHuman(note: string): void {
    this.say({ type: "request_human", note });
  }

  withdraw(reason: string): void {
    this.say({ type: "withdraw", reason });
  }

  /** Only while a question is open: what happens before or after is nobody's business. */
  observe(kind: Observe["kind"], detail = ""): void {
    const phase = this.store.state.phase?.phase;
    if (phase && ASKING.has(phase)) this.say({ type: "observe", kind, detail });
  }

  readComplaint(): void {
    this.store.dispatch({ type: "complaint_read" });
  }

  /** The clock that `waiting` is measured on. */
  nowMs(): number {
    return this.options.around.now();
  }

  /** Once a second: notices grow old. */
  tick(): void {
    this.store.dispatch({ type: "time", nowMs: this.options.around.now() });
  }

  /** A device that stopped, or was refused after a reload, is asked for once more. */
  async reopen(device: DeviceKind): Promise<void> {
    await this.studio.open(device);
    if (!this.studio.hasTracks) return;
    await (this.studio.store.state.link === "off" ? this.connectMedia() : this.studio.republish());
    this.observe("media_restored", device);
  }

  // ------------------------------------------------------------------ inside
  private get questionId(): string | undefined {
    return this.store.state.phase?.question?.id;
  }

  private say(message: CandidateMessage): void {
    this.connection?.send(message);
  }

  private saveDraft(): void {
    this.cancelSave?.();
    this.cancelSave = undefined;
    const { draft } = this.store.state;
    if (!draft || isSaved(draft)) return;
    this.say({ type: "save_draft", question_id: draft.questionId, text: draft.text, revision: draft.revision });
  }

  private received(envelope: Envelope): void {
    const before = this.store.state.phase?.phase;
    this.store.dispatch({ type: "received", envelope, nowMs: this.options.around.now() });
    const { message } = envelope;
    const { phase, finished } = this.store.state;
    if (message.type === "moved" && this.where?.moved(message.url)) this.connection?.reopen();
    if (message.type === "welcome") this.welcomed(message.epoch);
    const isHistory = envelope.seq !== 0 && envelope.seq <= (this.store.state.welcome?.last_seq ?? 0);
    if (message.type === "welcome" || (message.type === "phase_changed" && !isHistory)) this.followAnswer(message.type === "phase_changed");
    // Time is nearly up: whatever is typed should be with the server before it is.
    if (phase?.phase === "grace" && before === "answering") this.saveDraft();
    const isNews = message.type === "welcome" || before !== phase?.phase;
    if (phase && isNews && NEEDS_MEDIA.has(phase.phase)) void this.resumeMedia();
    if (finished && message.type === "finished") this.keep({ finished });
    if (finished || (phase && OVER.has(phase.phase))) {
      this.studio.stop();
      void this.archive.destroy();
    } else if (phase?.phase === "closing") {
      // Camera light off, once the last word has come out of the encoder; the rest is the archive's.
      void this.followed.then(() => this.studio.stop());
    }
    if (finished && phase && OVER.has(phase.phase)) this.connection?.close();
  }

  /** After a welcome the archive has begun, and its road is renewed for the new epoch before it is asked anything. */
  private followAnswer(live: boolean): void {
    const { phase, voiceAllowed } = this.store.state;
    if (!phase) return;
    this.answer = openAnswer(this.answer, { phase, voiceAllowed, live });
    this.followed = this.archive.follow(this.answer);
  }

  private welcomed(epoch: number): void {
    this.where?.welcomed();
    const { phase, voiceAllowed, welcome } = this.store.state;
    if (voiceAllowed && welcome && phase && NEEDS_ARCHIVE.has(phase.phase)) void this.archive.begin(welcome.interview_id);
    this.archive.renew();
    const { draft } = this.store.state;
    const kept = draft ? this.options.kept.draft(draft.questionId) : undefined;
    if (draft && kept && kept.revision > draft.revision) {
      this.store.dispatch({ type: "draft_restored", draft: kept });
    }
    this.saveDraft();
    if (this.mediaEpoch !== undefined && this.mediaEpoch !== epoch && this.studio.store.state.link !== "off") {
      this.mediaEpoch = epoch;
      void this.studio.republish();
    }
  }

  private refused(refusal: Refused): void {
    const stale = refusal.code === "session_expired" || refusal.code === "not_signed_in";
    if (stale && !this.rejoined) {
      this.rejoined = true;
      this.startOver();
      return;
    }
    this.studio.stopPublishing();
    this.archive.leave();
    this.store.dispatch({ type: "refused", refusal });
  }

  /** After a reload: the permissions are still there, so the devices come back without a question. */
  private async resumeMedia(): Promise<void> {
    const { voiceAllowed, welcome } = this.store.state;
    if (!voiceAllowed || !welcome || this.studio.store.state.link !== "off") return;
    if (!this.studio.hasTracks) {
      if (this.studio.store.state.microphone.status !== "off") return;
      await this.studio.open("microphone");
      if (this.options.kept.session()?.withCamera) await this.studio.open("camera");
    }
    if (this.studio.hasTracks && this.studio.store.state.link === "off") await this.connectMedia();
  }

  private async connectMedia(): Promise<void> {
    const plan = this.mediaPlan();
    if (!plan) return;
    this.mediaEpoch = this.store.state.welcome?.epoch;
    if (this.joined) void this.archive.begin(this.joined.interview_id);
    await this.studio.publish(plan);
  }

  private mediaPlan(): MediaPlan | undefined {
    const { joined } = this;
    if (!joined) return undefined;
    return {
      policy: joined.media_policy,
      whipUrl: () => this.address(joined.whip_url),
      token: joined.session_token,
      iceServers: joined.ice_servers.map((server) => ({ ...server })),
      icePolicy: joined.ice_policy,
    };
  }

  /** Media belong to the process that holds the interview. */
  private address(path: string): string {
    return this.where?.address(path) ?? path;
  }

  private mediaAddress(): { readonly url: string; readonly token: string } {
    const { joined } = this;
    if (!joined) return { url: "", token: "" };
    const url = new URL(socketUrl(this.address(joined.media_url), this.options.origin));
    url.searchParams.set("epoch", String(this.store.state.welcome?.epoch ?? 0));
    return { url: url.href, token: joined.session_token };
  }

  private deviceLost(device: DeviceKind): void {
    this.observe(device === "camera" ? "camera_lost" : "microphone_lost");
  }

  private keep(change: Partial<KeptSession>): void {
    if (!this.joined) return;
    const before = this.options.kept.session() ?? { joined: this.joined, started: false, withCamera: false };
    this.options.kept.keepSession({ ...before, ...change, joined: this.joined });
  }
}

const UNFORESEEN = { zh: "页面出现意外问题。", en: "Something unexpected happened on this page." };
