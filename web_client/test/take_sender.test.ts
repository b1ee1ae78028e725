import { describe, expect, test } from "vitest";
import { TakeLedger } from "../src/media/take_ledger";
import { AGAIN_AFTER_MS, BEHIND_BYTES, BYTES_PER_S, GATHER_MS, ON_THE_WAY_BYTES, TakeSender } from "../src/media/take_sender";
import { chances } from "./fakes";

function held(count: number, bytes = 150, take = 1): [TakeLedger, TakeSender] {
  const ledger = new TakeLedger();
  ledger.hold(take, [0, count], 60, bytes);
  return [ledger, new TakeSender(ledger)];
}

const nothing = (take: number) => ({ take, saved: [] });

describe("the books", () => {
  test("what is held and neither durable nor on its way is sent: oldest take first, oldest packet first", () => {
    const [ledger] = held(10, 150, 2);
    ledger.hold(1, [0, 3], 60, 150);
    ledger.connected([nothing(1), { take: 2, saved: [[0, 2], [5, 7]] }]);
    expect(ledger.next()).toMatchObject({ take: 1, from: 0, to: 3 });
    ledger.sent(1, [0, 3]);
    expect(ledger.next()).toMatchObject({ take: 2, from: 2, to: 5 });
    ledger.sent(2, [2, 5]);
    expect(ledger.next()).toMatchObject({ take: 2, from: 7, to: 10 });
    ledger.sent(2, [7, 10]);
    expect(ledger.next()).toBeUndefined();
    expect(ledger.unsavedMs).toBe(3 * 60 + 6 * 60);
  });
  test("a new connection forgets what was on its way", () => {
    const [ledger] = held(5);
    ledger.connected([nothing(1)]);
    ledger.sent(1, [0, 5]);
    ledger.connected([{ take: 1, saved: [[0, 2]] }]);
    expect(ledger.next()).toMatchObject({ from: 2, to: 5 });
  });
  test("a take that the server does not know is kept and not sent", () => {
    const [ledger] = held(5);
    ledger.connected([]);
    expect(ledger.next()).toBeUndefined();
    expect(ledger.unsavedMs).toBe(300);
    ledger.want(1);
    expect(ledger.next()).toMatchObject({ take: 1, from: 0 });
  });
  test("what neither side has is named", () => {
    const ledger = new TakeLedger();
    ledger.hold(1, [12, 15], 60, 100);
    ledger.connected([{ take: 1, saved: [[0, 5], [8, 10]] }]);
    expect(ledger.absent(1, 15)).toEqual([[5, 8], [10, 12]]);
    expect([ledger.ends(1), ledger.ends(2)]).toEqual([{ held: 15, saved: 10 }, { held: 0, saved: 0 }]);
    ledger.lose(1, [12, 14]);
    expect(ledger.absent(1, 15)).toEqual([[5, 8], [10, 14]]);
  });
});

describe("the pace", () => {
  test("nothing is sent before the server has said what it has, nor after the connection is lost", () => {
    const [, sender] = held(20);
    expect(sender.next(0, 0)).toBeUndefined();
    sender.connected([nothing(1)], 0);
    expect(sender.next(0, 0)).toMatchObject({ from: 0, to: 16 });
    sender.lost();
    expect(sender.next(0, 0)).toBeUndefined();
  });
  test("the newest packets gather for a second; a full run, or the last of a take, goes at once", () => {
    const [ledger, sender] = held(4);
    sender.connected([nothing(1)], 0);
    expect(sender.next(0, 0)).toBeUndefined();
    expect(sender.next(GATHER_MS - 1, 0)).toBeUndefined();
    expect(sender.next(GATHER_MS, 0)).toMatchObject({ from: 0, to: 4 });
    sender.sent({ take: 1, from: 0, to: 4 }, 600, GATHER_MS);
    ledger.hold(1, [4, 6], 60, 150);
    expect(sender.next(GATHER_MS, 0)).toBeUndefined();
    ledger.finish(1, 6);
    expect(sender.next(GATHER_MS, 0)).toMatchObject({ from: 4, to: 6 });
  });
  test("the live sound goes first: nothing while the socket is behind", () => {
    const [, sender] = held(40);
    sender.connected([nothing(1)], 0);
    expect(sender.next(0, BEHIND_BYTES + 1)).toBeUndefined();
    expect(sender.next(0, BEHIND_BYTES)).toBeDefined();
  });
  test("what is not acknowledged is sent again, and a full server is given time", () => {
    const [, sender] = held(16);
    sender.connected([nothing(1)], 0);
    sender.sent({ take: 1, from: 0, to: 16 }, 2_400, 0);
    expect(sender.next(AGAIN_AFTER_MS - 1, 0)).toBeUndefined();
    expect(sender.next(AGAIN_AFTER_MS, 0)).toMatchObject({ from: 0, to: 16 });
    sender.sent({ take: 1, from: 0, to: 16 }, 2_400, AGAIN_AFTER_MS);
    sender.rest(6_000, 3_000);
    expect(sender.next(8_999, 0)).toBeUndefined();
    expect(sender.next(9_000, 0)).toMatchObject({ from: 0, to: 16 });
  });
});

/** A line that loses connections, and a server that makes durable what it got, a little later. */
test("whatever the line does, every packet arrives, bounded in rate and on the way", () => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const chance = chances(seed);
    const bytes = seed % 3 === 0 ? 1_920 : 150;
    const ledger = new TakeLedger();
    const sender = new TakeSender(ledger);
    const arrived = new Set<number>();
    let [line, sentBytes, made, connectedAt] = [[] as { at: number; n: number }[], 0, 0, -1];
    for (let now = 0; now < 150_000; now += 50) {
      const recording = now < 60_000;
      if (recording && now % 100 === 0) ledger.hold(1, [made, (made += 1)], 60, bytes);
      if (!recording) ledger.finish(1, made);
      if (connectedAt >= 0 && now < 110_000 && chance() < 0.004) {
        [line, connectedAt] = [[], -1];
        sender.lost();
      } else if (connectedAt < 0 && chance() < 0.02) {
        connectedAt = now;
        sentBytes = 0;
        sender.connected([{ take: 1, saved: [...arrived].map((n) => [n, n + 1] as const) }], now);
      }
      if (connectedAt < 0) continue;
      for (const { n } of line.filter(({ at }) => at <= now)) arrived.add(n);
      line = line.filter(({ at }) => at > now);
      let through = -1;
      while (arrived.has(through + 1)) through += 1;
      if (now % 250 === 0) sender.saved(1, [[0, through + 1]], now);
      for (let run = sender.next(now, 0); run; run = sender.next(now, 0)) {
        const size = (run.to - run.from) * bytes;
        expect(run.to - run.from).toBeLessThanOrEqual(16);
        sender.sent(run, size, now);
        sentBytes += size;
        for (let n = run.from; n < run.to; n += 1) line.push({ at: now + 80, n });
        expect(ledger.bytesOnTheWay).toBeLessThanOrEqual(ON_THE_WAY_BYTES + 16 * bytes);
        expect(sentBytes).toBeLessThanOrEqual(ON_THE_WAY_BYTES + 16 * bytes + ((now - connectedAt) * BYTES_PER_S) / 1000);
      }
    }
    expect([seed, arrived.size, ledger.unsavedMs]).toEqual([seed, made, 0]);
  }
});
