/** Filling in a scorecard. Pure: a card in, a card out. */
import type { Mark, Scorecard, ScorecardForm } from "../protocol/rest";

export const LEVELS = [1, 2, 3, 4, 5] as const;

export function markOf(card: Scorecard, competencyId: string): Mark | undefined {
  return card.marks.find((mark) => mark.competency_id === competencyId);
}

/** `level` null: not observed. The note stays. */
export function withLevel(card: Scorecard, competencyId: string, level: number | null): Scorecard {
  const note = markOf(card, competencyId)?.note ?? "";
  return withMark(card, { competency_id: competencyId, level, note });
}

/** A note on a competency that has no level yet says nothing about the level: it waits for one. */
export function withNote(card: Scorecard, competencyId: string, note: string): Scorecard {
  const mark = markOf(card, competencyId);
  return mark ? withMark(card, { ...mark, note }) : card;
}

function withMark(card: Scorecard, mark: Mark): Scorecard {
  const others = card.marks.filter((other) => other.competency_id !== mark.competency_id);
  return { ...card, marks: [...others, mark] };
}

/** The anchor that a level stands at or above: 3 for 3 and for 3.5. */
export const anchorOf = (level: number): number => Math.floor(level);

/** Between this anchor and the next one, or at it. Above the highest there is nothing. */
export function withHalf(card: Scorecard, competencyId: string, half: boolean): Scorecard {
  const level = markOf(card, competencyId)?.level;
  if (level === undefined || level === null || anchorOf(level) === 5) return card;
  return withLevel(card, competencyId, anchorOf(level) + (half ? 0.5 : 0));
}

/** Ids of competencies that are neither marked nor marked as not observed. */
export function unmarked(card: Scorecard, form: ScorecardForm): readonly string[] {
  return form.competencies.map((competency) => competency.id).filter((id) => !markOf(card, id));
}

export function mayHandIn(card: Scorecard, form: ScorecardForm): boolean {
  return unmarked(card, form).length === 0 && card.marks.some((mark) => mark.level !== null);
}
