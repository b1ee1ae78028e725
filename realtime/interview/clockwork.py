"""What time alone brings: the next moment at which something is due, and what is done then.

``deadline_ms`` and ``_strike`` are two halves of one list: whatever the first one names, the second one does, so that
time always gets on.
"""

from realtime.interview.answers import Answer
from realtime.interview.course import Course
from realtime.interview.state import ASKING, HELD, SEATED
from realtime.interview.turns import sentence_ends_at
from realtime.protocol.text import Phase


def pass_time(course: Course, now_ms: int) -> None:
    """Up to ``now_ms``: everything that is due, in order, each at its own moment."""
    state = course.state
    while (due_ms := deadline_ms(course)) is not None and due_ms <= now_ms:
        state.now_ms = max(due_ms, state.now_ms)
        _strike(course)
    state.now_ms = now_ms


def deadline_ms(course: Course) -> int | None:
    """The next moment on the interview clock at which something is due; None: nothing, however long one waits."""
    state, presence, rules = course.state, course.state.presence, course.plan.timing
    moments = [answer.due_ms for answer in state.closed if not answer.settled]
    if state.outcome is not None and not state.finished and not moments:
        moments.append(state.closing_until_ms)
    if state.phase in SEATED and not presence.connected:
        moments.append(presence.interrupts_at(rules))
    if state.phase in HELD and not presence.connected:
        moments.append(presence.limit_at(rules))
    if _nobody_ends_it(course):
        moments.append(state.now_ms)
    if state.timer is not None:
        moments.append(state.timer.ends_at())
    if state.answer is not None:
        moments += [_sentence_ends_ms(course, state.answer), _prompt_check_ms(course, state.answer)]
    return min((moment for moment in moments if moment is not None), default=None)


def _sentence_ends_ms(course: Course, answer: Answer) -> int | None:
    """Only a spoken answer has a tail that can end early; who types gets the whole of it."""
    if course.state.phase is not Phase.GRACE or answer.tail_began_ms is None or answer.mode == "text":
        return None
    reading_ms = sentence_ends_at(answer.floor, answer.tail_began_ms, course.plan.timing.sentence_end_ms)
    return None if reading_ms is None else answer.watch.when(reading_ms)


def _prompt_check_ms(course: Course, answer: Answer) -> int | None:
    if course.state.phase is not Phase.ANSWERING:
        return None
    reading_ms = answer.prompter.next_check_ms(course.moment(answer), course.plan.timing)
    return None if reading_ms is None else answer.watch.when(reading_ms)


def _strike(course: Course) -> None:
    """Do what is due at ``now_ms``; what is due at the same moment after it, the next strike does."""
    state, presence, rules, now_ms = course.state, course.state.presence, course.plan.timing, course.now_ms
    for answer in state.closed:
        if answer.settled or not _reached(answer.due_ms, now_ms):
            continue
        if answer.saving:
            course.stop_saving(answer)
        else:
            transcript = answer.transcript_without_shell(course.plan.speech_available)
            course.settle(answer, transcript, answer.audio_ms or answer.floor.heard_until_ms)
    if state.phase in SEATED and _reached(presence.interrupts_at(rules), now_ms):
        course.hold(Phase.INTERRUPTED, "disconnected")
    elif state.phase in HELD and _reached(presence.limit_at(rules), now_ms):
        _limit_reached(course)
    elif _nobody_ends_it(course):
        presence.waited_for_again(now_ms)
        course.sync_clocks()
    elif state.timer is not None and _reached(state.timer.ends_at(), now_ms):
        _timer_ended(course)
    elif state.answer is not None and _reached(_sentence_ends_ms(course, state.answer), now_ms):
        course.leave_answer("time_up")
    course.finish_if_settled()
    course.update_prompts()


def _limit_reached(course: Course) -> None:
    """Going on without the candidate makes sense where questions are asked: there every clock comes to its end."""
    state, presence = course.state, course.state.presence
    goes_on = course.plan.timing.after_limit == "continue" and state.phase is Phase.INTERRUPTED
    limited = state.timer is not None and state.timer.left_ms is not None
    if goes_on and course.phase in ASKING and limited and not state.practising:
        presence.given_up(course.now_ms)
        course.observe("went_on_without_candidate")
        course.release()
    else:
        course.begin_end("expired")


def _nobody_ends_it(course: Course) -> bool:
    """The candidate was given up, and then HR lifted the time limit: only the candidate could end this answer."""
    state = course.state
    unlimited = state.timer is None or state.timer.left_ms is None
    return state.presence.absent and state.phase in SEATED and unlimited


def _timer_ended(course: Course) -> None:
    """A timer belongs to one of the four phases of a question, and there is always a question in them."""
    question, phase = course.question, course.state.phase
    if phase is Phase.READING and question:
        course.enter(Phase.THINKING, base_ms=question.thinking_ms)
    elif phase is Phase.THINKING and question:
        course.open_answer(question)
    elif phase is Phase.ANSWERING:
        course.time_is_up()
    else:
        course.leave_answer("time_up")


def _reached(moment_ms: int | None, now_ms: int) -> bool:
    return moment_ms is not None and moment_ms <= now_ms
