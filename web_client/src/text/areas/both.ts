/** One area's words: both languages in one file, and the compiler sees to it that they have the same keys. */
export interface Both<K extends string> {
  readonly en: Readonly<Record<K, string>>;
  readonly zh: Readonly<Record<K, string>>;
}

export function both<K extends string>(en: Record<K, string>, zh: Record<NoInfer<K>, string>): Both<K> {
  return { en, zh };
}
