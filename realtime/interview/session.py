"""The interview as a table.

A candidate opens the link and the clock starts. They read what will be captured and consent to it, item by item;
whatever they refuse is not captured, and without a recorded voice the whole interview is typed. They check their
devices, rehearse once if they like (nothing of it is kept), and read the guide. Then each question is read, thought
about and answered: reading and thinking have a countdown with "start now", the answer has a limit and "I have
finished". When time is up the sentence may end: a grace tail of a few seconds. Silence never ends an answer. The
next question begins at once while the last words of the old one are still being transcribed. After the last question
the interview closes when every answer is settled, and a report is asked for exactly once.

Around this line lie the side states. *Interrupted*: the connection was lost for too long; *paused*: HR stopped the
clock. Both hold the phase underneath with what is left of its time, and both can go on where they stood. *Human
requested*: somebody wants to speak with a person before consenting; later the same wish is only a flag for HR.
*Withdrawn* and *expired* are ends like *reported*; what was answered by then is settled, and scored if it is anything.

``TRANSITIONS`` says for each phase which events may be acted on, and which phases can follow; an empty set means
"heard, the phase stays". A message that is not in its phase's row is refused with a typed code and changes nothing.
Events that concern *an answer* (speech, captions, levels, faces, gaps, transcripts) are not in the table: they find
their answer by its question id, in any phase (``perceived``).

Time is an argument. ``handle(event, now_ms)`` first does everything that was due before ``now_ms``, each at its own
moment and in order, so that a shell that wakes up late changes nothing; then the event. ``next_deadline_ms`` is the one
timer the shell keeps. ``now_ms`` never goes back; if it does, it is taken as the latest moment seen.

After a crash: ``restore`` the snapshot and say ``CandidateLeft(session.epoch)`` with ``session.now_ms`` before anything
else. The connection died with the process, and the candidate shall not pay for the time until it was back.
"""

from realtime.interview import candidate, clockwork, effects, hr, perceived
from realtime.interview import events as on
from realtime.interview import evidence as ev
from realtime.interview import state as memory
from realtime.interview.answers import Answer
from realtime.interview.course import Course
from realtime.interview.plan import InterviewPlan
from realtime.interview.state import ASKING, SEATED, SessionState
from realtime.protocol import messages as say
from realtime.protocol.text import AnswerMode, Language, Phase

Row = dict[type, frozenset[Phase]]


def _to(*phases: Phase) -> frozenset[Phase]:
    return frozenset(phases)


STAYS = _to()
_ANYWHERE: Row = {
    on.CandidateJoined: STAYS,
    on.CandidateLeft: STAYS,
    on.CandidateHushed: STAYS,
    on.MediaChanged: STAYS,
    on.ReportStored: STAYS,
    on.TimePassed: STAYS,
    say.Hello: STAYS,
    say.Ping: STAYS,
    say.SwitchLanguage: STAYS,
    say.HrHello: STAYS,
    say.Watch: STAYS,
    say.Unwatch: STAYS,
}
_RUNNING: Row = _ANYWHERE | {
    say.RequestHuman: STAYS,
    say.Observe: STAYS,
    say.ReportDevices: STAYS,
    say.Accommodate: STAYS,
    say.Withdraw: _to(Phase.WITHDRAWN),
    say.EndInterview: _to(Phase.WITHDRAWN),
}
_SEATED: Row = _RUNNING | {
    on.TimePassed: _to(Phase.INTERRUPTED),
    say.PauseInterview: _to(Phase.PAUSED),
}
_ENDED_BY_HR = _to(Phase.CLOSING, Phase.WITHDRAWN)
"""With answers that must settle first, or with none."""
_QUESTION: Row = _SEATED | {say.ChooseMode: STAYS, say.ExtendTime: STAYS, say.EndInterview: _ENDED_BY_HR}
_AFTER_CONSENT = _to(Phase.DEVICE_CHECK, Phase.PRACTICE, Phase.GUIDE)
_AFTER_ANSWER = _to(Phase.READING, Phase.CLOSING, Phase.PRACTICE)
_ENDED: Row = _ANYWHERE | {say.RequestHuman: STAYS}

