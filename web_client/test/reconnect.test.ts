import { expect, test } from "vitest";
import { delayMs, PATIENT } from "../src/protocol/reconnect";

test("waits grow and stay within the longest", () => {
  const waits = [0, 1, 2, 3, 4, 5, 9, 30].map((attempt) => delayMs(PATIENT, attempt, 0.999));
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waits[0]).toBeLessThanOrEqual(PATIENT.firstMs);
  expect(waits.at(-1)).toBeLessThanOrEqual(PATIENT.longestMs);
});

test("chance spreads a wait over its upper half", () => {
  expect(delayMs(PATIENT, 0, 0)).toBe(PATIENT.firstMs / 2);
  expect(delayMs(PATIENT, 0, 0.5)).toBe(PATIENT.firstMs * 0.75);
});
