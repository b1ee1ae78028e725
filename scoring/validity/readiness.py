"""Go or no-go after a trial: three phases (function, accuracy, experience), each with gates that are met or not.

A gate without figures is undetermined, and an undetermined gate is no "go". Rates that must be high are judged by their
lower Wilson bound where the requirement is a promise about the future (synchronisation), by the point elsewhere.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from scoring.validity.intervals import Interval, wilson
from scoring.validity.satisfaction import REQUIRED, GroupSatisfaction, newest
from scoring.validity.trial import Trial, Verdict

Phase = Literal["function", "accuracy", "experience"]
MIN_SYNCED = 0.99
MAX_CONFLICTS = 0.01
MIN_INTEGRATED = 0.95
MIN_UPTIME = 0.999
"""Of 30 days: at most 43.2 minutes down."""


class Counted(msgspec.Struct, frozen=True):
    """``hits`` of ``of``."""

    hits: int
    of: int


class Function(msgspec.Struct, frozen=True):
    """What was counted while the system was used. ``synced``: records delivered and verified by reading them back, of
    those attempted, within a day. ``conflicts``: functions in conflict with the existing system, of those tried.
    ``integrated``: interfaces that work, of those agreed. ``up``: minutes up, of all. None: not counted."""

    synced: Counted | None = None
    conflicts: Counted | None = None
    integrated: Counted | None = None
    up: Counted | None = None


class PhaseGate(msgspec.Struct, frozen=True):
    """``about``: group or competency; empty: overall."""

    phase: Phase
    code: str
    required: float
    found: Interval
    verdict: Verdict
    about: str = ""


class Readiness(msgspec.Struct, frozen=True):
    gates: tuple[PhaseGate, ...]

    @property
    def go(self) -> bool:
        return all(gate.verdict == "met" for gate in self.gates)


def assess(function: Function, trial: Trial | None, groups: Sequence[GroupSatisfaction]) -> Readiness:
    """All gates, in the order of the phases."""
    return Readiness((*_function(function), *_accuracy(trial), *_experience(groups)))


def _function(function: Function) -> list[PhaseGate]:
    synced, conflicts = _share(function.synced), _share(function.conflicts)
    integrated, up = _share(function.integrated), _share(function.up)
    return [
        _gate("function", "synced", MIN_SYNCED, synced, synced.low),
        _gate("function", "conflicts", MAX_CONFLICTS, conflicts, conflicts.value, at_most=True),
        _gate("function", "integrated", MIN_INTEGRATED, integrated, integrated.value),
        _gate("function", "uptime", MIN_UPTIME, up, up.value),
    ]


def _share(counted: Counted | None) -> Interval:
    return Interval(None) if counted is None else wilson(counted.hits, counted.of)


def _accuracy(trial: Trial | None) -> list[PhaseGate]:
    if trial is None:
        return [PhaseGate("accuracy", "consistency", 0.80, Interval(None), "undetermined")]
    gates = []
    for result in (*trial.results, trial.overall):
        verdict: Verdict = "met" if result.consistent else "missed"
        gates.append(PhaseGate("accuracy", "consistency", 0.80, result.machine.consistency, verdict, result.competency))
    return gates


def _experience(groups: Sequence[GroupSatisfaction]) -> list[PhaseGate]:
    if not groups:
        return [PhaseGate("experience", "satisfied", REQUIRED, Interval(None), "undetermined")]
    return [
        PhaseGate(
            "experience", "satisfied", REQUIRED, group.satisfied, "met" if group.passed else "missed", group.group
        )
        for group in newest(groups)
    ]


def _gate(
    phase: Phase, code: str, required: float, found: Interval, judged: float | None, *, at_most: bool = False
) -> PhaseGate:
    if judged is None:
        return PhaseGate(phase, code, required, found, "undetermined")
    fine = judged <= required + 1e-12 if at_most else judged >= required - 1e-12
    return PhaseGate(phase, code, required, found, "met" if fine else "missed")
