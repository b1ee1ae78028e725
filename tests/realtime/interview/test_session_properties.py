"""Anything may be said at any moment: what must hold all the same."""

import math
from dataclasses import replace
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from realtime.interview import effects as do
from realtime.interview import events as on
from realtime.interview.plan import InterviewPlan, PlannedQuestion, TimingRules
from realtime.interview.prompts import MOST_TIMES, TIME_PROMPTS
from realtime.interview.session import TRANSITIONS, InterviewSession
from realtime.interview.state import ASKING, HELD, OVER, SEATED
from realtime.protocol import messages as say
from realtime.protocol.missing import MissingSound
from realtime.protocol.refusals import REFUSALS
from realtime.protocol.text import Bilingual, Phase, PromptKind

WORDS = Bilingual(zh="题目", en="question")
QUESTIONS = ("q1", "q2", "q3")
IDS = st.sampled_from([*QUESTIONS, "warm-up", "unknown"])
MEDIA_MS = st.integers(0, 200_000)
FACTORS = st.sampled_from([1.0, 1.5, 2.0, None, 0.5, 10.0, 0.0, -1.0, 11.0, math.nan, math.inf])

PLANS = st.builds(
    InterviewPlan,
    interview_id=st.just("i-1"),
    position_id=st.just("p"),
    position_version=st.just("1"),
    position=st.just(WORDS),
    employer=st.just(WORDS),
    language=st.sampled_from(["zh", "en"]),
    questions=st.lists(
        st.builds(
            PlannedQuestion,
            id=st.just(""),
            text=st.just(WORDS),
            reading_ms=st.sampled_from([0, 8_000]),
            thinking_ms=st.sampled_from([0, 60_000]),
            answer_ms=st.sampled_from([15_000, 40_000, 60_000, 180_000]),
            modes=st.sampled_from([("voice", "text"), ("text",), ("text", "voice"), ("voice",)]),
        ),
        max_size=3,
    ).map(lambda questions: tuple(replace(q, id=name) for q, name in zip(questions, QUESTIONS, strict=False))),
    practice=st.sampled_from([None, PlannedQuestion("warm-up", WORDS, practice=True, answer_ms=60_000)]),
    profile=st.just("cn-bank"),
    voice_analysis_allowed=st.booleans(),
    face_analysis_allowed=st.booleans(),
    time_factor=st.sampled_from([1.0, 2.0, None]),
    timing=st.builds(
        TimingRules,
        closing_ms=st.sampled_from([0, 3_000]),
        settle_ms=st.sampled_from([5_000, 30_000]),
        interrupted_limit_ms=st.sampled_from([20_000, 24 * 3_600_000]),
        after_limit=st.sampled_from(["expire", "continue"]),
    ),
    speech_available=st.booleans(),
)

