"""From an offer to the first day: a table. HR moves the steps; the person's words only ever ask for a confirmation.

    offered ──► confirming ──► medical_check ──► contract ──► record_entry ──► done
       │  ▲          │ "let me think"
       │  └──────────┘
       └─► declined | taken_back | lapsed

Saying "I accept" is answered with a question to confirm; only the confirmation accepts. Saying no is shown to HR, who
closes the offer. A lapsed offer can be made again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

State = Literal[
    "offered",
    "confirming",
    "medical_check",
    "contract",
    "record_entry",
    "done",
    "declined",
    "taken_back",
    "lapsed",
]
Happening = Literal["said_yes", "confirmed", "thinks_again", "said_no", "step_done", "declined", "taken_back", "lapsed"]
Act = Literal["ask_to_confirm", "tell_accepted", "tell_hr_no", "announce_step", "enter_record", "welcome"]

STEPS: tuple[State, ...] = ("medical_check", "contract", "record_entry")
OPEN: frozenset[State] = frozenset({"offered", "confirming", *STEPS})
BY_PERSON: frozenset[Happening] = frozenset({"said_yes", "confirmed", "thinks_again", "said_no"})

TABLE: Mapping[tuple[State, Happening], tuple[State, tuple[Act, ...]]] = {
    ("offered", "said_yes"): ("confirming", ("ask_to_confirm",)),
    ("offered", "confirmed"): ("medical_check", ("tell_accepted", "announce_step")),
    ("offered", "said_no"): ("offered", ("tell_hr_no",)),
    ("offered", "declined"): ("declined", ()),
    ("offered", "taken_back"): ("taken_back", ()),
    ("offered", "lapsed"): ("lapsed", ()),
    ("confirming", "said_yes"): ("confirming", ("ask_to_confirm",)),
    ("confirming", "confirmed"): ("medical_check", ("tell_accepted", "announce_step")),
    ("confirming", "thinks_again"): ("offered", ()),
    ("confirming", "said_no"): ("offered", ("tell_hr_no",)),
    ("confirming", "declined"): ("declined", ()),
    ("confirming", "taken_back"): ("taken_back", ()),
    ("confirming", "lapsed"): ("lapsed", ()),
    ("medical_check", "step_done"): ("contract", ("announce_step",)),
    ("contract", "step_done"): ("record_entry", ("announce_step",)),
    ("record_entry", "step_done"): ("done", ("enter_record", "welcome")),
    **{(step, "said_no"): (step, ("tell_hr_no",)) for step in STEPS},
    **{(step, "declined"): ("declined", ()) for step in STEPS},
    **{(step, "taken_back"): ("taken_back", ()) for step in STEPS},
}


class Flow(msgspec.Struct, frozen=True):
    """``at_ms``: when each state was entered, for the days from offer to start. ``lapses_at_ms``: until accepted."""

    state: State
    at_ms: dict[str, int]
    lapses_at_ms: int | None = None

    @property
    def days(self) -> float | None:
        """From the offer to the record's entry."""
        return (self.at_ms["done"] - self.at_ms["offered"]) / 86_400_000 if self.state == "done" else None


@dataclass(frozen=True, slots=True)
class Went:
    flow: Flow
    acts: tuple[Act, ...]


class StepNotPossible(Exception):
    """``state`` and ``happening`` do not go together; nothing has changed."""

    def __init__(self, state: State, happening: Happening) -> None:
        super().__init__(f"{happening} means nothing in {state}")
        self.state = state
        self.happening = happening


def offered(now_ms: int, lapses_at_ms: int | None) -> Flow:
    return Flow("offered", {"offered": now_ms}, lapses_at_ms)


def happened(flow: Flow, happening: Happening, now_ms: int) -> Went:
    """Raises ``StepNotPossible``."""
    over = flow.lapses_at_ms is not None and now_ms >= flow.lapses_at_ms
    if over and flow.state not in STEPS and happening in BY_PERSON:
        happening = "lapsed"
    found = TABLE.get((flow.state, happening))
    if found is None:
        raise StepNotPossible(flow.state, happening)
    state, acts = found
    at = {**flow.at_ms, state: now_ms} if state != flow.state else flow.at_ms
    accepted = state in STEPS
    return Went(Flow(state, at, None if accepted else flow.lapses_at_ms), acts)
