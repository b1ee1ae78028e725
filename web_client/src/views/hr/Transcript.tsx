/** Question by question, what was said; the running answer last. */
import { useEffect, useRef } from "preact/hooks";
import { joiner } from "../../state/captions";
import { momentText } from "../../state/countdown";
import type { Answer, WatchedState } from "../../state/watched";
import { Badge, Blank, SpeechNotice } from "../parts/Controls";
import { useText } from "../parts/hooks";

export function Transcript({ watched }: { readonly watched: WatchedState }) {
  const { t, say } = useText();
  const box = useRef<HTMLDivElement>(null);
  const answers = watched.answers.filter((answer) => !answer.question.practice);
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [watched.answers]);
  return (
    <section class="card transcript" aria-label={t("captions")}>
      <h2>{t("captions")}</h2>
      {watched.speechNotice && <SpeechNotice text={say(watched.speechNotice)} />}
      <div class="scroll" ref={box} tabIndex={0} data-testid="hr-captions">
        {answers.length === 0 && <Blank testId="hr-captions-empty" title={t("hr_captions_empty")} />}
        {answers.map((answer) => (
          <OneAnswer key={answer.question.id} answer={answer} />
        ))}
      </div>
    </section>
  );
}

function OneAnswer({ answer }: { readonly answer: Answer }) {
  const { say } = useText();
  const { question, captions } = answer;
  return (
    <article class="answer" data-question={question.id}>
      <h3>
        {question.index}. {say(question.text)}
      </h3>
      <Recording answer={answer} />
      <p>
        {captions.map((caption, i) => (
          <span key={caption.utterance_id} lang={caption.language}>
            {joiner(captions[i - 1]?.committed ?? "", caption.committed || caption.partial)}
            {caption.committed}
            {!caption.final && <span class="partial">{joiner(caption.committed, caption.partial) + caption.partial}</span>}
          </span>
        ))}
      </p>
    </article>
  );
}

/** Nothing is said of a recording that is whole. */
function Recording({ answer: { recording, missing } }: { readonly answer: Answer }) {
  const { t } = useText();
  if (recording !== "saving" && missing.length === 0) return null;
  const state = recording === "saving" ? "saving" : recording === "incomplete" ? "incomplete" : "paused";
  return (
    <div class="recording" data-testid="hr-answer-recording" data-state={state}>
      <Badge tone={state === "incomplete" ? "bad" : state === "paused" ? "still" : "accent"}>{t(`hr_recording_${state}`)}</Badge>
      {missing.map(({ start_ms, end_ms, cause }) => (
        <span key={start_ms}>
          {momentText(start_ms)}–{momentText(end_ms)} {t(`hr_missing_${cause}`)}
        </span>
      ))}
    </div>
  );
}