CANDIDATE = st.one_of(
    st.builds(say.Ping, id=st.just(1)),
    st.builds(
        say.GiveConsent,
        items=st.builds(say.ConsentItems, st.booleans(), st.booleans(), st.booleans(), st.booleans()),
        text_version=st.just("v1"),
        language=st.just("zh"),
    ),
    st.builds(
        say.ReportDevices,
        microphone=st.sampled_from(["ok", "ok", "denied"]),
        camera=st.sampled_from(["ok", "absent"]),
        transport=st.just("webrtc"),
    ),
    st.builds(say.Proceed, phase=st.sampled_from(list(Phase))),
    st.builds(say.ChooseMode, question_id=IDS, mode=st.sampled_from(["voice", "text"])),
    st.builds(
        say.SaveDraft,
        question_id=IDS,
        text=st.sampled_from(["", "一些话 and words", "x" * 10_001]),
        revision=st.integers(0, 5),
    ),
    st.builds(say.SwitchLanguage, language=st.sampled_from(["zh", "en"])),
    st.builds(say.RequestHuman, note=st.sampled_from(["", "please"])),
    st.builds(say.Observe, kind=st.just("tab_hidden")),
    st.builds(say.StartAnswer, question_id=IDS),
    st.builds(say.FinishAnswer, question_id=IDS),
)
HR = st.one_of(
    st.builds(say.Accommodate, interview_id=st.just("i-1"), time_factor=FACTORS),
    st.builds(say.ExtendTime, interview_id=st.just("i-1"), extra_ms=st.sampled_from([-1, 0, 5_000, 60_000, 10**9])),
    st.builds(say.PauseInterview, interview_id=st.just("i-1")),
    st.builds(say.ContinueInterview, interview_id=st.just("i-1")),
)
PERCEIVED = st.one_of(
    st.builds(on.SpeechStarted, IDS, MEDIA_MS),
    st.builds(on.SpeechEnded, IDS, MEDIA_MS),
    st.builds(
        on.CaptionChanged,
        question_id=IDS,
        utterance_id=st.sampled_from(["u1", "u2", "u3"]),
        revision=st.integers(1, 3),
        committed=st.sampled_from(["", "你好"]),
        partial=st.just(""),
        language=st.just("zh"),
        start_ms=MEDIA_MS,
        end_ms=MEDIA_MS,
        final=st.booleans(),
        no_speech=st.booleans(),
    ),
    st.builds(
        on.LevelMeasured,
        question_id=IDS,
        media_ms=MEDIA_MS,
        speech_dbfs=st.sampled_from([None, -60.0, -20.0]),
        noise_dbfs=st.sampled_from([-70.0, -20.0]),
        clipped_share=st.sampled_from([0.0, 0.1]),
        pace_per_minute=st.sampled_from([None, 100.0, 500.0]),
    ),
    st.builds(
        on.FaceMeasured,
        question_id=IDS,
        start_ms=st.just(0),
        end_ms=st.just(5_000),
        frames=st.just(5),
        face_share=st.sampled_from([0.0, 1.0]),
        several_share=st.sampled_from([0.0, 1.0]),
        state=st.just(say.FaceState(faces=1)),
    ),
    st.builds(on.LossMeasured, IDS, MEDIA_MS, st.sampled_from([0.0, 1.0])),
    st.builds(on.PictureMeasured, IDS, MEDIA_MS, st.booleans(), st.sampled_from([None, 0.0, 0.5])),
    st.builds(on.MediaGap, IDS, st.just(0), MEDIA_MS, st.just("loss")),
    st.builds(
        on.AnswerTranscribed,
        question_id=IDS,
        transcript=st.sampled_from(["complete", "partial", "awaiting", "none"]),
        audio_ms=MEDIA_MS,
    ),
    st.builds(on.TakeGrew, IDS),
    st.builds(
        on.AnswerSaved,
        question_id=IDS,
        take=st.integers(1, 3),
        from_take=st.booleans(),
        complete=st.booleans(),
        packets=st.none(),
        audio_ms=MEDIA_MS,
        recording=st.sampled_from([None, "rec/q1"]),
        missing=st.sampled_from([(), (MissingSound(0, 500, "not_sent"),)]),
    ),
    st.builds(on.AnswerHeardAgain, IDS, st.just(()), st.sampled_from([(), ((0, 900), (1_200, 4_000))])),
    st.builds(on.MediaChanged, st.just("webrtc"), st.booleans()),
    st.builds(on.ReportStored, report_id=st.just("r-1"), total=st.none()),
)
STEPS = st.sampled_from([0, 1, 300, 1_000, 3_000, 8_000, 31_000, 65_000])


