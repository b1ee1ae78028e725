import { expect, test } from "vitest";
import { Whereabouts } from "../src/protocol/whereabouts";

const EVENTS = "/api/v1/interviews/i1/events";

test("with one process every address is the page's own", () => {
  const where = new Whereabouts(EVENTS, "https://bank.example");
  expect(where.address(EVENTS)).toBe(`https://bank.example${EVENTS}`);
  where.lost();
  where.lost();
  expect(where.address(EVENTS)).toBe(`https://bank.example${EVENTS}`);
});

test("goes where it is sent, with every address it knows", () => {
  const where = new Whereabouts(`https://bank.example/p/a${EVENTS}`, "https://bank.example", ["https://bank.example/p/b"]);
  expect(where.address(EVENTS)).toBe(`https://bank.example/p/a${EVENTS}`);
  expect(where.moved("https://bank.example/p/b/")).toBe(true);
  expect(where.address(`https://bank.example/p/a/api/v1/interviews/i1/whip`)).toBe(
    "https://bank.example/p/b/api/v1/interviews/i1/whip",
  );
});

test("asks at home first when the process is gone, then all the others", () => {
  const where = new Whereabouts(`http://a:1${EVENTS}`, "http://home", ["http://a:1", "http://b:2"]);
  where.moved("http://b:2");
  where.welcomed();
  const asked = [0, 1, 2, 3].map(() => {
    where.lost();
    return where.address("/api/v1/x");
  });
  expect(asked).toEqual(["http://a:1/api/v1/x", "http://home/api/v1/x", "http://b:2/api/v1/x", "http://a:1/api/v1/x"]);
});

test("who was told of nobody remembers where it was sent, for when home is gone", () => {
  const where = new Whereabouts("/api/v1/hr/events", "http://home");
  where.moved("http://b:2");
  where.welcomed();
  const asked = [0, 1, 2].map(() => {
    where.lost();
    return where.address("/api/v1/x");
  });
  expect(asked).toEqual(["http://home/api/v1/x", "http://b:2/api/v1/x", "http://home/api/v1/x"]);
});

test("comes back to whoever asked it to wait", () => {
  const where = new Whereabouts(`http://a:1${EVENTS}`, "http://home", ["http://b:2"]);
  where.moved("http://b:2");
  where.lost(true);
  expect(where.address("/api/v1/x")).toBe("http://b:2/api/v1/x");
});

test("is not sent around for ever", () => {
  const where = new Whereabouts(EVENTS, "http://home");
  const answers = Array.from({ length: 10 }, (_, n) => where.moved(`http://p${n}`));
  expect(answers.filter(Boolean)).toHaveLength(8);
  where.welcomed();
  expect(where.moved("http://p")).toBe(true);
});
