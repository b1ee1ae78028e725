"""An interview that follows a script: what the pages are developed and photographed against.

It knows the order of the screens and nothing else; the real rules live in ``realtime.interview``. Times are short
(``pace`` divides them), captions are typed out from a script while an answer is open.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from realtime.protocol import messages as say
from realtime.protocol.codec import envelope
from realtime.protocol.text import AnswerMode, Bilingual, Fault, Phase, PromptKind
from web_client.dev.pretend_takes import PretendTakes

Put = Callable[[bytes], None]

EMPLOYER = Bilingual(zh="江南银行", en="Jiangnan Bank")
POSITION = Bilingual(zh="客户经理", en="Client manager")
NOTICE = Bilingual(
    zh="演示语音模型：只认识几句固定的话，不代表识别准确率。",
    en="Demo speech model: knows a few fixed sentences only; says nothing about accuracy.",
)
PRACTICE = Bilingual(
    zh="请用一两句话介绍一下您的家乡。", en="In a sentence or two, please tell us about your home town."
)
QUESTIONS = (
    Bilingual(
        zh="一位客户因为转账延迟非常生气，来到柜台要求立即解决。请讲讲您会怎样处理，先做什么，后做什么。",
        en="A customer is very upset about a delayed transfer and demands a solution at once. "
        "What would you do first, and what next?",
    ),
    Bilingual(
        zh="请举一个例子，说明您如何向不熟悉金融的客户解释一款产品的风险。",
        en="Give an example of how you explained a product's risk to a customer who knew little about finance.",
    ),
    Bilingual(
        zh="团队连续两个月没有完成指标，您会如何分析原因并提出改进办法？",
        en="Your team has missed its target for two months. How would you find the causes, and what would you change?",
    ),
    Bilingual(
        zh="请用英文简要介绍您为什么选择这个岗位。",
        en="Please tell us briefly, in English, why you chose this position.",
    ),
)
SCRIPT = {
    "zh": (
        "首先我会请客户坐下，",
        "认真听他把情况说完，",
        "然后查清转账卡在哪个环节，",
        "告诉他预计到账的时间，",
        "并且在当天主动回访。",
    ),
    "en": (
        "First I would ask the customer to sit down",
        "and listen until he has told the whole story.",
        "Then I would find out where the transfer is,",
        "tell him when it will arrive,",
        "and call him back the same day.",
    ),
}
TALKING = (Phase.READING, Phase.THINKING, Phase.ANSWERING, Phase.GRACE)


def quality(number: int) -> say.QualityState:
    """Good at first, then quiet over a bad network."""
    conditions = [PromptKind.TOO_QUIET, PromptKind.CONNECTION_POOR] if number else []
    return say.QualityState(conditions, 0.14 * bool(number), -47.0, -61.0, 0.0, 0.42)


class PretendInterview:
    """One candidate at most, any number of watchers. Messages with a seq are kept and replayed."""

    def __init__(self, interview_id: str, applicant: str, pace: float) -> None:
        self.interview_id, self.applicant, self.pace = interview_id, applicant, pace
        self.born = time.monotonic()
        self.phase = self.held_phase = Phase.CONSENT
        self.index, self.practising = 0, False
        self.mode: AnswerMode = "voice"
        self.voice_allowed, self.human, self.language = True, False, "zh"
        self.timer: say.Timer | None = None
        self.time_factor: float | None = 1.0
        self.epoch, self.prompts, self.answered, self.typed = 0, 0, 0, 0
        self.draft, self.draft_revision = "", -1
        self.log: list[tuple[int, int, say.ServerMessage]] = []
        self.candidate: Put | None = None
        self.watchers: list[Put] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.settling: list[asyncio.Task[None]] = []
        self.finished: say.Finished | None = None
        self.transport: say.Transport = "none"
        self.takes, self.take = PretendTakes(), 0
        self.captions_mode: say.CaptionsMode = "live"

    # ------------------------------------------------------------------ clock and wire
    @property
    def now_ms(self) -> int:
        return int((time.monotonic() - self.born) * 1000)

    def send(self, message: say.ServerMessage, *, durable: bool = True, hr_only: bool = False) -> None:
        seq = 0
        if durable:
            seq = len(self.log) + 1
            self.log.append((seq, self.now_ms, message))
        if self.candidate and not hr_only:
            self.candidate(envelope(message, seq=seq, at_ms=self.now_ms))
        for watcher in self.watchers:
            watcher(envelope(say.Watched(self.interview_id, seq, self.now_ms, message)))

    def question(self) -> say.Question | None:
        total = len(QUESTIONS)
        if self.practising or self.phase is Phase.PRACTICE:
            return say.Question("practice", 0, total, PRACTICE, None, 60_000, practice=True)
        if self.index == 0 or self.phase not in (*TALKING, Phase.PAUSED, Phase.INTERRUPTED):
            return None
        return say.Question(f"q{self.index}", self.index, total, QUESTIONS[self.index - 1], 60_000, 120_000)

    def state(self) -> say.PhaseChanged:
        return say.PhaseChanged(self.phase, self.question(), self.timer, self.mode, self.time_factor, take=self.take)

    def welcome(self) -> say.Welcome:
        return say.Welcome(
            self.interview_id,
            self.epoch,
            "en" if self.language == "en" else "zh",
            POSITION,
            EMPLOYER,
            self.state(),
            last_seq=len(self.log),
            draft=self.draft,
            draft_revision=self.draft_revision,
            answered=self.answered,
            total=len(QUESTIONS),
            voice_allowed=self.voice_allowed,
            speech_notice=NOTICE,
        )

    def join(self, put: Put, last_seen_seq: int) -> None:
        if self.candidate:
            refused = Bilingual(zh="面试已在另一个页面打开。", en="The interview was opened in another tab.")
            self.candidate(envelope(say.Refused("opened_elsewhere", refused, False, Fault.CLIENT)))
        self.epoch += 1
        self.candidate = put
        put(envelope(self.welcome(), at_ms=self.now_ms))
        for seq, at_ms, message in self.log:
            if seq > last_seen_seq:
                put(envelope(message, seq=seq, at_ms=at_ms))

    def watch(self, put: Put) -> None:
        put(envelope(say.Watched(self.interview_id, 0, self.now_ms, self.welcome())))
        for seq, at_ms, message in self.log:
            put(envelope(say.Watched(self.interview_id, seq, at_ms, message)))
        self.watchers.append(put)

    # ------------------------------------------------------------------ the course
    def enter(self, phase: Phase, seconds: float | None = None) -> None:
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()
        self.phase = phase
        if phase not in (Phase.ANSWERING, Phase.GRACE, Phase.PAUSED, Phase.INTERRUPTED):
            self.take = 0
        elif phase is Phase.ANSWERING and not self.take and self.voice_allowed and not self.practising:
            self.take = self.takes.open(f"q{self.index}")
        length_ms = None if seconds is None else int(seconds * 1000 / self.pace)
        self.timer = None if length_ms is None else say.Timer(phase, self.now_ms, self.now_ms + length_ms)
        self.send(self.state())
        if length_ms is not None:
            self.later(length_ms, self.time_over)
        if phase is Phase.ANSWERING:
            self.tasks.append(asyncio.create_task(self.perform(), name="script"))

    def later(self, ms: float, work: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(ms / 1000)
            self.tasks.clear()
            work()

        self.tasks.append(asyncio.create_task(wait(), name="timer"))

    def time_over(self) -> None:
        match self.phase:
            case Phase.READING:
                self.enter(Phase.THINKING, 60)
            case Phase.THINKING:
                self.enter(Phase.ANSWERING, 120)
            case Phase.ANSWERING:
                self.prompt(PromptKind.TIME_IS_UP)
                self.enter(Phase.GRACE, 5)
            case Phase.GRACE:
                self.close_answer("time_up")

    def next_question(self) -> None:
        self.index += 1
        if self.index > len(QUESTIONS):
            self.end("completed")
            return
        self.mode = "voice" if self.voice_allowed else "text"
        self.draft = ""
        self.enter(Phase.READING, 8)

    def close_answer(self, reason: str) -> None:
        question = self.question()
        if question:
            self.send(say.AnswerClosed(question.id, reason, 42_000))
        if self.practising:
            self.practising = False
            self.enter(Phase.PRACTICE)
            return
        self.answered += 1
        self.typed += self.mode == "text"
        if question and self.mode == "text":
            self.send(say.AnswerSettled(question.id, "typed", 58))
        elif question:
            self.settling.append(asyncio.create_task(self.settle(question.id, self.take), name="settle"))
        self.next_question()

    async def settle(self, question_id: str, number: int) -> None:
        """When its take is complete, or twenty seconds later."""
        take = self.takes.all.get(number)
        for _ in range(100):
            if take is None or take.complete:
                break
            await asyncio.sleep(0.2)
        missing = [*take.pauses(), *take.lost] if take else []
        recording: Literal["complete", "incomplete"] = "incomplete" if take is None or take.lost else "complete"
        self.send(say.AnswerSettled(question_id, "complete", 58, recording, missing))

    def end(self, reason: str) -> None:
        self.enter(Phase.CLOSING)
        self.finished = say.Finished(
            reason, self.answered, len(QUESTIONS), 161_000, self.typed, human_requested=self.human
        )

        waited = 0

        def receipt() -> None:
            nonlocal waited
            assert self.finished
            waited += 1
            if not self.takes.settled and waited < 100:
                self.later(200, receipt)
                return
            self.send(self.finished)
            self.enter(Phase.SCORING)
            self.later(2000, lambda: self.send(say.ReportReady("r1"), hr_only=True))

        self.later(900, receipt)

    def prompt(self, kind: PromptKind) -> None:
        question = self.question()
        if question:
            self.prompts += 1
            self.send(say.PromptShown(f"p{self.prompts}", kind, question.id))

    async def perform(self) -> None:
        """Speaks the script, prompts on the way, and measures what HR likes to see."""
        question = self.question()
        if question is None:
            return
        await asyncio.sleep(0.6)
        for number, sentence in enumerate(SCRIPT[self.language]):
            step = 2 if self.language == "zh" else 6
            for end in range(step, len(sentence) + step, step):
                firm = sentence[: max(0, end - 2 * step)]
                self.caption(question, number, end, firm, sentence[len(firm) : end], final=False)
                self.send(say.Level(-26.0, True), durable=False)
                await asyncio.sleep(0.12)
            self.caption(question, number, 999, sentence, "", final=True)
            if not question.practice:
                self.send(say.VoiceState(182.0 + number, -24.5, 212.0, 0.18), durable=False, hr_only=True)
                self.send(say.FaceState(1, 0.34, 0.12, 0.81, 0.92, -4.0, 2.0, 0.5), durable=False, hr_only=True)
                self.send(quality(number), durable=False, hr_only=True)
                self.captions_mode = "paused" if number else "slowed"
                self.send(say.CaptionsState(self.captions_mode), durable=False)
            if number == 1:
                self.prompt(PromptKind.TOO_QUIET)
        self.prompt(PromptKind.MAY_FINISH_EARLY)

    def caption(self, question: say.Question, number: int, revision: int, firm: str, rest: str, *, final: bool) -> None:
        text = say.Caption(
            question.id, f"u{number}", revision, firm, rest, final, self.language, number * 3000, number * 3000 + 2500
        )
        self.send(text, durable=final)

    # ------------------------------------------------------------------ what people say
    def candidate_said(self, message: say.CandidateMessage) -> None:
        match message:
            case say.GiveConsent(items=items):
                self.voice_allowed = items.recording and items.speech_to_text
                self.mode = "voice" if self.voice_allowed else "text"
                self.enter(Phase.DEVICE_CHECK if self.voice_allowed else Phase.PRACTICE)
            case say.ReportDevices(microphone=microphone, transport=transport):
                self.voice_allowed = self.voice_allowed and microphone == "ok"
                self.transport = transport
                self.send(say.MediaState(transport, transport != "none"), durable=False)
            case say.Proceed(phase=phase) if phase is self.phase:
                following = {Phase.DEVICE_CHECK: Phase.PRACTICE, Phase.PRACTICE: Phase.GUIDE}
                if phase is Phase.GUIDE:
                    self.next_question()
                elif phase in following:
                    self.mode = "voice" if self.voice_allowed else "text"
                    self.enter(following[phase])
            case say.StartAnswer() if self.phase is Phase.PRACTICE:
                self.practising = True
                self.enter(Phase.READING, 8)
            case say.StartAnswer():
                self.enter(Phase.ANSWERING, 60 if self.practising else 120)
            case say.FinishAnswer() if self.phase in (Phase.ANSWERING, Phase.GRACE):
                self.close_answer("finished")
            case say.ChooseMode(mode=mode):
                self.mode = mode
                self.send(self.state())
            case say.SaveDraft(question_id=question_id, text=text, revision=revision):
                self.draft, self.draft_revision = text, revision
                self.send(say.DraftSaved(question_id, revision), durable=False)
            case say.SwitchLanguage(language=language):
                self.language = language
            case say.RequestHuman(note=note):
                self.human = True
                self.send(say.HumanRequested(note))
                if self.phase is Phase.CONSENT:
                    self.enter(Phase.HUMAN_REQUESTED)
            case say.Withdraw():
                self.enter(Phase.WITHDRAWN)
            case say.Observe(kind=kind, detail=detail):
                self.send(say.Observed(kind, f"q{self.index}", detail), hr_only=True)
            case _:
                pass

    def hr_said(self, message: say.HrMessage) -> None:
        now_ms, timer = self.now_ms, self.timer
        match message:
            case say.PauseInterview() if self.phase in TALKING and timer and timer.ends_at_ms:
                for task in self.tasks:
                    task.cancel()
                self.held_phase = self.phase
                self.timer = say.Timer(
                    self.phase, timer.started_at_ms, timer.ends_at_ms, True, timer.ends_at_ms - now_ms
                )
                self.phase = Phase.PAUSED
                self.send(self.state())
            case say.ContinueInterview() if self.phase is Phase.PAUSED and timer and timer.left_ms:
                self.enter(self.held_phase, timer.left_ms * self.pace / 1000)
            case say.ExtendTime(extra_ms=extra_ms) if timer and timer.ends_at_ms:
                self.timer = say.Timer(timer.phase, timer.started_at_ms, timer.ends_at_ms + extra_ms)
                self.send(self.state())
            case say.Accommodate(time_factor=factor):
                self.time_factor = factor
                if factor is None and timer:
                    self.timer = say.Timer(timer.phase, timer.started_at_ms, None)
                self.send(self.state())
            case say.EndInterview():
                self.end("ended_by_hr")
            case _:
                pass

    def row(self) -> say.LiveInterview:
        return say.LiveInterview(
            self.interview_id,
            self.applicant,
            POSITION,
            self.phase,
            self.index,
            len(QUESTIONS),
            "2026-11-20T09:30:00Z",
            "zh",
            self.candidate is not None,
            self.human,
            self.transport,
            "r1" if self.phase is Phase.SCORING else None,
            presence="away" if self.candidate is None else "here",
            captions=self.captions_mode,
        )