TRANSITIONS: dict[Phase, Row] = {
    Phase.INVITED: _ANYWHERE
    | {
        on.CandidateJoined: _to(Phase.CONSENT),
        say.EndInterview: _to(Phase.WITHDRAWN),
    },
    Phase.CONSENT: _SEATED
    | {
        say.GiveConsent: _AFTER_CONSENT,
        say.RequestHuman: _to(Phase.HUMAN_REQUESTED),
    },
    Phase.HUMAN_REQUESTED: _SEATED | {say.GiveConsent: _AFTER_CONSENT},
    Phase.DEVICE_CHECK: _SEATED | {say.Proceed: _to(Phase.PRACTICE, Phase.GUIDE)},
    Phase.PRACTICE: _SEATED | {say.StartAnswer: _to(Phase.READING), say.Proceed: _to(Phase.GUIDE)},
    Phase.GUIDE: _SEATED | {say.Proceed: _to(Phase.READING, Phase.CLOSING)},
    Phase.READING: _QUESTION
    | {
        on.TimePassed: _to(Phase.THINKING, Phase.INTERRUPTED),
        say.StartAnswer: _to(Phase.ANSWERING),
    },
    Phase.THINKING: _QUESTION
    | {
        on.TimePassed: _to(Phase.ANSWERING, Phase.INTERRUPTED),
        say.StartAnswer: _to(Phase.ANSWERING),
    },
    Phase.ANSWERING: _QUESTION
    | {
        on.TimePassed: _to(Phase.GRACE, Phase.INTERRUPTED),
        say.SaveDraft: STAYS,
        say.FinishAnswer: _AFTER_ANSWER,
    },
    Phase.GRACE: _SEATED
    | {
        on.TimePassed: _AFTER_ANSWER | _to(Phase.INTERRUPTED),
        say.SaveDraft: STAYS,
        say.FinishAnswer: _AFTER_ANSWER,
        say.EndInterview: _ENDED_BY_HR,
        say.ExtendTime: _to(Phase.ANSWERING),
        say.Accommodate: _to(Phase.ANSWERING),
    },
    Phase.INTERRUPTED: _RUNNING
    | {
        on.CandidateJoined: SEATED,
        on.TimePassed: ASKING | _to(Phase.EXPIRED),
        say.PauseInterview: _to(Phase.PAUSED),
        say.EndInterview: _ENDED_BY_HR,
        say.ExtendTime: STAYS,
    },
    Phase.PAUSED: _RUNNING
    | {
        on.TimePassed: _to(Phase.EXPIRED),
        say.ContinueInterview: SEATED,
        say.SaveDraft: STAYS,
        say.EndInterview: _ENDED_BY_HR,
        say.ExtendTime: STAYS,
    },
    Phase.CLOSING: _ANYWHERE
    | {
        on.TimePassed: _to(Phase.SCORING, Phase.WITHDRAWN),
        say.RequestHuman: STAYS,
        say.Observe: STAYS,
        say.Withdraw: _to(Phase.WITHDRAWN),
    },
    Phase.SCORING: _ENDED | {on.ReportStored: _to(Phase.REPORTED)},
    Phase.REPORTED: _ENDED,
    Phase.WITHDRAWN: _ENDED,
    Phase.EXPIRED: _ENDED,
}


