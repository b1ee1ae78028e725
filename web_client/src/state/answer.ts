/** Which answer is open for speaking, read from what the server shows. Pure. */
import type { OpenAnswer } from "../media/archive";
import type { Phase, PhaseChanged } from "../protocol/generated";

const SPEAKING: ReadonlySet<Phase> = new Set<Phase>(["answering", "grace"]);
/** The answer stays open under these. Under "interrupted" it even goes on: only the line was away, not the person. */
const STANDING_STILL: ReadonlySet<Phase> = new Set<Phase>(["paused", "interrupted", "human_requested"]);

export interface Heard {
  readonly phase: PhaseChanged;
  /** Consent to recording and a microphone: without either there is no take. */
  readonly voiceAllowed: boolean;
  /** The answer opened before the eyes of this page. */
  readonly live: boolean;
}

export function openAnswer(before: OpenAnswer | undefined, { phase, voiceAllowed, live }: Heard): OpenAnswer | undefined {
  if (STANDING_STILL.has(phase.phase)) {
    return before && { ...before, listening: before.listening && phase.phase === "interrupted" };
  }
  if (!SPEAKING.has(phase.phase) || !phase.take || !phase.question) return undefined;
  return {
    take: phase.take,
    questionId: phase.question.id,
    listening: voiceAllowed && phase.mode === "voice",
    isNew: live,
  };
}
