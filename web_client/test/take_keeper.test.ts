import { beforeEach, describe, expect, test } from "vitest";
import { type KeepingTrouble, MEMORY_LIMIT_BYTES, TakeKeeper } from "../src/media/take_keeper";
import type { TakePacket } from "../src/media/take";
import { MemoryTakes } from "../src/media/take_store";
import { FakeWorld } from "./fakes";
import { packet, promised } from "./media_fakes";

/** A database that can be full, and slow. */
class Database extends MemoryTakes {
  full = false;
  batches: number[] = [];
  release: (() => void) | undefined;
  slow = false;

  override async write(packets: readonly TakePacket[]): Promise<void> {
    if (this.slow) await new Promise<void>((resolve) => (this.release = resolve));
    if (this.full) throw new DOMException("", "QuotaExceededError");
    this.batches.push(packets.length);
    await super.write(packets);
  }
}

let world: FakeWorld;
let database: Database;
let troubles: KeepingTrouble[];
let keeper: TakeKeeper;

beforeEach(() => {
  [world, database, troubles] = [new FakeWorld(), new Database(), []];
  keeper = new TakeKeeper(
    () => Promise.resolve(database),
    (ms, work) => world.after(ms, work),
    (trouble) => troubles.push(trouble),
  );
});

const numbers = async (from = 0, to = 100): Promise<number[]> => (await keeper.read(1, from, to)).map(({ n }) => n);

describe("a database that works", () => {
  beforeEach(() => keeper.open());

  test("is written in small batches, and soon", async () => {
    for (let n = 0; n < 7; n += 1) keeper.keep(packet(1, n));
    await promised();
    expect(database.batches).toEqual([5]);
    world.pass(250);
    await promised();
    expect(database.batches).toEqual([5, 2]);
  });
  test("what is not yet written can be read, and nothing is read twice", async () => {
    database.slow = true;
    for (let n = 0; n < 6; n += 1) keeper.keep(packet(1, n));
    await promised();
    expect(await numbers()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await numbers(2, 4)).toEqual([2, 3]);
    database.slow = false;
    database.release?.();
    await keeper.flush();
    expect(await numbers()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(database.batches).toEqual([5, 1]);
  });
  test("what is written while it is being read is not overlooked", async () => {
    database.slow = true;
    for (let n = 0; n < 5; n += 1) keeper.keep(packet(1, n));
    await promised();
    const reading = numbers();
    database.slow = false;
    database.release?.();
    await keeper.flush();
    expect(await reading).toEqual([0, 1, 2, 3, 4]);
  });
  test("what an earlier page has left is found again", async () => {
    keeper.note({ take: 1, questionId: "q1", openedAtMs: 5, packets: undefined });
    for (let n = 0; n < 3; n += 1) keeper.keep(packet(1, n));
    await keeper.flush();
    const later = new TakeKeeper(() => Promise.resolve(database), () => () => undefined, () => undefined);
    expect(await later.open()).toEqual([
      { note: { take: 1, questionId: "q1", openedAtMs: 5, packets: undefined }, held: [[0, 3]], endMs: 180, packetMs: 60, packetBytes: 2 },
    ]);
  });
  test("what must be written at once is", async () => {
    database.slow = true;
    let written = false;
    void keeper.keepNow(packet(1, 0)).then(() => (written = true));
    await promised();
    expect(written).toBe(false);
    database.release?.();
    await promised();
    expect([written, database.batches]).toEqual([true, [1]]);
  });
  test("what is forgotten is gone, also what was on its way to the database", async () => {
    database.slow = true;
    for (let n = 0; n < 6; n += 1) keeper.keep(packet(1, n));
    await promised();
    const gone = keeper.forget(1);
    database.slow = false;
    database.release?.();
    await gone;
    await keeper.flush();
    expect([await numbers(), database.bytes]).toEqual([[], 0]);
    keeper.keep(packet(2, 0));
    await keeper.forgetAll();
    expect([database.bytes, await keeper.read(2, 0, 9)]).toEqual([0, []]);
  });
});

describe("a database that does not", () => {
  test("refused: everything is held in memory, and said once", async () => {
    keeper = new TakeKeeper(
      () => Promise.reject(new Error("private")),
      (ms, work) => world.after(ms, work),
      (trouble) => troubles.push(trouble),
    );
    expect(await keeper.open()).toEqual([]);
    for (let n = 0; n < 12; n += 1) keeper.keep(packet(1, n));
    await keeper.flush();
    expect(await numbers()).toEqual(Array.from({ length: 12 }, (_, n) => n));
    expect(troubles).toEqual(["refused"]);
  });
  test("full: said once, nothing lost, and written again when there is room", async () => {
    await keeper.open();
    keeper.keep(packet(1, 0));
    await keeper.flush();
    database.full = true;
    for (let n = 1; n < 12; n += 1) keeper.keep(packet(1, n));
    await keeper.flush();
    database.full = false;
    keeper.keep(packet(1, 12));
    await keeper.flush();
    expect(await numbers()).toEqual(Array.from({ length: 13 }, (_, n) => n));
    expect(troubles).toEqual(["full"]);
    expect(database.batches).toEqual([1, 1]);
  });
  test("memory keeps only what the server does not have, and has an end", async () => {
    await keeper.open();
    database.full = true;
    const payload = new Uint8Array(MEMORY_LIMIT_BYTES / 4);
    for (let n = 0; n < 4; n += 1) keeper.keep(packet(1, n, { payload }));
    await keeper.flush();
    expect(keeper.hasRoom).toBe(false);
    keeper.saved(1, 1);
    expect([keeper.hasRoom, await numbers()]).toEqual([true, [2, 3]]);
  });
});
