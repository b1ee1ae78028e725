/** Calm notices beside the answer that ask for nothing; a screen reader says each once. */
import type { Interview } from "../../state/interview";
import type { PromptKind } from "../../protocol/generated";
import { useStore, useText } from "../parts/hooks";

const URGENT: ReadonlySet<PromptKind> = new Set<PromptKind>(["seconds_30_left", "seconds_10_left", "time_is_up"]);

export function Prompts({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const { prompts } = useStore(interview.store);
  return (
    <div class="prompts" role="status" aria-live="polite">
      {prompts.map(({ prompt }) => (
        <p key={prompt.id} class={`prompt${URGENT.has(prompt.kind) ? " urgent" : ""}`} data-testid="prompt" data-kind={prompt.kind}>
          {t(`prompt_${prompt.kind}`)}
        </p>
      ))}
    </div>
  );
}
