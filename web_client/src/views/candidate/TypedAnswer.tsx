/** Answering in writing, saved as it is typed. */
import { isSaved, MAX_DRAFT_CHARACTERS } from "../../state/draft";
import type { Interview } from "../../state/interview";
import { useStore, useText } from "../parts/hooks";

export function TypedAnswer({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const { draft, connection } = useStore(interview.store);
  const text = draft?.text ?? "";
  const state = !draft || draft.revision === 0 ? undefined : isSaved(draft) ? "saved" : connection === "open" ? "saving" : "save_waits";
  return (
    <div class="typed">
      <label class="field">
        <span>{t("answer_label")}</span>
        <textarea
          rows={8}
          maxLength={MAX_DRAFT_CHARACTERS}
          data-testid="answer-text"
          placeholder={t("answer_placeholder")}
          value={text}
          onInput={(event) => interview.type(event.currentTarget.value)}
          onPaste={(event) => interview.observe("pasted", String(event.clipboardData?.getData("text").length ?? 0))}
        />
      </label>
      <div class="typed-foot">
        <span role="status" data-testid="draft-state" data-state={state ?? "empty"} class={state === "saved" ? "good-text" : ""}>
          {state === "saved" ? "✓ " : ""}
          {state ? t(state) : ""}
        </span>
        <span>{t("characters", { n: text.length })}</span>
      </div>
    </div>
  );
}
