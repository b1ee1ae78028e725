"""The table is exact: every move in it can happen, and from no phase does any event lead elsewhere."""

from collections.abc import Callable, Iterator
from typing import Any

from realtime.interview import events as on
from realtime.interview.plan import TimingRules
from realtime.interview.session import TRANSITIONS
from realtime.interview.state import SEATED
from realtime.protocol import messages as say
from realtime.protocol.text import Phase

Build = Callable[..., Any]
ROAD = (Phase.READING, Phase.THINKING, Phase.ANSWERING, Phase.GRACE)
TYPED = say.ConsentItems(recording=False, speech_to_text=False)
VOICE = say.ConsentItems(recording=True, speech_to_text=True)


def along(r: Any, phase: Phase, *, rehearsing: bool, last: bool) -> None:
    """To ``phase`` of practice, of the first question or of the last one."""
    r.join().consent()
    r.says(say.ReportDevices("ok", camera="ok", transport="webrtc"))
    r.says(say.Proceed(Phase.DEVICE_CHECK))
    if rehearsing:
        r.says(say.StartAnswer("warm-up"))
    else:
        r.says(say.Proceed(Phase.PRACTICE))
        r.says(say.Proceed(Phase.GUIDE))
        if last:
            r.says(say.StartAnswer("q1"))
            r.says(say.FinishAnswer("q1"))
    while r.session.phase is not phase:
        r.happens(on.TimePassed(), r.session.next_deadline_ms() - r.now_ms)


