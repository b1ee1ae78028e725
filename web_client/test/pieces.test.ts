import { describe, expect, test } from "vitest";
import type { Caption, Timer } from "../src/protocol/generated";
import { socketUrl } from "../src/protocol/rest";
import { joiner, withCaption } from "../src/state/captions";
import { heardClock, interviewNow, UNKNOWN_CLOCK } from "../src/state/clock";
import { clockText, countdown, milestone, momentText } from "../src/state/countdown";
import { isSaved, MAX_DRAFT_CHARACTERS, openDraft, saved, typed } from "../src/state/draft";
import { Kept } from "../src/state/kept";
import { momentOf } from "../src/views/hr/playEvidence";
import { routeOf, searchOf } from "../src/views/hr/route";

describe("the interview clock", () => {
  test("the least delayed message wins", () => {
    const clock = [
      [1_000, 500],
      [1_900, 1_480],
      [10, 2_000],
    ].reduce((known, [at = 0, now = 0]) => heardClock(known, at, now), UNKNOWN_CLOCK);
    expect(interviewNow(clock, 3_000)).toBe(3_500);
  });
});

describe("a countdown", () => {
  const timer: Timer = { phase: "thinking", started_at_ms: 1_000, ends_at_ms: 61_000, paused: false, left_ms: null };
  test("runs out and stays at nothing", () => {
    expect(countdown(timer, 31_000)).toEqual({ leftMs: 30_000, share: 0.5, paused: false });
    expect(countdown(timer, 99_000)).toEqual({ leftMs: 0, share: 0, paused: false });
  });
  test("stands still while paused, and has no end when unlimited", () => {
    expect(countdown({ ...timer, paused: true, left_ms: 15_000 }, 99_000)).toEqual({ leftMs: 15_000, share: 0.25, paused: true });
    expect(countdown({ ...timer, ends_at_ms: null }, 99_000)).toMatchObject({ leftMs: undefined, share: 1 });
    expect(countdown(null, 0)).toBeUndefined();
  });
  test("shows a second until it is over", () => {
    expect([clockText(60_000), clockText(59_001), clockText(1), clockText(0)]).toEqual(["1:00", "1:00", "0:01", "0:00"]);
  });
  test("a moment of a recording is told to the tenth", () => {
    expect([momentText(0), momentText(3_149), momentText(59_960), momentText(125_000)]).toEqual(["0:00.0", "0:03.1", "1:00.0", "2:05.0"]);
  });
  test("says each milestone once, and only where it tells something", () => {
    const said = [];
    for (let left = 120_000; left >= 0; left -= 250) {
      const passed = milestone(left + 250, left, 120_000);
      if (passed) said.push([passed, left]);
    }
    expect(said).toEqual([
      ["half", 60_000],
      ["seconds_30", 30_000],
      ["seconds_10", 10_000],
    ]);
    expect(milestone(30_100, 29_900, 60_000)).toBe("half");
    expect(milestone(4_100, 3_900, 8_000)).toBeUndefined();
  });
});

describe("a draft", () => {
  test("its revisions grow, even if the clock goes back", () => {
    const first = typed(openDraft("q1"), "a", 5_000);
    const second = typed(first, "ab", 4_000);
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(typed(second, "ab", 9_000)).toBe(second);
  });
  test("is saved when its last revision is", () => {
    const draft = typed(typed(openDraft("q1"), "a", 10), "ab", 20);
    expect(isSaved(saved(draft, "q1", 10))).toBe(false);
    expect(isSaved(saved(draft, "q1", 20))).toBe(true);
    expect(isSaved(saved(draft, "q2", 20))).toBe(false);
  });
  test("has a longest length", () => {
    expect(typed(openDraft("q1"), "x".repeat(MAX_DRAFT_CHARACTERS + 5), 1).text).toHaveLength(MAX_DRAFT_CHARACTERS);
  });
});

describe("captions", () => {
  const caption = (utterance_id: string, revision: number, committed: string, final = false): Caption => ({
    type: "caption",
    question_id: "q1",
    utterance_id,
    revision,
    committed,
    partial: "",
    final,
    language: "zh",
    start_ms: Number(utterance_id.slice(1)) * 1_000,
    end_ms: 0,
    words: [],
  });
  test("an older revision never overwrites a newer one, nor anything a final one", () => {
    const shown = [caption("u1", 2, "b"), caption("u1", 1, "a"), caption("u1", 3, "c", true), caption("u1", 9, "z")].reduce(
      withCaption,
      [] as readonly Caption[],
    );
    expect(shown.map((c) => c.committed)).toEqual(["c"]);
  });
  test("stand in the order in which they were spoken", () => {
    const shown = [caption("u2", 1, "二"), caption("u1", 1, "一")].reduce(withCaption, [] as readonly Caption[]);
    expect(shown.map((c) => c.committed)).toEqual(["一", "二"]);
  });
  test("only words with spaces get a space between them", () => {
    expect([joiner("你好", "世界"), joiner("hello.", "World"), joiner("", "x"), joiner("ok", "好")]).toEqual(["", " ", "", ""]);
  });
});

describe("what survives a reload", () => {
  const storage = (): Pick<Storage, "getItem" | "setItem" | "removeItem"> => {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  };
  test("a draft belongs to its question and to its link", () => {
    const place = storage();
    const draft = typed(openDraft("q1"), "text", 7);
    new Kept(place, "a").keepDraft(draft);
    expect(new Kept(place, "a").draft("q1")).toEqual(draft);
    expect(new Kept(place, "a").draft("q2")).toBeUndefined();
    expect(new Kept(place, "b").draft("q1")).toBeUndefined();
    new Kept(place, "a").forgetSession();
    expect(new Kept(place, "a").draft("q1")).toBeUndefined();
  });
  test("storage that is forbidden, full or spoilt is as good as empty", () => {
    const broken = {
      getItem: () => "{",
      setItem: () => {
        throw new Error("full");
      },
      removeItem: () => undefined,
    };
    const kept = new Kept(broken, "a");
    kept.keepDraft(openDraft("q1"));
    expect(kept.session()).toBeUndefined();
    expect(new Kept(undefined, "a").session()).toBeUndefined();
  });
});

test("addresses of HR's views go there and back", () => {
  for (const route of [{ name: "live" }, { name: "reports" }, { name: "invite" }, { name: "interview", id: "i 1/&" }, { name: "report", id: "r1" }] as const) {
    expect(routeOf(searchOf(route))).toEqual(route);
  }
});

test("a quote's moment in its recording", () => {
  expect(momentOf("#t=12.3,15.8")).toEqual({ from: 12.3, to: 15.8 });
  expect(momentOf("#t=4")).toEqual({ from: 4, to: Infinity });
  expect(momentOf("")).toEqual({ from: 0, to: Infinity });
});

test("socket addresses keep the origin, its safety and its path", () => {
  expect(socketUrl("/api/v1/x", "https://bank.example/viva-2/")).toBe("wss://bank.example/viva-2/api/v1/x");
  expect(socketUrl("/api/v1/x", "https://bank.example")).toBe("wss://bank.example/api/v1/x");
  expect(socketUrl("http://127.0.0.1:8000/y?epoch=2", "https://bank.example")).toBe("ws://127.0.0.1:8000/y?epoch=2");
});
