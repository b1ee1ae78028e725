"""A room in which an interview happens in virtual time: events in, effects out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from realtime.interview import effects as do
from realtime.interview import events as on
from realtime.interview.evidence import EvidenceBody, EvidenceRecord
from realtime.interview.plan import InterviewPlan, PlannedQuestion, TimingRules
from realtime.interview.session import InterviewSession
from realtime.protocol import messages as say
from realtime.protocol.missing import MissingSound
from realtime.protocol.text import Bilingual, Phase, PromptKind

T = TypeVar("T")

FULL_CONSENT = say.ConsentItems(recording=True, speech_to_text=True, voice_analysis=True, face_analysis=True)


def question(name: str, **changes: Any) -> PlannedQuestion:
    planned = PlannedQuestion(id=name, text=Bilingual(zh=f"题目 {name}", en=f"Question {name}"))
    return replace(planned, **changes)


def make_plan(**changes: Any) -> InterviewPlan:
    plan = InterviewPlan(
        interview_id="i-1",
        position_id="khjl",
        position_version="1",
        position=Bilingual(zh="客户经理", en="Client manager"),
        employer=Bilingual(zh="示例银行", en="Example Bank"),
        language="zh",
        questions=(question("q1"), question("q2")),
        practice=question("warm-up", practice=True, thinking_ms=10_000, answer_ms=60_000),
        profile="cn-bank",
        voice_analysis_allowed=True,
        face_analysis_allowed=True,
        timing=TimingRules(),
    )
    return replace(plan, **changes)


class Room:
    """Says things at moments and remembers what came of it."""

    def __init__(self, plan: InterviewPlan) -> None:
        self.plan = plan
        self.session = InterviewSession(plan, "fixture/1@abc")
        self.now_ms = 0
        self.effects: list[do.InterviewEffect] = []
        self.last: list[do.InterviewEffect] = []

    def happens(self, event: on.InterviewEvent, after_ms: int = 0) -> list[do.InterviewEffect]:
        self.now_ms += after_ms
        self.last = self.session.handle(event, self.now_ms)
        self.effects += self.last
        return self.last

    def says(self, message: say.CandidateMessage, after_ms: int = 0) -> list[do.InterviewEffect]:
        return self.happens(on.CandidateSaid(message), after_ms)

    def hr(self, message: say.HrMessage, after_ms: int = 0) -> list[do.InterviewEffect]:
        return self.happens(on.HrSaid("hr.li", message), after_ms)

    def wait(self, ms: int) -> list[do.InterviewEffect]:
        """As a shell does: one ``TimePassed`` at each deadline, and one at the end."""
        start, until = len(self.effects), self.now_ms + ms
        while (due := self.session.next_deadline_ms()) is not None and due <= until:
            assert due >= self.now_ms
            self.happens(on.TimePassed(), due - self.now_ms)
        self.happens(on.TimePassed(), until - self.now_ms)
        self.last = self.effects[start:]
        return self.last

    # ---- shortcuts along the main road
    def join(self) -> "Room":
        self.happens(on.CandidateJoined(self.session.epoch + 1))
        return self

    def consent(self, items: say.ConsentItems = FULL_CONSENT) -> "Room":
        self.says(say.GiveConsent(items, text_version="2026-01", language="zh"))
        return self

    def to_guide(self, microphone: say.DeviceState = "ok") -> "Room":
        self.join().consent()
        self.says(say.ReportDevices(microphone, camera="ok", transport="webrtc", heard_myself=True))
        self.happens(on.MediaChanged("webrtc", True))
        self.says(say.Proceed(Phase.DEVICE_CHECK))
        if self.plan.practice:
            self.says(say.Proceed(Phase.PRACTICE))
        return self

    def to_answer(self) -> "Room":
        """The first answer is open; its stopwatch reads 0."""
        self.to_guide()
        self.says(say.Proceed(Phase.GUIDE))
        self.says(say.StartAnswer(self.plan.questions[0].id))
        assert self.session.phase is Phase.ANSWERING
        return self

    def speaks(self, question_id: str, start_ms: int, end_ms: int, text: str = "你好") -> None:
        """Speech of that media time, told as it would be, with its final caption; time passes accordingly."""
        self.happens(on.SpeechStarted(question_id, start_ms))
        self.wait(end_ms - start_ms)
        self.happens(on.SpeechEnded(question_id, end_ms))
        self.happens(self.caption(question_id, f"u{start_ms}", text, start_ms, end_ms))

    @staticmethod
    def caption(
        question_id: str, utterance: str, text: str, start_ms: int = 0, end_ms: int = 1_000, **changes: Any
    ) -> on.CaptionChanged:
        values: dict[str, Any] = {"revision": 1, "partial": "", "language": "zh", "final": True} | changes
        return on.CaptionChanged(
            question_id=question_id,
            utterance_id=utterance,
            committed=text,
            start_ms=start_ms,
            end_ms=end_ms,
            **values,
        )

    def level(self, question_id: str, media_ms: int, **changes: Any) -> list[do.InterviewEffect]:
        values: dict[str, Any] = {
            "speech_dbfs": -25.0,
            "noise_dbfs": -60.0,
            "clipped_share": 0.0,
            "pace_per_minute": 240.0,
        }
        return self.happens(on.LevelMeasured(question_id, media_ms, **(values | changes)), after_ms=1_000)

    def face(self, question_id: str, start_ms: int, face: float = 1.0, several: float = 0.0) -> None:
        state = say.FaceState(faces=1)
        event = on.FaceMeasured(question_id, start_ms, start_ms + 1_000, 5, face, several, state)
        self.happens(event, after_ms=1_000)

    def settles(self, question_id: str, transcript: Any = "complete", audio_ms: int = 9_000) -> None:
        self.saves(question_id, audio_ms)
        self.happens(on.AnswerTranscribed(question_id, transcript, audio_ms))

    def saves(self, question_id: str, audio_ms: int = 9_000, missing: tuple[MissingSound, ...] = ()) -> None:
        """The shell has the recording; nothing for an answer that has none."""
        closed = [effect for effect in self.all_of(do.CloseAnswer) if effect.question_id == question_id]
        if closed and closed[-1].take:
            saved = (closed[-1].take, True, not missing, 150, audio_ms, f"rec/{question_id}", missing)
            self.happens(on.AnswerSaved(question_id, *saved))

    # ---- looking back
    def all_of(self, kind: type[T], of: list[do.InterviewEffect] | None = None) -> list[T]:
        return [effect for effect in (self.effects if of is None else of) if isinstance(effect, kind)]

    def sent(self, kind: type[T], of: list[do.InterviewEffect] | None = None) -> list[T]:
        return [send.message for send in self.all_of(do.Send, of) if isinstance(send.message, kind)]

    def evidence(self, kind: type[T]) -> list[T]:
        return [record.body for record in self.records() if isinstance(record.body, kind)]

    def records(self) -> list[EvidenceRecord]:
        return [effect.record for effect in self.all_of(do.AppendEvidence)]

    def bodies(self) -> list[EvidenceBody]:
        return [record.body for record in self.records()]

    def refused(self) -> list[str]:
        return [effect.code for effect in self.all_of(do.Refuse, self.last)]

    def phase(self) -> Phase:
        return self.session.phase

    def phases(self) -> list[Phase]:
        return [state.phase for state in self.sent(say.PhaseChanged)]

    def prompts(self) -> list[PromptKind]:
        return [prompt.kind for prompt in self.sent(say.PromptShown)]

    def standing(self) -> set[PromptKind]:
        shown = {prompt.id: prompt.kind for prompt in self.sent(say.PromptShown)}
        for cleared in self.sent(say.PromptCleared):
            del shown[cleared.id]
        return set(shown.values())


@pytest.fixture
def room() -> Callable[..., Room]:
    """``room(**changes of the plan)``: a new interview that nobody has joined."""

    def build(**changes: Any) -> Room:
        return Room(make_plan(**changes))

    return build


@pytest.fixture
def planned() -> Callable[..., PlannedQuestion]:
    return question
