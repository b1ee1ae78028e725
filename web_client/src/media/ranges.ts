/** Sets of whole numbers as half-open ranges [from, to): sorted, apart from each other, none empty. Pure. */
export type Range = readonly [from: number, to: number];
export type Ranges = readonly Range[];

export function within(ranges: Ranges, n: number): boolean {
  return ranges.some(([from, to]) => from <= n && n < to);
}

export function union(ranges: Ranges, [from, to]: Range): Ranges {
  if (from >= to) return ranges;
  const before = ranges.filter((range) => range[1] < from);
  const after = ranges.filter((range) => range[0] > to);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const joined: Range = [Math.min(from, ...touched.map((range) => range[0])), Math.max(to, ...touched.map((range) => range[1]))];
  return [...before, joined, ...after];
}

/** What is in `ranges` and not in `taken`. */
export function without(ranges: Ranges, taken: Ranges): Ranges {
  const left: Range[] = [];
  for (const [start, end] of ranges) {
    let from = start;
    for (const [takenFrom, takenTo] of taken) {
      if (takenTo <= from || takenFrom >= end) continue;
      if (takenFrom > from) left.push([from, takenFrom]);
      from = Math.max(from, takenTo);
    }
    if (from < end) left.push([from, end]);
  }
  return left;
}

export function size(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** One more than the largest number; 0 of none. */
export function end(ranges: Ranges): number {
  return ranges.at(-1)?.[1] ?? 0;
}
