/**
 * The road on which no answer is lost: every packet of a take is kept on this device, sent, and forgotten when the
 * server has all of it. Beside WebRTC it is the second road; without WebRTC the live sound travels on it too.
 *
 *   follow(answer)  which take is open, and whether its sound is wanted now
 *   hear(packet)    the microphone
 */
import { Store } from "../state/store";
import type { MediaTold, TakeState } from "../protocol/generated";
import { LiveFeed } from "./live_feed";
import { MediaSocket, type MediaSocketState, type MediaSurroundings } from "./media_socket";
import type { Ranges } from "./ranges";
import type { VoicePacket } from "./take";
import { takeFrames } from "./take_frames";
import { type KeepingTrouble, TakeKeeper } from "./take_keeper";
import { TakeLedger } from "./take_ledger";
import { TakeRecord } from "./take_record";
import { TakeSender } from "./take_sender";
import type { TakeNote, TakePacket } from "./take";
import type { TakeStore } from "./take_store";

/** The answer that is open, as far as the page knows. */
export interface OpenAnswer {
  readonly take: number;
  readonly questionId: string;
  /** It is being spoken now: not typed, not paused. */
  readonly listening: boolean;
  /** This page saw it open, so nothing of it can have been recorded before. */
  readonly isNew: boolean;
  /** How long it has been open already. */
  readonly agoMs: number;
}

export interface ArchiveState {
  readonly listening: boolean;
  readonly link: MediaSocketState;
  readonly unsavedMs: number;
  /** The most that has been unsaved since everything was saved: what a progress bar starts from. */
  readonly mostMs: number;
  readonly trouble: KeepingTrouble | undefined;
  /** Parts of answers that the server had to declare missing. */
  readonly missingMs: number;
}

export interface ArchiveSurroundings extends MediaSurroundings {
  /** The system's clock: what stays comparable over a reload. */
  wallClock(): number;
  openStore(interviewId: string): Promise<TakeStore>;
}

const EMPTY: ArchiveState = { listening: false, link: "idle", unsavedMs: 0, mostMs: 0, trouble: undefined, missingMs: 0 };
const TICK_MS = 250;

export class Archive {
  readonly store = new Store<ArchiveState, Partial<ArchiveState>>(EMPTY, (state, change) =>
    Object.entries(change).every(([key, value]) => state[key as keyof ArchiveState] === value) ? state : { ...state, ...change },
  );
  readonly feed: LiveFeed;
  private readonly ledger = new TakeLedger();
  private readonly sender = new TakeSender(this.ledger);
  private readonly keeper: TakeKeeper;
  private readonly socket: MediaSocket;
  private readonly notes = new Map<number, TakeNote>();
  private readonly records = new Map<number, TakeRecord>();
  /** Over, but the encoder may still have something of them. */
  private readonly draining = new Set<number>();
  private interviewId = "";
  private ready: Promise<void> | undefined;
  private answer: OpenAnswer | undefined;
  private current: TakeRecord | undefined;
  private live = false;
  private pumping = false;
  private cancelTick: () => void = () => undefined;

  /** `drain` resolves when everything heard so far has been handed to `hear`. */
  constructor(
    address: () => { readonly url: string; readonly token: string },
    private readonly around: ArchiveSurroundings,
    private readonly drain: () => Promise<void>,
  ) {
    this.keeper = new TakeKeeper(
      () => around.openStore(this.interviewId),
      (ms, work) => around.after(ms, work),
      (trouble) => this.store.dispatch({ trouble }),
    );
    this.socket = new MediaSocket(address, around, {
      opened: (takes) => this.opened(takes),
      told: (message) => this.told(message),
      lost: () => this.sender.lost(),
      changed: (link) => this.store.dispatch({ link }),
    });
    this.feed = new LiveFeed(this.socket, () => around.wallClock());
  }

  // ------------------------------------------------------------------ the page's verbs
  /** Takes up what an earlier page has left, and opens the road. Consent to recording is given by then. */
  begin(interviewId: string): Promise<void> {
    this.ready ??= this.takeUp(interviewId);
    return this.ready;
  }

  /** Undefined: no answer is open. Resolves when everything said in an answer that is over has been taken. */
  async follow(answer: OpenAnswer | undefined): Promise<void> {
    await this.ready;
    if (this.ready) await this.turnTo(answer);
  }

