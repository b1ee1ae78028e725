"""Ratings as they come in, and as a trial needs them: every candidate's machine score beside people's.

Where ratings come from is a ``RatingSource``: a CSV file, stored reports, stored scorecards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
import numpy as np

from scoring.validity.intervals import Floats

MACHINE = "ai"
"""The rater id of the machine; every other id is a person."""
POINTS_PER_LEVEL = 20.0
LOWEST, HIGHEST = 1.0, 5.0


class Rating(msgspec.Struct, frozen=True):
    """``level``: BARS 1-5, whole or in between."""

    candidate: str
    competency: str
    rater: str
    level: float


class RatingSource(Protocol):
    """``attributes``: of a candidate, for subgroups ({"sex": "F"}); empty where they are not known or not allowed."""

    def ratings(self) -> Sequence[Rating]: ...

    def attributes(self) -> Mapping[str, Mapping[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Paired:
    """One competency: candidates with a machine score and at least ``min_raters`` human ones, in a fixed order.

    ``people[i]`` are the levels of candidate i, by rater id; ``raters[i]`` those ids.
    """

    competency: str
    candidates: tuple[str, ...]
    machine: Floats
    people: tuple[tuple[float, ...], ...]
    raters: tuple[tuple[str, ...], ...]

    @property
    def mean(self) -> Floats:
        """What people thought: the mean per candidate."""
        return np.array([sum(levels) / len(levels) for levels in self.people], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Pairing:
    """``left_out``: scores of candidates and competencies that could not be paired, by reason."""

    competencies: tuple[Paired, ...]
    left_out: Mapping[str, int]

    @property
    def candidates(self) -> tuple[str, ...]:
        return tuple(sorted({name for paired in self.competencies for name in paired.candidates}))


def pair(ratings: Iterable[Rating], min_raters: int = 2) -> Pairing:
    """Competencies in the order of their first rating, candidates by id. The last of repeated ratings counts."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for rating in ratings:
        found.setdefault(rating.competency, {}).setdefault(rating.candidate, {})[rating.rater] = rating.level
    left_out = {"no_machine_score": 0, "too_few_people": 0}
    competencies = []
    for competency, candidates in found.items():
        kept: list[tuple[str, float, tuple[float, ...], tuple[str, ...]]] = []
        for candidate, levels in sorted(candidates.items()):
            people = sorted(rater for rater in levels if rater != MACHINE)
            if MACHINE not in levels:
                left_out["no_machine_score"] += 1
            elif len(people) < min_raters:
                left_out["too_few_people"] += 1
            else:
                kept.append((candidate, levels[MACHINE], tuple(levels[rater] for rater in people), tuple(people)))
        if kept:
            names, machine, levels_of, raters = zip(*kept, strict=True)
            competencies.append(Paired(competency, names, np.array(machine, dtype=np.float64), levels_of, raters))
    return Pairing(tuple(competencies), left_out)


def with_machine(ratings: Iterable[Rating], levels: Mapping[tuple[str, str], float]) -> list[Rating]:
    """The same ratings with other machine levels, by (candidate, competency); where there is none the old one stays."""
    return [
        msgspec.structs.replace(rating, level=levels.get((rating.candidate, rating.competency), rating.level))
        if rating.rater == MACHINE
        else rating
        for rating in ratings
    ]


@dataclass(frozen=True, slots=True)
class Together:
    """Several sources as one: the machine's scores from the database, people's from a file."""

    sources: tuple[RatingSource, ...]

    def ratings(self) -> Sequence[Rating]:
        return [rating for source in self.sources for rating in source.ratings()]

    def attributes(self) -> Mapping[str, Mapping[str, str]]:
        merged: dict[str, dict[str, str]] = {}
        for source in self.sources:
            for candidate, known in source.attributes().items():
                merged.setdefault(candidate, {}).update(known)
        return merged
