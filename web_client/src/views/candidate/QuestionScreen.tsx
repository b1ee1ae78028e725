/** One question from the first reading to the last word. */
import { useEffect, useState } from "preact/hooks";
import type { Interview } from "../../state/interview";
import type { Question } from "../../protocol/generated";
import type { Joined } from "../../protocol/rest";
import type { Key } from "../../text/dictionary";
import { Button, Segments, SpeechNotice } from "../parts/Controls";
import { useFocusOnArrival, useStore, useText } from "../parts/hooks";
import { LevelMeter } from "../parts/LevelMeter";
import { Ring } from "../parts/Ring";
import { SelfView } from "../parts/SelfView";
import { CaptionPanel } from "./CaptionPanel";
import { Prompts } from "./Prompts";
import { SafeKeeping } from "./SafeKeeping";
import { TypedAnswer } from "./TypedAnswer";

interface QuestionScreenProps {
  readonly interview: Interview;
  readonly joined: Joined;
  readonly question: Question;
}

const TITLES: Readonly<Record<string, Key>> = {
  reading: "phase_reading",
  thinking: "phase_thinking",
  answering: "phase_answering",
  grace: "phase_grace",
};

export function QuestionScreen({ interview, joined, question }: QuestionScreenProps) {
  const { t, say } = useText();
  const state = useStore(interview.store);
  const phase = state.phase;
  const name = phase?.timer?.paused ? phase.timer.phase : phase?.phase ?? "reading";
  const open = name === "answering" || name === "grace";
  const writing = phase?.mode === "text";
  const notice = state.welcome?.speech_notice ?? joined.speech_notice;
  return (
    <div class={`ask ask-${name}`} data-testid="question-page" data-phase={phase?.phase} data-question={question.id}>
      <section class="card ask-main">
        <Dots question={question} />
        <QuestionText key={question.id} text={say(question.text)} />
        {open ? (
          <>
            {writing ? <TypedAnswer interview={interview} /> : <CaptionPanel interview={interview} />}
            <SafeKeeping interview={interview} />
            {!writing && notice && <SpeechNotice text={say(notice)} />}
          </>
        ) : (
          <p class="phase-hint">{t(name === "thinking" ? "phase_thinking_hint" : "phase_reading_hint")}</p>
        )}
        <Prompts interview={interview} speaking={open && !writing} />
      </section>
      <aside class="card ask-side">
        <div class="ask-time">
          <Ring timer={phase?.timer} clock={state.clock} announces={!open} />
          <div>
            <p class="phase-name" data-testid="phase-name">
              {t(TITLES[name] ?? "phase_reading")}
            </p>
            {open && <p class="hint">{t(name === "grace" ? "phase_grace_hint" : writing ? "phase_answering_text_hint" : "phase_answering_hint")}</p>}
            {phase?.time_factor !== 1 && phase?.time_factor != null && <p class="hint">{t("time_factor", { n: phase.time_factor })}</p>}
          </div>
        </div>
        <div class="ask-action">
          {open ? (
            <Button testId="finish-answer" look="primary" large onClick={() => interview.finishAnswer()}>
              {t("finish_answer")}
            </Button>
          ) : (
            <Button testId="start-now" look="primary" large onClick={() => interview.startAnswer()}>
              {t("start_now")}
            </Button>
          )}
        </div>
        {name !== "grace" && <ModeSwitch interview={interview} writing={writing} />}
        <MyMedia interview={interview} />
      </aside>
    </div>
  );
}

function QuestionText({ text }: { readonly text: string }) {
  const heading = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <h1 class="question-text" data-testid="question-text" ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}

function Dots({ question }: { readonly question: Question }) {
  const { t } = useText();
  if (question.practice) return <p class="practice-badge">{t("practice_badge")}</p>;
  const numbers = Array.from({ length: question.total }, (_, i) => i + 1);
  return (
    <div class="dots-row">
      <span class="dots-label">{t("question_n", { n: question.index, total: question.total })}</span>
      <span class="dots" role="img" aria-label={t("questions_done", { n: question.index - 1, total: question.total })} data-testid="progress">
        {numbers.map((n) => (
          <i key={n} class={n < question.index ? "done" : n === question.index ? "now" : ""} />
        ))}
      </span>
    </div>
  );
}

function ModeSwitch({ interview, writing }: { readonly interview: Interview; readonly writing: boolean }) {
  const { t } = useText();
  const { voiceAllowed } = useStore(interview.store);
  if (!voiceAllowed) return <p class="hint">{t("mode_text_only")}</p>;
  return (
    <div class="row">
      <span class="row-label">{t("mode")}</span>
      <Segments
        label={t("mode")}
        value={writing ? "text" : "voice"}
        choose={(mode) => interview.chooseMode(mode)}
        choices={[
          { value: "voice", label: t("mode_voice"), testId: "mode-voice" },
          { value: "text", label: t("mode_text"), testId: "mode-text" },
        ]}
      />
    </div>
  );
}

function MyMedia({ interview }: { readonly interview: Interview }) {
  const { t } = useText();
  const { microphone, camera, revision } = useStore(interview.studio.store);
  const [hidden, setHidden] = useState(false);
  useEffect(() => setHidden(false), [revision]);
  if (microphone.status === "trouble") {
    return (
      <div class="notice warm" role="alert" data-testid="microphone-stopped">
        <p>{t("device_stopped")}</p>
        <Button testId="microphone-restart" onClick={() => void interview.reopen("microphone")}>
          {t("device_restart")}
        </Button>
      </div>
    );
  }
  if (microphone.status !== "ok" && camera.status !== "ok") return null;
  return (
    <div class="my-media">
      {camera.status === "ok" && !hidden && (
        <SelfView stream={interview.studio.stream} revision={revision} label={t("self_view")} testId="self-view" />
      )}
      <div class="my-media-controls">
        {microphone.status === "ok" && <LevelMeter stream={interview.studio.stream} revision={revision} />}
        {camera.status === "ok" && (
          <Button testId="self-view-toggle" look="quiet" onClick={() => setHidden(!hidden)}>
            {t(hidden ? "self_view_show" : "self_view_hide")}
          </Button>
        )}
      </div>
    </div>
  );
}
