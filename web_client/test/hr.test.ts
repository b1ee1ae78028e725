import { expect, test } from "vitest";
import { Hr, type HrAction, type HrState, reduceHr, upToDate } from "../src/state/hr";
import { FakeWorld } from "./fakes";

function after(...actions: HrAction[]): HrState {
  const empty = new Hr("zh", "http://viva", new FakeWorld(), undefined).store.state;
  return actions.reduce(reduceHr, empty);
}

test("what HR sees is up to date only while the server answers", () => {
  const open: HrAction = { type: "connection", state: "open" };
  const silent: HrAction = { type: "silent", silent: true };
  expect(upToDate(after())).toBe(false);
  expect(upToDate(after(open))).toBe(true);
  expect(upToDate(after(open, silent))).toBe(false);
  expect(upToDate(after(open, silent, { type: "silent", silent: false }))).toBe(true);
  expect(upToDate(after(open, { type: "connection", state: "waiting" }))).toBe(false);
  expect(upToDate(after(open, silent, { type: "connection", state: "connecting" }, open))).toBe(true);
});

test("an answer like the last one changes nothing", () => {
  const state = after({ type: "connection", state: "open" });
  expect(reduceHr(state, { type: "silent", silent: false })).toBe(state);
});
