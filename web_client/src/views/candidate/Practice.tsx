/** Around the practice answer: the answer itself is an ordinary question screen. */
import type { Interview } from "../../state/interview";
import { Button, Title } from "../parts/Controls";
import { useStore, useText } from "../parts/hooks";
import { Steps } from "./Frame";

export function Practice({ interview }: { readonly interview: Interview }) {
  const { t, say } = useText();
  const { phase } = useStore(interview.store);
  const again = interview.practised;
  const question = phase?.question;
  const start = (): void => {
    interview.practised = true;
    interview.startAnswer();
  };
  return (
    <section class="card narrow" data-testid="practice-page">
      <Steps phase="practice" />
      <Title lead={t("practice_lead")}>{t("practice_title")}</Title>
      {question && <p class="question-preview">{say(question.text)}</p>}
      <div class="actions spread">
        <Button testId="practice-continue" look={again ? "primary" : "quiet"} large={again} onClick={() => interview.proceed("practice")}>
          {t(again ? "practice_done" : "practice_skip")}
        </Button>
        <Button testId="practice-start" look={again ? "plain" : "primary"} large={!again} onClick={start}>
          {t(again ? "practice_again" : "practice_start")}
        </Button>
      </div>
    </section>
  );
}
