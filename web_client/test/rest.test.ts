import { afterEach, expect, test, vi } from "vitest";
import { reports } from "../src/protocol/rest";

afterEach(() => vi.unstubAllGlobals());

test("a list that comes in pages is read to its end", async () => {
  const asked: string[] = [];
  const pages = [
    { items: [1, 2], next_cursor: "2" },
    { items: [3], next_cursor: null },
  ];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify(pages[asked.length - 1]));
  });
  expect(await reports("token")).toEqual([1, 2, 3]);
  expect(asked).toEqual(["/api/v1/reports", "/api/v1/reports?cursor=2"]);
});

test("a bare list is taken as it is", async () => {
  vi.stubGlobal("fetch", async () => new Response("[1]"));
  expect(await reports("token")).toEqual([1]);
});
