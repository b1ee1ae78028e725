/** Utterances of one answer, replaced by id; an older revision never overwrites a newer one. */
import type { Caption } from "../protocol/generated";

export type Captions = readonly Caption[];

export function withCaption(captions: Captions, next: Caption): Captions {
  const index = captions.findIndex((c) => c.utterance_id === next.utterance_id);
  if (index < 0) return [...captions, next].sort((a, b) => a.start_ms - b.start_ms);
  const known = captions[index];
  if (known && (known.final || known.revision > next.revision) && !next.final) return captions;
  return captions.map((c, i) => (i === index ? next : c));
}

/** Chinese runs on; other languages need a space between utterances. */
export function joiner(before: string, after: string): string {
  if (!before || !after) return "";
  return /[\u3000-\u9fff\uff00-\uffef]$/.test(before) || /^[\u3000-\u9fff\uff00-\uffef]/.test(after) ? "" : " ";
}
