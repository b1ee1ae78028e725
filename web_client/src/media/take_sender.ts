/**
 * When to send what the ledger says is missing, so that it arrives soon and the live sound never waits for it:
 * at a bounded rate, with a bounded number of bytes on the way, and not while the socket itself is behind.
 * Pure: time is an argument.
 */
import type { Ranges } from "./ranges";
import type { Run, TakeLedger, TakeReport } from "./take_ledger";

/** Ten times what Opus needs and three times what samples need, so that a minute's cut is caught up in seconds. */
export const BYTES_PER_S = 96 * 1024;
/** What may lie in the network's buffers before a live packet: half a second of a slow line. */
export const ON_THE_WAY_BYTES = 48 * 1024;
/** The socket has not yet sent what it was given: the live sound waits already. */
export const BEHIND_BYTES = 8 * 1024;
/** The newest packets are sent in runs, not one by one. */
export const GATHER_MS = 1_000;
/** Something is on the way and nothing becomes durable: it is sent again. */
export const AGAIN_AFTER_MS = 5_000;

export class TakeSender {
  private open = false;
  private budgetBytes = 0;
  private budgetAtMs = 0;
  private gatheringSinceMs: number | undefined;
  private progressAtMs = 0;
  private restsUntilMs = 0;

  constructor(private readonly ledger: TakeLedger) {}

  /** The server has said what it has: sending may begin. */
  connected(reports: readonly TakeReport[], nowMs: number): void {
    this.ledger.connected(reports);
    this.open = true;
    this.budgetBytes = ON_THE_WAY_BYTES;
    this.budgetAtMs = this.progressAtMs = this.restsUntilMs = nowMs;
  }

  lost(): void {
    this.open = false;
  }

  /** What to send now, if anything. */
  next(nowMs: number, bufferedBytes: number): Run | undefined {
    if (!this.open) return undefined;
    this.budgetBytes = Math.min(ON_THE_WAY_BYTES, this.budgetBytes + ((nowMs - this.budgetAtMs) * BYTES_PER_S) / 1000);
    this.budgetAtMs = nowMs;
    if (this.ledger.bytesOnTheWay > 0 && nowMs - this.progressAtMs >= AGAIN_AFTER_MS) this.rest(nowMs, 0);
    if (nowMs < this.restsUntilMs || bufferedBytes > BEHIND_BYTES || this.budgetBytes <= 0) return undefined;
    if (this.ledger.bytesOnTheWay >= ON_THE_WAY_BYTES) return undefined;
    const run = this.ledger.next();
    if (!run?.growing) {
      this.gatheringSinceMs = undefined;
      return run;
    }
    this.gatheringSinceMs ??= nowMs;
    return nowMs - this.gatheringSinceMs >= GATHER_MS ? run : undefined;
  }

  sent(run: Pick<Run, "take" | "from" | "to">, bytes: number, nowMs: number): void {
    if (this.ledger.bytesOnTheWay === 0) this.progressAtMs = nowMs;
    this.ledger.sent(run.take, [run.from, run.to]);
    this.budgetBytes -= bytes;
    this.gatheringSinceMs = undefined;
  }

  saved(take: number, ranges: Ranges, nowMs: number): void {
    if (this.ledger.saved(take, ranges)) this.progressAtMs = nowMs;
  }

  /** The server could not keep what it was sent: all of it once more, after a while. */
  rest(nowMs: number, forMs: number): void {
    this.ledger.again();
    this.progressAtMs = nowMs;
    this.restsUntilMs = nowMs + forMs;
  }
}