  get listens(): boolean {
    return this.current?.listens ?? false;
  }

  get wantsSound(): boolean {
    return this.live || this.listens || this.draining.size > 0;
  }

  hear(packet: VoicePacket): void {
    const numbered = this.keeper.hasRoom ? this.number(packet) : undefined;
    const sent = this.live && this.feed.sound(packet, numbered);
    if (sent && numbered) this.sender.sent({ take: numbered.take, from: numbered.n, to: numbered.n + 1 }, 0, this.around.now());
  }

  /** The live sound travels here, too. */
  carryLive(live: boolean): void {
    this.live = live;
    if (live) this.socket.open();
  }

  /** A new epoch of the interview: media of the old one would be thrown away. */
  renew(): void {
    this.socket.renew();
  }

  /** The page is going away, perhaps for good: what waits is written. */
  flush(): Promise<void> {
    return this.keeper.flush();
  }

  /** Another page has taken over. What is kept stays; should this page go on after all, it begins anew. */
  leave(): void {
    this.rest();
    void this.keeper.flush();
  }

  /** The interview is over, or consent is withdrawn: nothing stays on this device. */
  async destroy(): Promise<void> {
    this.rest();
    await this.keeper.forgetAll();
  }

  // ------------------------------------------------------------------ what is recorded
  private async takeUp(interviewId: string): Promise<void> {
    this.interviewId = interviewId;
    for (const { note, held, packetMs, packetBytes } of await this.keeper.open()) {
      this.notes.set(note.take, note);
      for (const range of held) this.ledger.hold(note.take, range, packetMs, packetBytes);
      if (note.packets !== undefined) this.ledger.finish(note.take, note.packets);
    }
    this.socket.open();
    this.tick();
  }

  private async turnTo(answer: OpenAnswer | undefined): Promise<void> {
    const now = this.around.wallClock();
    const over = this.answer && this.answer.take !== answer?.take ? this.answer.take : undefined;
    const finished = over === undefined ? undefined : this.finish(over);
    this.answer = answer;
    if (answer && this.current?.take !== answer.take) this.current = this.startRecord(answer, now);
    if (answer?.listening && !this.listens) this.current?.listen(now);
    if (!answer?.listening) this.current?.pause(now);
    this.store.dispatch({ listening: this.listens });
    await finished;
  }

  private startRecord({ take, questionId, isNew, agoMs }: OpenAnswer, now: number): TakeRecord {
    const known = this.notes.get(take);
    const note = known ?? { take, questionId, openedAtMs: now - agoMs, packets: undefined };
    if (!known) this.remember(note);
    this.ledger.want(take);
    const record = new TakeRecord(take, note.openedAtMs, isNew && !known);
    this.records.set(take, record);
    return record;
  }

  /** The answer is over. What the encoder still has belongs to it. */
  private async finish(take: number): Promise<void> {
    const record = this.records.get(take);
    if (this.current === record) this.current = undefined;
    record?.pause(this.around.wallClock());
    this.draining.add(take);
    await this.drain();
    this.draining.delete(take);
    // One that has not heard from the server does not know its numbers yet; `compare` closes it.
    if (record && !record.waits) this.close(take, this.ledger.nextNumber(take));
  }

  private close(take: number, packets: number): void {
    this.records.delete(take);
    const note = this.notes.get(take);
    if (note) this.remember({ ...note, packets });
    this.ledger.finish(take, packets);
    this.socket.say({ type: "take_ended", take, packets });
    void this.keeper.flush();
  }

  private remember(note: TakeNote): void {
    this.notes.set(note.take, note);
    this.keeper.note(note);
  }

  /** Undefined: it belongs to no take, or waits for its number. */
  private number(packet: VoicePacket): TakePacket | undefined {
    for (const record of this.records.values()) {
      const numbered = record.push(packet);
      if (numbered) return this.hold(numbered);
    }
    return undefined;
  }

  private hold(packet: TakePacket): TakePacket {
    this.keeper.keep(packet);
    this.ledger.hold(packet.take, [packet.n, packet.n + 1], packet.durationMs, packet.payload.length);
    return packet;
  }

