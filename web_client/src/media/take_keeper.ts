/**
 * Keeps every packet on this device until it is no longer wanted: written in small batches, readable at once. What
 * the database refuses is held in memory and said, once for each kind of trouble; nothing is dropped in silence.
 */
import type { TakeNote, TakePacket } from "./take";
import { type KeptTake, MemoryTakes, type TakeStore } from "./take_store";

/** `refused`: no database here (private windows). `full`: no room on this device. Both: held while the page lives. */
export type KeepingTrouble = "refused" | "full";

const BATCH_PACKETS = 5;
const BATCH_WITHIN_MS = 250;
/** Half an hour of samples, days of Opus. Beyond it capture pauses, which is told as any pause is. */
export const MEMORY_LIMIT_BYTES = 64 * 1024 * 1024;

export class TakeKeeper {
  private store: TakeStore | undefined;
  /** Not yet given to the database, and given but not yet written. */
  private pending: TakePacket[] = [];
  private underway: TakePacket[] = [];
  /** What the database could not take. */
  private readonly memory = new MemoryTakes();
  private writing: Promise<void> = Promise.resolve();
  private cancelWrite: (() => void) | undefined;
  private readonly said = new Set<KeepingTrouble>();

  constructor(
    private readonly openStore: () => Promise<TakeStore>,
    private readonly after: (ms: number, work: () => void) => () => void,
    private readonly troubled: (trouble: KeepingTrouble) => void,
  ) {}

  /** What an earlier page has left here. Never rejects. */
  async open(): Promise<KeptTake[]> {
    await this.flush();
    try {
      this.store = await this.openStore();
      return await this.store.all();
    } catch {
      this.store = undefined;
      this.say("refused");
      return [];
    }
  }

  /** False: there is no room left, also not in memory. */
  get hasRoom(): boolean {
    return this.memory.bytes < MEMORY_LIMIT_BYTES;
  }

  keep(packet: TakePacket): void {
    this.pending.push(packet);
    if (this.pending.length >= BATCH_PACKETS) void this.flush();
    else this.cancelWrite ??= this.after(BATCH_WITHIN_MS, () => void this.flush());
  }

  /** The same at once; resolves when it is written, or held in memory. */
  keepNow(packet: TakePacket): Promise<void> {
    this.pending.push(packet);
    return this.flush();
  }

  note(note: TakeNote): void {
    this.enqueue(async () => {
      await this.memory.note(note);
      await this.store?.note(note).catch((error: unknown) => this.failed(error));
    });
  }

  /** Resolves when everything given so far is written, or held in memory. Never rejects. */
  flush(): Promise<void> {
    this.cancelWrite?.();
    this.cancelWrite = undefined;
    const batch = this.pending;
    this.pending = [];
    this.underway.push(...batch);
    return batch.length > 0 ? this.enqueue(() => this.write(batch)) : this.writing;
  }

  /** Those of [from, to) that are kept, in order. Never rejects. */
  async read(take: number, from: number, to: number): Promise<TakePacket[]> {
    const found = new Map<number, TakePacket>();
    // Looked at first: what is written meanwhile would be neither here nor there.
    const fresh = [...this.underway, ...this.pending].filter((packet) => packet.take === take && packet.n >= from && packet.n < to);
    const stored = (await this.store?.read(take, from, to).catch(() => [])) ?? [];
    for (const packet of [...stored, ...(await this.memory.read(take, from, to)), ...fresh]) found.set(packet.n, packet);
    return [...found.values()].sort((a, b) => a.n - b.n);
  }

  /** The server has everything up to `through`. The database keeps it until the take is closed all the same. */
  saved(take: number, through: number): void {
    this.memory.drop(take, through);
  }

  forget(take: number): Promise<void> {
    this.pending = this.pending.filter((packet) => packet.take !== take);
    return this.enqueue(async () => {
      await this.memory.forget(take);
      await this.store?.forget(take).catch(() => undefined);
    });
  }

  /** Consent is withdrawn, or everything is saved. What a broken database keeps goes when a page is opened next. */
  forgetAll(): Promise<void> {
    this.pending = [];
    return this.enqueue(async () => {
      await this.memory.forgetAll();
      await this.store?.forgetAll().catch(() => undefined);
    });
  }

  /** Another page may go on with what is kept. */
  async close(): Promise<void> {
    await this.flush();
    this.store?.close();
    this.store = undefined;
  }

  private async write(batch: readonly TakePacket[]): Promise<void> {
    try {
      if (!this.store) throw new Error("no database");
      await this.store.write(batch);
    } catch (error) {
      await this.memory.write(batch);
      if (this.store) this.failed(error);
    }
    // Batches are written in order, so these are the first ones.
    this.underway = this.underway.slice(batch.length);
  }

  private failed(error: unknown): void {
    const name = typeof error === "object" && error !== null && "name" in error ? error.name : "";
    this.say(name === "QuotaExceededError" ? "full" : "refused");
  }

  private say(trouble: KeepingTrouble): void {
    if (this.said.has(trouble)) return;
    this.said.add(trouble);
    this.troubled(trouble);
  }

  /** One after the other, so that what is forgotten is not written again behind our back. */
  private enqueue(work: () => Promise<void>): Promise<void> {
    this.writing = this.writing.then(work);
    return this.writing;
  }
}