def seated_rooms(room: Build) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A way to every phase in which the candidate sits, in every variant that matters."""

    def opening(*steps: Callable[[Any], Any], **changes: Any) -> Callable[[], Any]:
        def build() -> Any:
            r = room(**changes)
            for step in steps:
                step(r)
            return r

        return build

    def devices(r: Any) -> None:
        r.consent()
        r.says(say.ReportDevices("ok", camera="ok", transport="webrtc"))

    variants: dict[str, dict[str, Any]] = {
        "practice": {},
        "none": {"practice": None},
        "nothing to ask": {"questions": ()},
    }
    for name, changes in variants.items():
        yield f"consent, {name}", opening(lambda r: r.join(), **changes)
        yield f"human, {name}", opening(lambda r: r.join().says(say.RequestHuman()), **changes)
        yield f"devices, {name}", opening(lambda r: r.join(), devices, **changes)
        yield f"guide, {name}", opening(lambda r: r.to_guide(), **changes)
    yield "practice", opening(lambda r: r.join(), devices, lambda r: r.says(say.Proceed(Phase.DEVICE_CHECK)))
    for phase in ROAD:
        for rehearsing, last in ((True, False), (False, False), (False, True)):

            def walk(r: Any, phase: Phase = phase, rehearsing: bool = rehearsing, last: bool = last) -> None:
                along(r, phase, rehearsing=rehearsing, last=last)

            yield f"{phase}, {rehearsing=}, {last=}", opening(walk)
        yield f"{phase}, and nobody is waited for", opening(walk, timing=TimingRules(after_limit="continue"))


def held(build: Callable[[], Any], how: Phase) -> Callable[[], Any]:
    def stopped() -> Any:
        r = build()
        if how is Phase.PAUSED:
            r.hr(say.PauseInterview("i-1"))
        else:
            r.happens(on.CandidateLeft(r.session.epoch))
            r.wait(10_000)
        return r

    return stopped


def ending_rooms(room: Build) -> Iterator[Callable[[], Any]]:
    def invited() -> Any:
        return room()

    def closing() -> Any:
        r = room().to_answer()
        r.says(say.SaveDraft("q1", "text", 1))
        r.hr(say.EndInterview("i-1"))
        return r

    def closing_with_nothing() -> Any:
        r = room().to_answer()
        r.hr(say.EndInterview("i-1"))
        return r

    def scoring() -> Any:
        r = closing()
        r.wait(160_000)
        return r

    def reported() -> Any:
        r = scoring()
        r.happens(on.ReportStored("r-1", None))
        return r

    def withdrawn() -> Any:
        r = room().to_answer()
        r.says(say.Withdraw())
        return r

    def expired() -> Any:
        r = room().to_answer()
        r.happens(on.CandidateLeft(1))
        r.wait(25 * 3_600_000)
        return r

    return iter((invited, closing, closing_with_nothing, scoring, reported, withdrawn, expired))


def everything_that_can_be_said(r: Any) -> list[on.InterviewEvent]:
    question_id, phase = r.session.question_id or "", r.session.phase
    said: list[say.CandidateMessage] = [
        say.Hello("token"),
        say.Ping(1),
        say.GiveConsent(VOICE, "v1", "zh"),
        say.GiveConsent(TYPED, "v1", "zh"),
        say.ReportDevices("ok", camera="ok", transport="webrtc"),
        say.Proceed(phase),
        say.StartAnswer(question_id),
        say.FinishAnswer(question_id),
        say.ChooseMode(question_id, "text"),
        say.SaveDraft(question_id, "text", 9),
        say.SwitchLanguage("en"),
        say.RequestHuman(),
        say.Withdraw(),
        say.Observe("tab_hidden"),
    ]
    ordered: list[say.HrMessage] = [
        say.HrHello("token"),
        say.Watch("i-1"),
        say.Unwatch("i-1"),
        say.Accommodate("i-1", 2.0),
        say.Accommodate("i-1", None),
        say.ExtendTime("i-1", 30_000),
        say.PauseInterview("i-1"),
        say.ContinueInterview("i-1"),
        say.EndInterview("i-1"),
    ]
    return [
        *(on.CandidateSaid(message) for message in said),
        *(on.HrSaid("hr.li", message) for message in ordered),
        on.CandidateJoined(r.session.epoch + 1),
        on.CandidateLeft(r.session.epoch),
        on.CandidateHushed(r.session.epoch, silent=True),
        on.MediaChanged("webrtc", True),
        on.ReportStored("r-1", 50.0),
        on.TimePassed(),
    ]


def steps(r: Any, kind: type, event: on.InterviewEvent, after_ms: int = 0) -> Iterator[tuple[Phase, type, Phase]]:
    """The first change is the event's, what follows at the same moment is time's."""
    before = r.session.phase
    for state in r.sent(say.PhaseChanged, r.happens(event, after_ms)):
        if state.phase is not before:
            yield before, kind, state.phase
            before, kind = state.phase, on.TimePassed


def moves_of(build: Callable[[], Any]) -> Iterator[tuple[Phase, type, Phase]]:
    """Say everything, each to a room of its own, and let time pass with and without the candidate."""
    for index in range(len(everything_that_can_be_said(build()))):
        r = build()
        event = everything_that_can_be_said(r)[index]
        kind = type(event.message) if isinstance(event, on.CandidateSaid | on.HrSaid) else type(event)
        yield from steps(r, kind, event)
    for leaves in (False, True):
        r = build()
        if leaves:
            r.happens(on.CandidateLeft(r.session.epoch))
        while (due := r.session.next_deadline_ms()) is not None:
            yield from steps(r, on.TimePassed, on.TimePassed(), max(0, due - r.now_ms))


def test_the_table_is_exact(room: Build) -> None:
    seated = [build for _, build in seated_rooms(room)]
    builds = [*seated, *(held(build, how) for build in seated for how in (Phase.PAUSED, Phase.INTERRUPTED))]
    found = {move for build in [*builds, *ending_rooms(room)] for move in moves_of(build)}
    table = {(phase, kind, to) for phase, row in TRANSITIONS.items() for kind, targets in row.items() for to in targets}
    assert found - table == set(), "happens, and is not in the table"
    assert table - found == set(), "is in the table, and never happens"


def test_every_phase_where_somebody_sits_is_visited(room: Build) -> None:
    assert {build().session.phase for _, build in seated_rooms(room)} == SEATED
