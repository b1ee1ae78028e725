/** The candidate may add a résumé: optional, and never a condition of the interview. */
import { useState } from "preact/hooks";
import { Problem, type Joined } from "../../protocol/rest";
import { sendOwnResume } from "../../protocol/resumes";
import { RESUME_FILES } from "../../state/resume";
import { useText } from "../parts/hooks";

export function OwnResume({ joined }: { readonly joined: Joined }) {
  const { t, say } = useText();
  const [state, setState] = useState<"idle" | "busy" | "sent">("idle");
  const [problem, setProblem] = useState<Problem>();
  const send = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setState("busy");
    setProblem(undefined);
    try {
      await sendOwnResume(joined.session_token, joined.interview_id, file);
      setState("sent");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setState("idle");
    }
  };
  return (
    <section class="told" data-testid="own-resume" data-state={state}>
      <h2>{t("own_resume_title")}</h2>
      <p class="hint">{t("own_resume_lead")}</p>
      <label class={`button file-button${state === "busy" ? " off" : ""}`}>
        {t(state === "busy" ? "loading" : "own_resume_choose")}
        <input
          type="file"
          accept={RESUME_FILES}
          disabled={state === "busy"}
          data-testid="own-resume-file"
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            void send(file);
          }}
        />
      </label>
      <p role="status">{state === "sent" && t("own_resume_sent")}</p>
      {problem && (
        <p role="alert" class="refused" data-testid="own-resume-problem">
          {say(problem.text)}
        </p>
      )}
    </section>
  );
}
