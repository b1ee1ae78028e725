"""What HR does to a running interview. Every action is evidence, with the person who took it."""

import math

from realtime.interview import evidence as ev
from realtime.interview.course import Course
from realtime.interview.state import HELD
from realtime.protocol import messages as say
from realtime.protocol.codec import MAX_NOTE_CHARACTERS
from realtime.protocol.text import Phase

LARGEST_FACTOR = 10.0
LONGEST_EXTENSION_MS = 3_600_000


def obey(course: Course, actor: str, message: say.HrMessage) -> None:
    """Carry out one message; what cannot be done becomes a ``Refuse`` to whoever asked."""
    match message:
        case say.HrHello() | say.Ping() | say.Watch() | say.Unwatch():
            pass
        case say.Accommodate():
            _accommodate(course, actor, message)
        case say.ExtendTime():
            _extend(course, actor, message.extra_ms)
        case say.PauseInterview():
            course.record(ev.HrAction(actor, "pause"))
            _pause(course)
        case say.ContinueInterview():
            course.record(ev.HrAction(actor, "continue"))
            course.release()
        case say.EndInterview():
            _end(course, actor, message.reason)


def _accommodate(course: Course, actor: str, message: say.Accommodate) -> None:
    state, old, new = course.state, course.state.time_factor, message.time_factor
    if new is not None and not (math.isfinite(new) and 0 < new <= LARGEST_FACTOR):
        course.refuse("time_factor_invalid")
        return
    if len(message.reason) > MAX_NOTE_CHARACTERS:
        course.refuse("note_too_long")
        return
    course.record(ev.AccommodationChanged(new, actor=actor, reason=message.reason))
    state.time_factor = new
    if course.phase is Phase.GRACE and new is None:
        course.answer_longer(None, None)
        return
    if state.timer is not None:
        state.timer.rescale(old, new, course.now_ms)
    course.show_state()


def _extend(course: Course, actor: str, extra_ms: int) -> None:
    """In the tail it means: go on answering, with that much time. The share that has passed stays passed."""
    timer, answer = course.state.timer, course.state.answer
    if not 0 < extra_ms <= LONGEST_EXTENSION_MS:
        course.refuse("extra_time_invalid")
        return
    if timer is None or timer.left_ms is None:
        course.refuse("no_timer_running")
        return
    course.record(ev.HrAction(actor, "extend_time", detail=f"{extra_ms} ms"))
    if course.phase is Phase.GRACE and answer is not None:
        spent_ms = answer.tail_began_ms or 0
        course.answer_longer(spent_ms + extra_ms, extra_ms)
        return
    timer.extend(extra_ms, course.now_ms)
    course.show_state()


def _pause(course: Course) -> None:
    if course.state.phase in HELD:
        course.state.phase = Phase.PAUSED
        course.state.reason = "paused_by_hr"
        course.show_state()
    else:
        course.hold(Phase.PAUSED, "paused_by_hr")


def _end(course: Course, actor: str, reason: str) -> None:
    if len(reason) > MAX_NOTE_CHARACTERS:
        course.refuse("note_too_long")
        return
    course.record(ev.HrAction(actor, "end", detail=reason))
    course.begin_end("ended_by_hr")
