"""What the candidate asks for, once the table has let it through."""

from realtime.interview import effects as do
from realtime.interview import evidence as ev
from realtime.interview.course import Course
from realtime.protocol import messages as say
from realtime.protocol.codec import MAX_DRAFT_CHARACTERS, MAX_NOTE_CHARACTERS
from realtime.protocol.text import Phase

MOST_NOTES = 1_000
"""Observations and calls for a human kept per interview: a page gone wild must not fill the evidence log."""


def obey(course: Course, message: say.CandidateMessage) -> None:
    """Carry out one message; what cannot be done becomes a ``Refuse``."""
    match message:
        case say.Hello() | say.Ping():
            pass
        case say.GiveConsent():
            _give_consent(course, message)
        case say.ReportDevices():
            _report_devices(course, message)
        case say.Proceed():
            _proceed(course, message.phase)
        case say.StartAnswer():
            _start_answer(course, message.question_id)
        case say.FinishAnswer():
            if _current(course, message.question_id):
                course.leave_answer("finished")
        case say.ChooseMode():
            _choose_mode(course, message)
        case say.SaveDraft():
            _save_draft(course, message)
        case say.SwitchLanguage():
            _switch_language(course, message)
        case say.RequestHuman():
            _request_human(course, message.note)
        case say.Withdraw():
            _withdraw(course, message.reason)
        case say.Observe():
            _observe(course, message)


def _give_consent(course: Course, message: say.GiveConsent) -> None:
    course.state.permissions.consent = message.items
    course.record(ev.ConsentGiven(message.items, text_version=message.text_version, language=message.language))
    course.after_consent()


def _report_devices(course: Course, message: say.ReportDevices) -> None:
    """A microphone that fails closes the spoken way, one that works opens it again; neither counts."""
    state = course.state
    state.permissions.microphone, state.transport = message.microphone, message.transport
    heard = "yes" if message.heard_myself else "no"
    peak = "" if message.peak_dbfs is None else f" peak_dbfs={message.peak_dbfs:.1f}"
    course.observe(
        "devices",
        f"microphone={message.microphone} camera={message.camera} transport={message.transport}"
        f" heard_myself={heard}{peak}",
    )
    question = course.question
    if question and state.phase in (Phase.READING, Phase.THINKING):
        modes = state.permissions.modes(question)
        if state.mode not in modes:
            state.mode = modes[0]
            course.show_state()


def _proceed(course: Course, phase: Phase) -> None:
    """``phase`` guards against a double click: the second one names a phase that is over."""
    state = course.state
    if phase is not state.phase:
        course.refuse("wrong_phase")
    elif phase is Phase.DEVICE_CHECK and state.permissions.microphone is None:
        course.refuse("devices_not_checked")
    elif phase is Phase.DEVICE_CHECK:
        course.after_devices()
    elif phase is Phase.PRACTICE:
        course.enter(Phase.GUIDE)
    else:
        course.next_question()


def _start_answer(course: Course, question_id: str) -> None:
    """From practice it begins the rehearsal with reading; from reading or thinking it opens the answer."""
    if not _current(course, question_id):
        return
    question = course.question
    if question is None:
        return
    if course.state.phase is Phase.PRACTICE:
        course.state.practising = True
        course.ask(question)
    else:
        course.open_answer(question)


def _choose_mode(course: Course, message: say.ChooseMode) -> None:
    state, question = course.state, course.question
    if not _current(course, message.question_id) or question is None:
        return
    if message.mode not in state.permissions.modes(question):
        course.refuse("mode_not_offered")
    elif message.mode != state.mode:
        state.mode = message.mode
        course.change_mode(state.answer)
        course.show_state()


def _save_draft(course: Course, message: say.SaveDraft) -> None:
    """The reply names the newest revision, so that a page that was loaded anew learns where to go on from."""
    answer, question = course.state.answer, course.question
    if not _current(course, message.question_id):
        return
    if answer is None or question is None:
        course.refuse("wrong_phase")
        return
    if "text" not in course.state.permissions.modes(question):
        course.refuse("mode_not_offered")
        return
    if len(message.text) > MAX_DRAFT_CHARACTERS:
        course.refuse("draft_too_long")
        return
    answer.draft.save(message.text, message.revision, answer.watch.read(course.now_ms))
    course.send(say.DraftSaved(answer.question_id, revision=answer.draft.revision), durable=False)


def _switch_language(course: Course, message: say.SwitchLanguage) -> None:
    if message.language != course.state.language:
        course.state.language = message.language
        course.observe("language_switched", message.language)
        course.refresh_list()


def _request_human(course: Course, note: str) -> None:
    """A flag for HR that stops nothing. Only before consent the interview waits: there the wish is to talk first."""
    if len(note) > MAX_NOTE_CHARACTERS:
        course.refuse("note_too_long")
        return
    if not _take_note(course):
        return
    course.state.human_requested = True
    course.record(ev.HumanAskedFor(note))
    course.send(say.HumanRequested(note))
    if course.state.phase is Phase.CONSENT:
        course.enter(Phase.HUMAN_REQUESTED)
    else:
        course.refresh_list()


def _withdraw(course: Course, reason: str) -> None:
    if len(reason) > MAX_NOTE_CHARACTERS:
        course.refuse("note_too_long")
        return
    course.observe("withdrew", reason)
    course.begin_end("withdrawn")


def _observe(course: Course, message: say.Observe) -> None:
    """Shown to HR as what it is. Before consent it is forgotten."""
    if len(message.detail) > MAX_NOTE_CHARACTERS:
        course.refuse("note_too_long")
        return
    if course.state.permissions.consent is None or not _take_note(course):
        return
    course.observe(message.kind, message.detail)
    question = course.question
    observed = say.Observed(message.kind, question_id=question.id if question else "", detail=message.detail)
    course.effects.append(do.NotifyHr(observed))


def _take_note(course: Course) -> bool:
    if course.state.notes_taken >= MOST_NOTES:
        course.refuse("too_many_notes")
        return False
    course.state.notes_taken += 1
    return True


def _current(course: Course, question_id: str) -> bool:
    """Is this the question on the screen? A late click on the last one must not touch the next."""
    if course.question is not None and course.question.id == question_id:
        return True
    course.refuse("question_not_current")
    return False
