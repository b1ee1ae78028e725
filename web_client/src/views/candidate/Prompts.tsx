/** Calm notices beside the answer that ask for nothing; a screen reader says each once. */
import type { Interview } from "../../state/interview";
import type { PromptKind } from "../../protocol/generated";
import { useStore, useText } from "../parts/hooks";

const URGENT: ReadonlySet<PromptKind> = new Set<PromptKind>(["seconds_30_left", "seconds_10_left", "time_is_up"]);

interface PromptsProps {
  readonly interview: Interview;
  /** The answer is open and spoken: what the page itself hears, or does not hear, matters. */
  readonly speaking: boolean;
}

export function Prompts({ interview, speaking }: PromptsProps) {
  const { t } = useText();
  const { prompts } = useStore(interview.store);
  const { microphone, unheard: wrong } = useStore(interview.studio.store);
  const { deaf } = useStore(interview.archive.store);
  const unheard = wrong ?? (deaf ? "deaf" : undefined);
  return (
    <div class="prompts" role="status" aria-live="polite">
      {speaking && unheard && microphone.status === "ok" && (
        <p class="prompt urgent" data-testid="prompt" data-kind={unheard}>
          {t(`unheard_${unheard}`)}
        </p>
      )}
      {prompts.map(({ prompt }) => (
        <p key={prompt.id} class={`prompt${URGENT.has(prompt.kind) ? " urgent" : ""}`} data-testid="prompt" data-kind={prompt.kind}>
          {t(`prompt_${prompt.kind}`)}
        </p>
      ))}
    </div>
  );
}