  // ------------------------------------------------------------------ what the server says
  private opened(takes: readonly TakeState[]): void {
    this.feed.connected();
    const reports = takes.map((state) => ({ take: state.take, saved: savedOf(state) }));
    this.sender.connected(reports, this.around.now());
    if (this.answer) this.ledger.want(this.answer.take);
    for (const state of takes) this.compare(state);
    void this.pump();
  }

  /** What the server has of one take, against what is here. */
  private compare(state: TakeState): void {
    const { take } = state;
    if (state.closed) {
      this.forget(take);
      return;
    }
    const firstFree = Math.max(this.ledger.nextNumber(take), state.next_n);
    for (const packet of this.records.get(take)?.goOn(firstFree, state.next_ms) ?? []) this.hold(packet);
    if (this.answer?.take === take || this.draining.has(take)) {
      this.sayAbsent(take, firstFree);
    } else if (state.packets === null && !this.notes.has(take)) {
      this.socket.say({ type: "take_absent", take, from: state.through + 1, until: null });
    } else {
      const packets = state.packets ?? this.notes.get(take)?.packets ?? Math.max(this.ledger.nextNumber(take), state.next_n);
      this.sayAbsent(take, packets);
      this.close(take, packets);
    }
  }

  private sayAbsent(take: number, packets: number): void {
    for (const [from, until] of this.ledger.absent(take, packets)) this.socket.say({ type: "take_absent", take, from, until });
  }

  private told(message: MediaTold): void {
    if (message.type === "take_saved") {
      this.sender.saved(message.take, message.through, this.around.now());
      this.keeper.saved(message.take, message.through);
      void this.pump();
    }
    if (message.type === "refused" && message.retry) {
      this.sender.rest(this.around.now(), (message.retry_after_s ?? 1) * 1000);
    }
    if (message.type === "take_closed") {
      const missingMs = message.missing.reduce((sum, { start_ms, end_ms }) => sum + end_ms - start_ms, this.store.state.missingMs);
      this.store.dispatch({ missingMs });
      this.forget(message.take);
    }
  }

  private forget(take: number): void {
    this.ledger.forget(take);
    this.records.delete(take);
    this.notes.delete(take);
    void this.keeper.forget(take);
  }

  // ------------------------------------------------------------------ what is sent
  /** The one repeating timer: sends what has gathered, and says how it stands. */
  private tick(): void {
    this.cancelTick = this.around.after(TICK_MS, () => this.tick());
    void this.pump();
    const { unsavedMs } = this.ledger;
    const mostMs = unsavedMs === 0 ? 0 : Math.max(unsavedMs, this.store.state.mostMs);
    this.store.dispatch({ unsavedMs, mostMs, listening: this.listens });
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    for (;;) {
      const run = this.sender.next(this.around.now(), this.socket.bufferedBytes);
      if (!run) break;
      const packets = await this.keeper.read(run.take, run.from, run.to);
      if (packets.length < run.to - run.from) this.lose(run.take, run, packets);
      if (packets.length > 0) this.send(packets);
    }
    this.pumping = false;
  }

  private send(packets: readonly TakePacket[]): void {
    for (const frame of takeFrames(packets)) if (!this.socket.send(frame)) return;
    for (const { take, n, payload } of packets) this.sender.sent({ take, from: n, to: n + 1 }, payload.length, this.around.now());
  }

  /** Storage was emptied behind our back: the server must not wait for it. */
  private lose(take: number, run: { readonly from: number; readonly to: number }, found: readonly TakePacket[]): void {
    this.ledger.lose(take, [run.from, run.to]);
    for (const { n, durationMs, payload } of found) this.ledger.hold(take, [n, n + 1], durationMs, payload.length);
    this.sayAbsent(take, run.to);
  }

  private rest(): void {
    this.cancelTick();
    this.socket.close();
    for (const take of this.ledger.takes) this.ledger.forget(take);
    this.records.clear();
    this.notes.clear();
    this.ready = this.answer = this.current = undefined;
    this.store.dispatch({ listening: false, unsavedMs: 0, mostMs: 0 });
  }
}

/** Inclusive on the wire, half-open here. */
function savedOf({ through, ranges }: TakeState): Ranges {
  return [[0, through + 1], ...ranges.map(([first, last]) => [first, last + 1] as const)];
}