class AnyInterview(RuleBasedStateMachine):
    """Drives one session; everything it must never do is checked after each step."""

    @initialize(plan=PLANS, steps=st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24]), times=st.booleans())
    def invite(self, plan: InterviewPlan, steps: int, times: bool) -> None:
        """Begin somewhere along the main road; ``times``: let reading, thinking and answering run out."""
        self.plan = plan
        self.session = InterviewSession(plan)
        self.now_ms = 0
        self.phase = Phase.INVITED
        self.seq = 0
        self.at_ms = 0
        self.scored = 0
        self.standing: dict[str, tuple[PromptKind, str]] = {}
        self.prompt_ids: set[str] = set()
        self.given: dict[tuple[str, PromptKind], int] = {}
        self.time_granted = False
        self.rehearsed = False
        self.happens(on.CandidateJoined(1))
        for _ in range(steps):
            if self.phase is Phase.PRACTICE and times and not self.rehearsed:
                self.rehearsed = True
                self.happens(on.CandidateSaid(say.StartAnswer("warm-up")))
            elif times and self.phase in ASKING and self.session.next_deadline_ms() is not None:
                self.deadline_comes()
            elif self.phase in SEATED:
                self.goes_on(0)

    def happens(self, event: on.InterviewEvent, after_ms: int = 0) -> None:
        self.now_ms += after_ms
        snapshot = self.session.snapshot()
        twin = InterviewSession.restore(self.plan, snapshot)
        assert twin.snapshot() == snapshot
        effects = self.session.handle(event, self.now_ms)
        assert twin.handle(event, self.now_ms) == effects, "a restored session has the same future"
        assert twin.snapshot() == self.session.snapshot()
        kind = type(event.message) if isinstance(event, on.CandidateSaid | on.HrSaid) else type(event)
        for effect in effects:
            self.check(effect, kind)
        assert self.phase is self.session.phase, "every change of phase is told"

    def check(self, effect: do.InterviewEffect, kind: type) -> None:
        match effect:
            case do.AppendEvidence(record):
                assert (record.seq, record.at_ms >= self.at_ms) == (self.seq + 1, True)
                self.seq, self.at_ms = record.seq, record.at_ms
            case do.Refuse(code):
                assert code in REFUSALS
            case do.ScoreInterview():
                self.scored += 1
            case do.Send(say.PhaseChanged() as state):
                self.check_state(state, kind)
            case do.Send(say.PromptShown() as prompt):
                self.check_prompt(prompt)
            case do.Send(say.PromptCleared(id=prompt_id, kind=prompt_kind)):
                assert self.standing.pop(prompt_id)[0] is prompt_kind
            case do.OpenAnswer():
                if effect.practice:
                    self.given = {key: n for key, n in self.given.items() if key[0] != effect.question_id}
            case _:
                pass

    def check_state(self, state: say.PhaseChanged, kind: type) -> None:
        if state.phase is not self.phase:
            row = TRANSITIONS[self.phase]
            allowed = row.get(kind, frozenset()) | row[on.TimePassed]
            assert state.phase in allowed, f"{self.phase} to {state.phase} by {kind.__name__}"
            assert not self.standing, "a phase takes its prompts with it"
        self.phase = state.phase
        if state.timer:
            assert state.timer.left_ms is None or state.timer.left_ms >= 0

    def check_prompt(self, prompt: say.PromptShown) -> None:
        assert prompt.id not in self.prompt_ids
        self.prompt_ids.add(prompt.id)
        assert self.phase is (Phase.GRACE if prompt.kind is PromptKind.TIME_IS_UP else Phase.ANSWERING)
        assert prompt.kind not in {kind for kind, _ in self.standing.values()}
        self.standing[prompt.id] = (prompt.kind, prompt.question_id)
        key = (prompt.question_id, prompt.kind)
        self.given[key] = self.given.get(key, 0) + 1
        if prompt.kind in (*TIME_PROMPTS, PromptKind.TIME_IS_UP):
            assert self.given[key] == 1 or self.time_granted, "only more time brings a time prompt back"
        else:
            assert self.given[key] <= (1 if prompt.kind is PromptKind.MAY_FINISH_EARLY else MOST_TIMES)

    # ------------------------------------------------------------------ what may happen
    @rule(after_ms=STEPS)
    def joins(self, after_ms: int) -> None:
        self.happens(on.CandidateJoined(self.session.epoch + 1), after_ms)

    @rule(step=st.integers(-1, 1), after_ms=STEPS)
    def leaves(self, step: int, after_ms: int) -> None:
        self.happens(on.CandidateLeft(max(0, self.session.epoch + min(0, step))), after_ms)

    @rule(silent=st.booleans(), after_ms=STEPS)
    def is_hushed(self, silent: bool, after_ms: int) -> None:
        self.happens(on.CandidateHushed(self.session.epoch, silent), after_ms)

    @rule(message=CANDIDATE, after_ms=STEPS)
    def says(self, message: say.CandidateMessage, after_ms: int) -> None:
        self.happens(on.CandidateSaid(message), after_ms)

    @precondition(lambda self: self.session.phase in SEATED)
    @rule(after_ms=STEPS)
    def goes_on(self, after_ms: int) -> None:
        """The main road, so that runs get far."""
        session, question_id = self.session, self.session.question_id or ""
        messages: dict[Phase, Any] = {
            Phase.CONSENT: say.GiveConsent(say.ConsentItems(True, True, True, True), "v1", "zh"),
            Phase.DEVICE_CHECK: say.ReportDevices("ok", camera="ok", transport="webrtc"),
            Phase.READING: say.StartAnswer(question_id),
            Phase.THINKING: say.StartAnswer(question_id),
            Phase.ANSWERING: say.FinishAnswer(question_id),
        }
        default = say.Proceed(session.phase)
        self.happens(on.CandidateSaid(messages.get(session.phase, default)), after_ms)
        if session.phase is Phase.DEVICE_CHECK:
            self.happens(on.CandidateSaid(default))

    @precondition(lambda self: self.session.answering)
    @rule(
        speech_ms=st.sampled_from([500, 9_000, 25_000]),
        quiet_ms=st.sampled_from([0, 2_000, 9_000]),
        good=st.booleans(),
    )
    def speaks(self, speech_ms: int, quiet_ms: int, good: bool) -> None:
        question_id = self.session.question_id or ""
        self.happens(on.MediaChanged("webrtc", True))
        self.happens(on.SpeechStarted(question_id, 0))
        for second in range(6):
            sound = (-20.0, -70.0, 0.0, 200.0) if good else (-60.0, -20.0, 0.0, 500.0)
            self.happens(on.LevelMeasured(question_id, second * 1_000, *sound))
            seen = (1.0, 0.0) if good else (0.0, 1.0)
            self.happens(on.FaceMeasured(question_id, 0, 1_000, 5, *seen, say.FaceState(faces=1)))
        self.happens(on.SpeechEnded(question_id, speech_ms), speech_ms)
        self.happens(on.TimePassed(), quiet_ms)

    @rule(message=HR, after_ms=STEPS)
    def hr_acts(self, message: say.HrMessage, after_ms: int) -> None:
        self.time_granted |= isinstance(message, say.Accommodate | say.ExtendTime)
        self.happens(on.HrSaid("hr.li", message), after_ms)

    @precondition(lambda self: self.session.phase in (Phase.ANSWERING, Phase.GRACE, Phase.READING, Phase.PAUSED))
    @rule(events=st.lists(PERCEIVED, min_size=2, max_size=6), after_ms=STEPS)
    def perceives(self, events: list[on.InterviewEvent], after_ms: int) -> None:
        for event in events:
            self.happens(event, after_ms)

    @rule(away_ms=st.sampled_from([2_000, 15_000, 3_600_000]))
    def loses_the_connection(self, away_ms: int) -> None:
        self.happens(on.CandidateLeft(self.session.epoch))
        self.happens(on.CandidateJoined(self.session.epoch + 1), away_ms)

    @precondition(lambda self: self.session.phase in SEATED)
    @rule(paused_ms=st.sampled_from([0, 90_000]))
    def is_paused(self, paused_ms: int) -> None:
        self.happens(on.HrSaid("hr.li", say.PauseInterview("i-1")))
        self.happens(on.HrSaid("hr.li", say.ContinueInterview("i-1")), paused_ms)

    @rule()
    def deadline_comes(self) -> None:
        due_ms = self.session.next_deadline_ms()
        if due_ms is not None:
            self.happens(on.TimePassed(), max(0, due_ms - self.now_ms))

    @precondition(lambda self: self.seq > 12)
    @rule(by_hr=st.booleans())
    def ends_early(self, by_hr: bool) -> None:
        self.happens(on.HrSaid("hr.li", say.EndInterview("i-1")) if by_hr else on.CandidateSaid(say.Withdraw()))

    # ------------------------------------------------------------------ what always holds
    @invariant()
    def deadlines_lie_ahead(self) -> None:
        if hasattr(self, "session"):
            due_ms = self.session.next_deadline_ms()
            assert due_ms is None or due_ms > self.now_ms, "whatever was due has been done"

    @invariant()
    def scored_at_most_once(self) -> None:
        if hasattr(self, "session"):
            assert self.scored <= 1

    def teardown(self) -> None:
        """Whoever goes away and stays away comes to an end, wherever they were."""
        if not hasattr(self, "session") or self.phase is Phase.INVITED:
            return
        self.happens(on.CandidateLeft(self.session.epoch))
        for _ in range(60):
            due_ms = self.session.next_deadline_ms()
            if due_ms is None:
                break
            self.happens(on.TimePassed(), due_ms - self.now_ms)
        assert self.phase in OVER
        assert self.session.over
        assert not self.standing


AnyInterview.TestCase.settings = settings(
    max_examples=300,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyInterview = AnyInterview.TestCase


def test_every_phase_has_a_row() -> None:
    assert set(TRANSITIONS) == set(Phase)
    assert {phase for row in TRANSITIONS.values() for targets in row.values() for phase in targets} == set(Phase) - {
        Phase.INVITED
    }
    assert HELD.isdisjoint(SEATED)
