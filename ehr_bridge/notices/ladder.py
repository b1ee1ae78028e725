"""One message on its way to one person, rung by rung: a table, with time as an argument.

             the call begins            taken
    queued ──────────────────► sending ──────────────► listening ──► delivered
     │ no channel is open         │ refused for good,      │ told that it failed, or silence
     ▼                            │ or too often           │ where success would be told
    undeliverable                 └──────── queued, next rung ◄──┘

*sending* is written down before the call: whoever finds it there after ``answer_ms`` knows that the process died and
that the answer is lost. It is sent again under the same message id; whether the person may then see it twice is the
channel's matter (docs/explanation/notices.md). A receipt counts whenever it comes: an arrival on an earlier rung ends
the ladder, a failure after "delivered" goes on with the next rung.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from ehr_bridge.notices.channels import POLICIES, Channel
from ehr_bridge.notices.reach import Reach

State = Literal["queued", "sending", "listening", "delivered", "undeliverable", "cancelled"]
OPEN: frozenset[State] = frozenset({"queued", "sending", "listening"})


class Ladder(msgspec.Struct, frozen=True):
    """``rung``: index into ``rungs`` of the current or next channel. ``tries``: on it. ``wake_at_ms``: None: nothing
    but an event moves it."""

    rungs: tuple[Channel, ...]
    state: State
    wake_at_ms: int | None
    rung: int = 0
    tries: int = 0

    @property
    def channel(self) -> Channel | None:
        return self.rungs[self.rung] if self.rung < len(self.rungs) else None


@dataclass(frozen=True, slots=True)
class Woke:
    """``wake_at_ms`` has come."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel has it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel will not take it; ``again_in_ms``: it may later. ``reason``: a code, no personal data."""

    reason: str
    again_in_ms: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerLost:
    """It may have been taken, or not."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    channel: Channel


@dataclass(frozen=True, slots=True)
class Failed:
    """Told after it was taken."""

    channel: Channel
    reason: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    reason: str


Event = Woke | Taken | Refused | AnswerLost | Arrived | Failed | Cancelled


@dataclass(frozen=True, slots=True)
class Send:
    channel: Channel


@dataclass(frozen=True, slots=True)
class TellUndeliverable:
    """Nothing leads to this person."""


Effect = Send | TellUndeliverable


@dataclass(frozen=True, slots=True)
class Step:
    """A line in the log of a notice."""

    channel: Channel | Literal[""]
    happening: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    ladder: Ladder
    effects: tuple[Effect, ...] = ()
    steps: tuple[Step, ...] = ()


def begin(rungs: tuple[Channel, ...], not_before_ms: int) -> Ladder:
    return Ladder(rungs, "queued", not_before_ms)


def handle(ladder: Ladder, event: Event, now_ms: int, at: Reach) -> Moved:
    """What the event makes of the ladder. An event that means nothing in this state changes nothing."""
    move = TABLE.get((ladder.state, type(event)))
    return move(ladder, event, now_ms, at) if move else Moved(ladder)


def _cancel(ladder: Ladder, event: Event, _now_ms: int, _at: Reach) -> Moved:
    assert isinstance(event, Cancelled)
    gone = msgspec.structs.replace(ladder, state="cancelled", wake_at_ms=None)
    return Moved(gone, (), (Step("", "cancelled", event.reason),))


def _choose(ladder: Ladder, _event: Event, now_ms: int, at: Reach) -> Moved:
    """The next open rung; the closed ones before it leave a line each."""
    steps: list[Step] = []
    rung, tries = ladder.rung, ladder.tries
    while rung < len(ladder.rungs) and ladder.rungs[rung] in at.closed:
        steps.append(Step(ladder.rungs[rung], "closed", at.closed[ladder.rungs[rung]]))
        rung, tries = rung + 1, 0
    if rung == len(ladder.rungs):
        return _undeliverable(ladder, tuple(steps))
    channel = ladder.rungs[rung]
    policy = POLICIES[channel]
    if policy.rings and at.quiet_until_ms is not None:
        # The rungs were not used up: by morning a closed one may be open.
        later = msgspec.structs.replace(ladder, wake_at_ms=at.quiet_until_ms)
        return Moved(later, (), (Step(channel, "quiet_hours"),))
    wake = now_ms + policy.answer_ms
    sending = msgspec.structs.replace(ladder, state="sending", rung=rung, tries=tries + 1, wake_at_ms=wake)
    return Moved(sending, (Send(channel),), (*steps, Step(channel, "sending")))


def _undeliverable(ladder: Ladder, steps: tuple[Step, ...]) -> Moved:
    gone = msgspec.structs.replace(ladder, state="undeliverable", rung=len(ladder.rungs), wake_at_ms=None)
    return Moved(gone, (TellUndeliverable(),), (*steps, Step("", "undeliverable")))


def _listen(ladder: Ladder, _event: Event, now_ms: int, _at: Reach) -> Moved:
    channel = ladder.channel
    assert channel is not None
    policy = POLICIES[channel]
    taken = Step(channel, "taken")
    if not policy.listen_ms and policy.silence_arrived:
        done = msgspec.structs.replace(ladder, state="delivered", wake_at_ms=None)
        return Moved(done, (), (taken, Step(channel, "delivered", "no_news")))
    waiting = msgspec.structs.replace(ladder, state="listening", wake_at_ms=now_ms + policy.listen_ms)
    return Moved(waiting, (), (taken,))


def _refused(ladder: Ladder, event: Event, now_ms: int, at: Reach) -> Moved:
    assert isinstance(event, Refused)
    channel = ladder.channel
    assert channel is not None
    step = Step(channel, "refused", event.reason)
    if event.again_in_ms is None:
        return _next(ladder, step, now_ms, at)
    return _again(ladder, step, max(event.again_in_ms, POLICIES[channel].again_ms), now_ms, at)


def _lost(ladder: Ladder, event: Event, now_ms: int, at: Reach) -> Moved:
    channel = ladder.channel
    assert channel is not None
    reason = event.reason if isinstance(event, AnswerLost) else "process_died"
    return _again(ladder, Step(channel, "answer_lost", reason), POLICIES[channel].again_ms, now_ms, at)


def _again(ladder: Ladder, step: Step, in_ms: int, now_ms: int, at: Reach) -> Moved:
    channel = ladder.channel
    assert channel is not None
    if ladder.tries >= POLICIES[channel].tries:
        return _next(ladder, step, now_ms, at)
    return Moved(msgspec.structs.replace(ladder, state="queued", wake_at_ms=now_ms + in_ms), (), (step,))


def _next(ladder: Ladder, step: Step, now_ms: int, _at: Reach) -> Moved:
    if ladder.rung + 1 >= len(ladder.rungs):
        return _undeliverable(ladder, (step,))
    on = msgspec.structs.replace(ladder, state="queued", rung=ladder.rung + 1, tries=0, wake_at_ms=now_ms)
    return Moved(on, (), (step,))


def _silence(ladder: Ladder, _event: Event, now_ms: int, at: Reach) -> Moved:
    channel = ladder.channel
    assert channel is not None
    if POLICIES[channel].silence_arrived:
        done = msgspec.structs.replace(ladder, state="delivered", wake_at_ms=None)
        return Moved(done, (), (Step(channel, "delivered", "no_news"),))
    return _next(ladder, Step(channel, "no_receipt"), now_ms, at)


def _arrived(ladder: Ladder, event: Event, _now_ms: int, _at: Reach) -> Moved:
    assert isinstance(event, Arrived)
    done = msgspec.structs.replace(ladder, state="delivered", wake_at_ms=None)
    return Moved(done, (), (Step(event.channel, "delivered", "receipt"),))


def _failed(ladder: Ladder, event: Event, now_ms: int, at: Reach) -> Moved:
    assert isinstance(event, Failed)
    step = Step(event.channel, "failed", event.reason)
    # News of an earlier rung is written down; the present one has its own answer to wait for.
    return _next(ladder, step, now_ms, at) if event.channel == ladder.channel else Moved(ladder, (), (step,))


Move = Callable[[Ladder, Event, int, Reach], Moved]
TABLE: dict[tuple[State, type[Event]], Move] = {
    ("queued", Woke): _choose,
    ("queued", Arrived): _arrived,
    ("queued", Failed): _failed,
    ("queued", Cancelled): _cancel,
    ("sending", Taken): _listen,
    ("sending", Refused): _refused,
    ("sending", AnswerLost): _lost,
    ("sending", Woke): _lost,
    ("sending", Arrived): _arrived,
    ("sending", Failed): _failed,
    ("listening", Woke): _silence,
    ("listening", Arrived): _arrived,
    ("listening", Failed): _failed,
    ("listening", Cancelled): _cancel,
    ("delivered", Failed): _failed,
    ("undeliverable", Arrived): _arrived,
}
