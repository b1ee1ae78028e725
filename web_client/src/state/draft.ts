/**
 * A typed answer on its way to the server. Revisions are clock milliseconds, forced to grow beyond the last one
 * known, so that neither a reload nor another device nor a wrong clock sends one that the server has passed.
 */
export interface Draft {
  readonly questionId: string;
  readonly text: string;
  readonly revision: number;
  readonly savedRevision: number;
}

export const MAX_DRAFT_CHARACTERS = 10_000;

export function openDraft(questionId: string, text = ""): Draft {
  return { questionId, text, revision: 0, savedRevision: 0 };
}

export function typed(draft: Draft, text: string, nowMs: number): Draft {
  if (text === draft.text) return draft;
  const revision = Math.max(draft.revision + 1, Math.floor(nowMs));
  return { ...draft, text: text.slice(0, MAX_DRAFT_CHARACTERS), revision };
}

export function saved(draft: Draft, questionId: string, revision: number): Draft {
  if (questionId !== draft.questionId || revision <= draft.savedRevision) return draft;
  return { ...draft, savedRevision: revision };
}

export const isSaved = (draft: Draft): boolean => draft.revision <= draft.savedRevision;
