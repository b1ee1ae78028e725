/** A few statements with five steps each, a word if one likes, and a thank-you. Nothing is shown where nothing is asked. */
import { useEffect, useState } from "preact/hooks";
import { Problem } from "../../protocol/rest";
import { answerQuestionnaire, questionnaire, type Questionnaire as Asked } from "../../protocol/trials";
import { Button } from "./Controls";
import { useText } from "./hooks";

const STEPS = [1, 2, 3, 4, 5] as const;

interface Props {
  readonly token: string;
  readonly of: "trials" | "interviews";
  readonly id: string;
}

export function Questionnaire({ token, of, id }: Props) {
  const { t, say } = useText();
  const [asked, setAsked] = useState<Asked>();
  const [ratings, setRatings] = useState<Readonly<Record<string, number>>>({});
  const [comment, setComment] = useState("");
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    // Who cannot be asked is not asked: the page is complete without it.
    questionnaire(token, of, id).then(setAsked, () => undefined);
  }, [token, of, id]);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await answerQuestionnaire(token, of, id, { ratings, comment });
      setProblem(undefined);
      setAsked({ asked: false, answered: true, items: [] });
    } catch (error) {
      if (error instanceof Problem) setProblem(error);
    }
  };
  if (asked?.answered) return <p class="notice" data-testid="questionnaire-thanks">{t("asked_thanks")}</p>;
  if (!asked?.asked) return null;
  const whole = asked.items.every((item) => item.id in ratings);
  return (
    <form class="form questionnaire" data-testid="questionnaire" onSubmit={(event) => void send(event)}>
      <h2>{t("asked_title")}</h2>
      <p class="hint">{t("asked_lead")}</p>
      {asked.items.map((item) => (
        <fieldset key={item.id} class="steps" data-testid={`asked-${item.id}`}>
          <legend>{say(item.text)}</legend>
          <span class="hint small">{t("asked_no")}</span>
          {STEPS.map((step) => (
            <label key={step}>
              <input
                type="radio"
                name={item.id}
                value={step}
                checked={ratings[item.id] === step}
                onChange={() => setRatings({ ...ratings, [item.id]: step })}
              />
              <span>{step}</span>
            </label>
          ))}
          <span class="hint small">{t("asked_yes")}</span>
        </fieldset>
      ))}
      <label class="field">
        <span>{t("asked_comment")}</span>
        <textarea rows={2} maxLength={2000} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
      </label>
      {problem && (
        <p class="trouble" role="alert">
          {say(problem.text)}
        </p>
      )}
      <div class="actions end">
        <Button testId="questionnaire-send" type="submit" look="primary" disabled={!whole}>
          {t("asked_send")}
        </Button>
      </div>
    </form>
  );
}
