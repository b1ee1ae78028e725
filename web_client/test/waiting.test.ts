import { expect, test } from "vitest";
import { initialCandidate, reduceCandidate, type CandidateState } from "../src/state/candidate";
import { secondsLeft, waitingFor } from "../src/state/waiting";
import type { Refused } from "../src/protocol/generated";
import { envelope, phase, welcome } from "./fakes";

const refused = (code: string, retry_after_s: number | null, place: number | null = null): Refused & { type: "refused" } => ({
  type: "refused",
  code,
  message: { zh: "", en: "" },
  retry: retry_after_s !== null,
  fault: "server",
  retry_after_s,
  place,
});

const hear = (state: CandidateState, message: Parameters<typeof envelope>[0], nowMs: number): CandidateState =>
  reduceCandidate(state, { type: "received", envelope: envelope(message), nowMs });

test("a full server gives a place and a time, and no complaint", () => {
  const state = hear(initialCandidate("zh"), refused("server_full", 5, 3), 1_000);
  expect(state.waiting?.why.place).toBe(3);
  expect(state.complaint).toBeUndefined();
  expect(state.waiting && secondsLeft(state.waiting, 2_500)).toBe(4);
  expect(state.waiting && secondsLeft(state.waiting, 60_000)).toBe(1);
});

test("the next answer takes the place of the last, and a welcome ends the waiting", () => {
  const first = hear(initialCandidate("zh"), refused("server_full", 5, 3), 0);
  const second = hear(first, refused("server_busy", 2, 1), 5_000);
  expect(second.waiting?.why.place).toBe(1);
  expect(hear(second, welcome(phase("consent")), 7_000).waiting).toBeUndefined();
});

test("what is refused for good, or is about one message, is not waited for", () => {
  expect(waitingFor(refused("link_revoked", null), 0)).toBeUndefined();
  expect(waitingFor(refused("too_many_messages", 1), 0)).toBeUndefined();
  expect(hear(initialCandidate("zh"), refused("too_many_messages", 1), 0).complaint?.code).toBe("too_many_messages");
});
