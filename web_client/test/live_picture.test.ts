import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followLive, LIVE_AGAIN_AFTER_MS, type Picture } from "../src/media/live_picture";
import type { Watching } from "../src/media/whep";

let shown: string[];
let losts: (() => void)[];
let closed: number;
let works: boolean;

const watch = async (lost: () => void): Promise<Watching> => {
  if (!works) throw new Error("whep_timeout");
  losts.push(lost);
  return { stream: undefined as unknown as MediaStream, close: () => (closed += 1) };
};
const show = (picture: Picture): number => shown.push(picture.way);
const passes = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  [shown, losts, closed, works] = [[], [], 0, true];
});
afterEach(() => vi.useRealTimers());

test("who could not see live at once sees live when it works", async () => {
  works = false;
  followLive(watch, show);
  await passes(LIVE_AGAIN_AFTER_MS);
  expect(shown).toEqual(["stills", "stills"]);
  works = true;
  await passes(LIVE_AGAIN_AFTER_MS);
  expect(shown).toEqual(["stills", "stills", "live"]);
  await passes(LIVE_AGAIN_AFTER_MS * 3);
  expect(losts).toHaveLength(1);
});

test("what is lost is looked for again", async () => {
  followLive(watch, show);
  await passes(0);
  losts[0]?.();
  await passes(LIVE_AGAIN_AFTER_MS);
  expect(shown).toEqual(["live", "stills", "live"]);
});

test("who has gone away watches nothing and tries nothing", async () => {
  const leave = followLive(watch, show);
  await passes(0);
  leave();
  expect(closed).toBe(1);
  losts[0]?.();
  await passes(LIVE_AGAIN_AFTER_MS * 2);
  expect(shown).toEqual(["live"]);
  expect(losts).toHaveLength(1);
});

test("who goes away while it connects keeps nothing open", async () => {
  followLive(watch, show)();
  await passes(0);
  expect(closed).toBe(1);
  expect(shown).toEqual([]);
});
