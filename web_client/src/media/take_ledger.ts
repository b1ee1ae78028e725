/**
 * The books of the takes: what this device holds, what the server has made durable, what is on its way, and so
 * what to send next. No clock, no socket, no storage in here.
 *
 *   held ──sent()──► on its way ──saved()──► durable          a new connection: on its way ──► held
 */
import { end, type Range, type Ranges, size, union, without } from "./ranges";

/** What the server says about one take when a connection begins. */
export interface TakeReport {
  readonly take: number;
  readonly saved: Ranges;
}

export interface Run {
  readonly take: number;
  readonly from: number;
  readonly to: number;
  /** It reaches the newest packet of a take that goes on: a moment later it would be longer. */
  readonly growing: boolean;
}

interface Account {
  /** The server takes packets of it. One that it does not know is kept, and not sent. */
  wanted: boolean;
  held: Ranges;
  saved: Ranges;
  onTheWay: Ranges;
  /** How many packets the whole take has, once it is over. */
  packets: number | undefined;
  packetMs: number;
  /** The largest so far, so that estimates err on the safe side. */
  packetBytes: number;
}

export class TakeLedger {
  private readonly accounts = new Map<number, Account>();

  /** Kept on this device: one more packet, or what storage still had. */
  hold(take: number, range: Range, packetMs: number, packetBytes: number): void {
    const account = this.account(take);
    account.held = union(account.held, range);
    account.packetMs = packetMs;
    account.packetBytes = Math.max(account.packetBytes, packetBytes);
  }

  /** The take is over and has that many packets. */
  finish(take: number, packets: number): void {
    this.account(take).packets = packets;
  }

  sent(take: number, [from, to]: Range): void {
    const account = this.account(take);
    account.onTheWay = union(account.onTheWay, [from, to]);
  }

  /** These are durable, too. False: that was known. */
  saved(take: number, ranges: Ranges): boolean {
    const account = this.accounts.get(take);
    if (!account) return false;
    const before = size(account.saved);
    for (const range of ranges) account.saved = union(account.saved, range);
    account.onTheWay = without(account.onTheWay, account.saved);
    return size(account.saved) !== before;
  }

  /** A new connection: the server says what it has of the takes that it knows. */
  connected(reports: readonly TakeReport[]): void {
    this.again();
    for (const account of this.accounts.values()) account.wanted = false;
    for (const report of reports) {
      const account = this.account(report.take);
      account.wanted = true;
      for (const range of report.saved) account.saved = union(account.saved, range);
    }
  }

  /** What was on its way is taken for lost. */
  again(): void {
    for (const account of this.accounts.values()) account.onTheWay = [];
  }

  /** The server has opened it on the connection that is there. */
  want(take: number): void {
    this.account(take).wanted = true;
  }

  /** It is not on this device after all: storage was emptied behind our back. */
  lose(take: number, range: Range): void {
    const account = this.account(take);
    account.held = without(account.held, [range]);
  }

  /** What neither this device nor the server has, of the first `packets` of a take. */
  absent(take: number, packets: number): Ranges {
    const { held, saved } = this.account(take);
    return without(without([[0, packets]], held), saved);
  }

  forget(take: number): void {
    this.accounts.delete(take);
  }

  /** The oldest packets of the oldest take that are neither durable nor on their way; at most a second of them. */
  next(): Run | undefined {
    for (const [take, account] of this.inOrder()) {
      if (!account.wanted) continue;
      const first = without(without(account.held, account.saved), account.onTheWay)[0];
      if (!first) continue;
      const to = Math.min(first[1], first[0] + Math.max(1, Math.floor(RUN_MS / account.packetMs)));
      const full = (to - first[0] + 1) * account.packetMs > RUN_MS;
      return { take, from: first[0], to, growing: account.packets === undefined && to === end(account.held) && !full };
    }
    return undefined;
  }

  /** One more than the largest number that is held here, and that is durable. */
  ends(take: number): { readonly held: number; readonly saved: number } {
    const account = this.accounts.get(take);
    return { held: end(account?.held ?? []), saved: end(account?.saved ?? []) };
  }

  /** How much of what this device holds is not durable yet. */
  get unsavedMs(): number {
    let ms = 0;
    for (const { held, saved, packetMs } of this.accounts.values()) ms += size(without(held, saved)) * packetMs;
    return ms;
  }

  get bytesOnTheWay(): number {
    let bytes = 0;
    for (const { onTheWay, packetBytes } of this.accounts.values()) bytes += size(onTheWay) * packetBytes;
    return bytes;
  }

  get takes(): readonly number[] {
    return this.inOrder().map(([take]) => take);
  }

  private inOrder(): [number, Account][] {
    return [...this.accounts].sort(([a], [b]) => a - b);
  }

  private account(take: number): Account {
    const known = this.accounts.get(take);
    if (known) return known;
    const account: Account = { wanted: false, held: [], saved: [], onTheWay: [], packets: undefined, packetMs: 60, packetBytes: 0 };
    this.accounts.set(take, account);
    return account;
  }
}

/** A run of packets is at most this long. */
const RUN_MS = 1_000;
