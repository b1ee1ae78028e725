import { expect, test } from "vitest";
import { Hr, type HrAction, type HrState, reduceHr, upToDate, WATCHERS } from "../src/state/hr";
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

test("a data steward is signed in without a list of interviews that would be refused", () => {
  const world = new FakeWorld();
  const user = { name: "shen", roles: ["steward"], branch: null };
  const kept = JSON.stringify({ token: "t", expires_at: "2999-01-01T00:00:00Z", user });
  const hr = new Hr("zh", "http://viva", world, { getItem: () => kept, setItem: () => undefined, removeItem: () => undefined });
  hr.resume();
  expect(hr.token).toBe("t");
  expect(hr.store.state.connection).toBe("idle");
  expect([hr.may(["admin", "steward"]), hr.may(WATCHERS)]).toEqual([true, false]);
});
