import { expect, test } from "vitest";
import { end, type Range, type Ranges, size, union, within, without } from "../src/media/ranges";
import { chances } from "./fakes";

const LIMIT = 40;

function numbersOf(ranges: Ranges): number[] {
  return Array.from({ length: LIMIT }, (_, n) => n).filter((n) => within(ranges, n));
}

/** Some ranges, and the same numbers as a plain set. */
function some(chance: () => number): [Ranges, Set<number>] {
  let ranges: Ranges = [];
  const numbers = new Set<number>();
  for (let i = Math.floor(chance() * 8); i > 0; i -= 1) {
    const from = Math.floor(chance() * LIMIT);
    const to = Math.min(LIMIT, from + Math.floor(chance() * 7));
    ranges = union(ranges, [from, to]);
    for (let n = from; n < to; n += 1) numbers.add(n);
  }
  return [ranges, numbers];
}

test("ranges are a set of numbers, in their shortest form", () => {
  const chance = chances(11);
  for (let run = 0; run < 500; run += 1) {
    const [a, inA] = some(chance);
    const [b, inB] = some(chance);
    expect(numbersOf(a)).toEqual([...inA].sort((x, y) => x - y));
    const left = without(a, b);
    expect(numbersOf(left)).toEqual([...inA].filter((n) => !inB.has(n)).sort((x, y) => x - y));
    expect(size(left)).toBe(numbersOf(left).length);
    for (const ranges of [a, left]) {
      expect(ranges.every(([from, to]) => from < to)).toBe(true);
      expect(ranges.every((range, i) => i === 0 || (ranges[i - 1] as Range)[1] < range[0])).toBe(true);
    }
  }
});

test("the end of nothing is nothing", () => {
  expect([end([]), end([[0, 3], [5, 9]]), size([])]).toEqual([0, 9, 0]);
});