class InterviewSession:
    """One interview: events in, effects out, no clock, no I/O. Never raises for anything that can be said to it."""

    def __init__(self, plan: InterviewPlan, speech_engine: str = "") -> None:
        """``speech_engine``: description of the model in use, for the first line of the evidence log."""
        self.plan = plan
        self.speech_engine = speech_engine
        self._state = SessionState(language=plan.language, time_factor=plan.time_factor)
        self._course = Course(plan, self._state)

    @classmethod
    def restore(cls, plan: InterviewPlan, snapshot: bytes, speech_engine: str = "") -> "InterviewSession":
        """The session as it was. Raises ``msgspec.DecodeError`` for anything that is not a snapshot."""
        session = cls(plan, speech_engine)
        session._state = memory.decode(snapshot)
        session._course = Course(plan, session._state)
        return session

    def snapshot(self) -> bytes:
        return memory.encode(self._state)

    # ------------------------------------------------------------------ the two verbs
    def handle(self, event: on.InterviewEvent, now_ms: int) -> list[effects.InterviewEffect]:
        """What is to be done now, in order. ``Refuse`` answers whoever the event came from."""
        now_ms = max(now_ms, self._state.now_ms)
        self._course.effects = []
        clockwork.pass_time(self._course, now_ms)
        if _kind(event) in TRANSITIONS[self._state.phase] or isinstance(event, perceived.Perceived):
            self._take(event)
        else:
            over = self._state.outcome is not None
            self._course.refuse("interview_over" if over else "wrong_phase")
        self._course.update_prompts()
        clockwork.pass_time(self._course, now_ms)
        return self._course.effects

    def next_deadline_ms(self) -> int | None:
        """When to say ``TimePassed``; None: nothing is due however long nobody says anything."""
        return clockwork.deadline_ms(self._course)

    def _take(self, event: on.InterviewEvent) -> None:
        match event:
            case on.CandidateJoined(epoch):
                self._joined(epoch)
            case on.CandidateLeft(epoch):
                self._left(epoch)
            case on.CandidateHushed(epoch, silent):
                self._hushed(epoch, silent)
            case on.CandidateSaid(message):
                candidate.obey(self._course, message)
            case on.HrSaid(actor, hr_message):
                hr.obey(self._course, actor, hr_message)
            case on.MediaChanged(transport, connected):
                self._media_changed(transport, connected)
            case on.ReportStored(report_id, total):
                self._report_stored(report_id, total)
            case on.TimePassed():
                pass
            case _:
                perceived.note(self._course, event)

    # ------------------------------------------------------------------ connections and the report
    def _joined(self, epoch: int) -> None:
        state, course = self._state, self._course
        was_connected = state.presence.connected
        if not state.presence.joined(epoch):
            return
        course.observe("connection_replaced" if was_connected else "reconnected")
        if state.phase is Phase.INVITED:
            self._begin()
            return
        course.tell_presence()
        if state.phase is Phase.INTERRUPTED:
            course.release()
        elif state.phase in SEATED:
            course.show_state()
        else:
            course.refresh_list()

    def _begin(self) -> None:
        plan, state = self.plan, self._state
        state.clock_start_ms = state.now_ms
        self._course.record(
            ev.InterviewStarted(
                interview_id=plan.interview_id,
                position_id=plan.position_id,
                position_version=plan.position_version,
                position=plan.position,
                language=plan.language,
                profile=plan.profile,
                questions=[question.id for question in plan.questions],
                speech_engine=self.speech_engine,
                speech_notice=plan.speech_notice,
            )
        )
        self._course.enter(Phase.CONSENT)

    def _left(self, epoch: int) -> None:
        """The clocks stand still from here; the phase says so only when the candidate stays away."""
        if self._state.presence.left(epoch, self._state.now_ms):
            self._course.observe("disconnected")
            self._course.sync_clocks()
            self._course.tell_presence()

    def _hushed(self, epoch: int, silent: bool) -> None:
        """Nobody knows yet whether they are gone; until somebody does it shall not cost them time."""
        if self._state.presence.hushed(epoch, silent):
            self._course.observe("fell_silent" if silent else "heard_again")
            self._course.tell_presence()
            if self._state.phase in SEATED:
                self._course.show_state()

    def _media_changed(self, transport: say.Transport, connected: bool) -> None:
        state, course = self._state, self._course
        if (state.transport, state.media_connected) == (transport, connected):
            return
        state.transport, state.media_connected = transport, connected
        if state.answer is not None:
            self._floor_after(state.answer, connected)
        course.observe("media_connected" if connected else "media_lost", transport)
        course.send(say.MediaState(transport, connected), durable=False)
        course.refresh_list()

    def _floor_after(self, answer: Answer, connected: bool) -> None:
        """Whoever was speaking when the media stopped was last heard then; silence is counted anew from here."""
        reading_ms, span = answer.watch.read(self._state.now_ms), None
        if not connected:
            span = answer.floor.speech_ended(answer.floor.heard_until_ms, reading_ms)
        answer.floor.fall_quiet(reading_ms)
        if span and not answer.practice:
            self._course.record(answer.span_evidence(span))

    def _report_stored(self, report_id: str, total: float | None) -> None:
        """Also the report of an interview that was withdrawn or expired is told; its phase stays the end it had."""
        state, course = self._state, self._course
        if not state.finished or state.report_id is not None:
            return
        state.report_id = report_id
        if state.phase is Phase.SCORING:
            course.enter(Phase.REPORTED, reason=state.reason)
        course.effects.append(effects.NotifyHr(say.ReportReady(report_id), durable=True))
        course.refresh_list()

    # ------------------------------------------------------------------ what the shell may look at
    def state(self) -> say.PhaseChanged:
        """The whole visible state, as of the latest moment handled."""
        return self._course.visible_state()

    @property
    def phase(self) -> Phase:
        return self._state.phase

    @property
    def question_id(self) -> str | None:
        """The question on the screen, practice included."""
        question = self._course.question
        return question.id if question else None

    @property
    def question_index(self) -> int:
        """0 before the first question and in practice."""
        return 0 if self._state.practising else self._state.index

    @property
    def practising(self) -> bool:
        """What is said now is a rehearsal: for the candidate alone, not for watchers."""
        return self._state.practising

    @property
    def answering(self) -> bool:
        """An answer is open and the interview is not standing still: media may be taken."""
        return self._state.answer is not None and self._state.phase in SEATED

    def open_answer(self) -> tuple[effects.OpenAnswer, int] | None:
        """For a shell that starts from a snapshot: the answer that is open, as it was asked for, and how much of
        its media time had gone by. None: no answer is open."""
        answer = self._state.answer
        if answer is None:
            return None
        gone_ms = max(answer.floor.heard_until_ms, answer.watch.read(self.now_ms) - answer.media_began_ms)
        return self._course.opening(answer), gone_ms if answer.voice_opened else 0

    def unsettled(self) -> list[effects.CloseAnswer]:
        """For a shell that starts from a snapshot: the closed answers whose recording or last words it has to see to,
        as it was asked to."""
        return [self._course.closing(answer) for answer in self._state.closed if not answer.settled]

    @property
    def ending(self) -> bool:
        """The last question is behind the candidate, whatever is still to be saved."""
        return self._state.outcome is not None

    @property
    def recordings_stand(self) -> bool:
        """It is over, and nothing that was sent is without its recording: what recordings are made of may go."""
        answers = (answer for answer in self._state.closed if answer.take and answer.audio_ms)
        return self._state.finished and all(answer.recording is not None for answer in answers)

    def answer_ms(self, now_ms: int) -> int:
        """How long the open answer has been open, on its media clock; 0: none is open."""
        answer = self._state.answer
        return 0 if answer is None else max(0, answer.watch.read(now_ms) - answer.media_began_ms)

    @property
    def mode(self) -> AnswerMode:
        return self._state.mode

    @property
    def language(self) -> Language:
        return self._state.language

    @property
    def answered(self) -> int:
        return sum(not answer.skipped for answer in self._state.closed)

    @property
    def draft(self) -> str:
        return self._state.answer.draft.text if self._state.answer else ""

    @property
    def draft_revision(self) -> int:
        return self._state.answer.draft.revision if self._state.answer else -1

    @property
    def epoch(self) -> int:
        return self._state.presence.epoch

    @property
    def connected(self) -> bool:
        return self._state.presence.connected

    @property
    def heard(self) -> bool:
        """The connection was heard lately, as far as anybody said."""
        return self._state.presence.here

    @property
    def transport(self) -> say.Transport:
        return self._state.transport

    @property
    def human_requested(self) -> bool:
        return self._state.human_requested

    @property
    def consent(self) -> say.ConsentItems | None:
        return self._state.permissions.consent

    @property
    def voice_allowed(self) -> bool:
        """May media be taken and answers be spoken: consented to, and no failed microphone. False before consent."""
        return self._state.permissions.voice_answers

    @property
    def voice_analysis_allowed(self) -> bool:
        return self._state.permissions.voice_analysis(self.plan)

    @property
    def face_allowed(self) -> bool:
        """May the face be analysed: the plan allows it and the candidate consented. False before consent."""
        return self._state.permissions.face_analysis(self.plan)

    @property
    def clock_start_ms(self) -> int | None:
        """The clock at the first join (normally 0); None before it."""
        return self._state.clock_start_ms

    @property
    def now_ms(self) -> int:
        """The latest moment handled."""
        return self._state.now_ms

    @property
    def over(self) -> bool:
        """The log is closed: everything is settled, ``InterviewEnded`` is written."""
        return self._state.finished

    @property
    def report_id(self) -> str | None:
        return self._state.report_id


def _kind(event: on.InterviewEvent) -> type:
    return type(event.message) if isinstance(event, on.CandidateSaid | on.HrSaid) else type(event)
