/** How safe the spoken answer is, in the words that the page has for it. Pure. */
import type { ArchiveState } from "../media/archive";

export type Safety =
  /** Nothing is being recorded, and nothing waits. */
  | { readonly kind: "idle" }
  | { readonly kind: "saved" }
  | { readonly kind: "saving"; readonly seconds: number }
  /** The road is away; what is said stays on this device for now. */
  | { readonly kind: "behind"; readonly seconds: number };

/** Packets travel in runs of a second, and a disk wants a moment: less than this is as good as saved. */
export const USUAL_MS = 2_500;

export function safetyOf({ listening, deaf, link, unsavedMs }: ArchiveState): Safety {
  const seconds = Math.ceil(unsavedMs / 1000);
  // Of what is not heard nobody may say that it is saved.
  if (unsavedMs === 0 && (!listening || deaf)) return { kind: "idle" };
  if (unsavedMs <= (listening ? USUAL_MS : 0)) return { kind: "saved" };
  return link === "open" ? { kind: "saving", seconds } : { kind: "behind", seconds };
}

/** Closing the page now would cost something, or leave it on a device where nobody may come back to it. */
export function wouldLose(state: ArchiveState): boolean {
  const { kind } = safetyOf(state);
  return kind === "saving" || kind === "behind";
}

/** From 0, nothing of what was missing has been saved yet, to 1. */
export function savedShare({ unsavedMs, mostMs }: ArchiveState): number {
  return mostMs === 0 ? 1 : 1 - unsavedMs / mostMs;
}
