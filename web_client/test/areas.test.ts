import { expect, test } from "vitest";
import { DICTIONARIES, lookUp } from "../src/text/dictionary";
import { AREAS } from "../src/views/hr/areas";
import { type Route, routeOf, searchOf } from "../src/views/hr/route";

test("every place on HR's page has an address, and every address leads back to it", () => {
  const places: Route[] = [
    { name: "live" },
    { name: "reports" },
    { name: "invite" },
    { name: "more" },
    { name: "interview", id: "iv_1" },
    { name: "report", id: "rp/1&x=2" },
    { name: "scorecard", id: "iv_1" },
    { name: "area", area: "audit" },
    { name: "area", area: "audit", open: "a b&c" },
  ];
  for (const place of places) expect(routeOf(searchOf(place))).toEqual(place);
  expect(routeOf("?view=nonsense")).toEqual({ name: "live" });
});

test("every area has a name of its own and words in both languages", () => {
  expect(new Set(AREAS.map(({ name }) => name)).size).toBe(AREAS.length);
  for (const language of Object.keys(DICTIONARIES) as ("zh" | "en")[]) {
    for (const { title, lead } of AREAS) expect(lookUp(language, title) && lookUp(language, lead), title).toBeTruthy();
  }
});
