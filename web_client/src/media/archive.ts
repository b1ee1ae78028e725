/**
 * The road on which no answer is lost: every packet of a take is kept on this device, sent, and forgotten when the
 * server has all of it. Beside WebRTC it is the second road; without WebRTC the live sound travels on it too.
 *
 *   follow(answer)  which take is open, and whether its sound is wanted now
 *   hear(packet)    the microphone
 */
import { Store } from "../state/store";
import type { MediaTold, TakeClosed, TakeSaved, TakeState } from "../protocol/generated";
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
}

export interface ArchiveState {
  readonly listening: boolean;
  /** An answer is being spoken, and nothing has come from the microphone for seconds. */
  readonly deaf: boolean;
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

const EMPTY: ArchiveState = {
  listening: false,
  deaf: false,
  link: "idle",
  unsavedMs: 0,
  mostMs: 0,
  trouble: undefined,
  missingMs: 0,
};
const TICK_MS = 250;
const DEAF_AFTER_MS = 2_500;

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
  /** How far the takes reach that an earlier page has left. */
  private readonly reach = new Map<number, number>();
  private readonly records = new Map<number, TakeRecord>();
  /** Over, but the encoder may still have something of them. */
  private readonly draining = new Set<number>();
  private interviewId = "";
  private ready: Promise<void> | undefined;
  private answer: OpenAnswer | undefined;
  private current: TakeRecord | undefined;
  private live = false;
  private pumping = false;
  /** When a packet came last, or the page began to listen. */
  private heardAtMs = 0;
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

  /** What is sent has been written down before: so after a reload the numbers on this device are all there are. */
  hear(packet: VoicePacket): void {
    this.heardAtMs = this.around.now();
    const numbered = this.keeper.hasRoom ? this.number(packet) : undefined;
    if (!this.live) {
      if (numbered) this.keeper.keep(numbered);
    } else if (numbered) {
      void this.keeper.keepNow(numbered).then(() => this.sendLive(packet, numbered));
    } else {
      this.feed.sound(packet, undefined);
    }
  }

  private sendLive(packet: VoicePacket, numbered: TakePacket): void {
    const { take, n } = numbered;
    if (this.live && this.feed.sound(packet, numbered)) this.sender.sent({ take, from: n, to: n + 1 }, 0, this.around.now());
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
    void this.keeper.close();
  }

  /** The interview is over, or consent is withdrawn: nothing stays on this device. */
  async destroy(): Promise<void> {
    this.rest();
    await this.keeper.forgetAll();
    await this.keeper.close();
  }

  // ------------------------------------------------------------------ what is recorded
  private async takeUp(interviewId: string): Promise<void> {
    this.interviewId = interviewId;
    for (const { note, held, endMs, packetMs, packetBytes } of await this.keeper.open()) {
      this.notes.set(note.take, note);
      this.reach.set(note.take, endMs);
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
    if (answer?.listening && !this.listens) {
      this.heardAtMs = this.around.now();
      this.current?.listen(now);
    }
    if (!answer?.listening) this.current?.pause(now);
    this.store.dispatch({ listening: this.listens });
    await finished;
  }

  private startRecord({ take, questionId, isNew }: OpenAnswer, now: number): TakeRecord {
    const known = this.notes.get(take);
    this.ledger.want(take);
    const record = new TakeRecord(take, known?.openedAtMs);
    this.records.set(take, record);
    if (isNew && !known) {
      record.goOn(0, 0, now);
      this.remember({ take, questionId, openedAtMs: now, packets: undefined });
    }
    return record;
  }

  /** The server has said what it has of an answer that this page did not see open. */
  private goOn(record: TakeRecord, { take, question_id, next_n, next_ms }: TakeState): void {
    const { held, saved } = this.ledger.ends(take);
    // Nobody has gone on elsewhere: the numbers on this device are the last.
    const mine = held > 0 && saved <= held;
    const [n, fromMs] = mine ? [held, this.reach.get(take) ?? 0] : [next_n, next_ms];
    const packets = record.goOn(n, fromMs, this.around.wallClock());
    if (!this.notes.has(take)) {
      this.remember({ take, questionId: question_id, openedAtMs: record.zeroMs ?? this.around.wallClock(), packets: undefined });
    }
    for (const packet of packets) this.keeper.keep(this.hold(packet));
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
    if (record && record === this.records.get(take) && !record.waits) this.close(take, this.packetsOf(take));
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

  /** How many packets a take has that is over. */
  private packetsOf(take: number): number {
    const { held, saved } = this.ledger.ends(take);
    return Math.max(held, saved);
  }

  private hold(packet: TakePacket): TakePacket {
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
    const record = this.records.get(take);
    if (record?.waits) this.goOn(record, state);
    if (this.answer?.take === take || this.draining.has(take)) {
      this.sayAbsent(take, Math.max(this.packetsOf(take), record?.nextNumber ?? 0));
    } else if (state.packets === null && !this.notes.has(take)) {
      this.socket.say({ type: "take_absent", take, from: state.through + 1, until: null });
    } else {
      const packets = state.packets ?? this.notes.get(take)?.packets ?? this.packetsOf(take);
      this.sayAbsent(take, packets);
      this.close(take, packets);
    }
  }

  private sayAbsent(take: number, packets: number): void {
    for (const [from, until] of this.ledger.absent(take, packets)) this.socket.say({ type: "take_absent", take, from, until });
  }

  private told(message: MediaTold): void {
    if (message.type === "take_saved") {
      this.sender.saved(message.take, savedOf(message), this.around.now());
      this.keeper.saved(message.take, message.through);
      void this.pump();
    }
    if (message.type === "refused" && message.retry) {
      this.sender.rest(this.around.now(), (message.retry_after_s ?? 1) * 1000);
    }
    if (message.type === "take_closed") {
      this.store.dispatch({ missingMs: this.store.state.missingMs + lostMs(message) });
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
    const deaf = this.listens && this.around.now() - this.heardAtMs > DEAF_AFTER_MS;
    this.store.dispatch({ unsavedMs, mostMs, deaf, listening: this.listens });
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    for (;;) {
      const run = this.sender.next(this.around.now(), this.socket.bufferedBytes);
      if (!run) break;
      await this.keeper.flush();
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
    this.reach.clear();
    this.ready = this.answer = this.current = undefined;
    this.store.dispatch({ listening: false, deaf: false, unsavedMs: 0, mostMs: 0 });
  }
}

/** What was said and is not there. A pause of capture is none of it: nothing was heard. */
function lostMs({ missing }: TakeClosed): number {
  const lost = missing.filter(({ cause }) => cause !== "capture_paused");
  return lost.reduce((sum, { start_ms, end_ms }) => sum + end_ms - start_ms, 0);
}

/** Inclusive on the wire, half-open here. */
function savedOf({ through, ranges }: TakeState | TakeSaved): Ranges {
  return [[0, through + 1], ...ranges.map(([first, last]) => [first, last + 1] as const)];
}
