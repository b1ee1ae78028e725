"""People beside the machine: scorecards, their merging, and where people and machine are apart. Pure.

A scorecard is one person's BARS level for each competency of the report, given *blind*: before that person has seen
what the machine or anybody else gave. Merging is mechanical, the mean for each competency and the report's own weights
for the total, because combining in the head loses most of what structure has won (Conway, Jako & Goodman 1995).
"""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Literal

import msgspec

from scoring.aggregate import POINTS_PER_LEVEL
from scoring.bilingual import Bilingual
from scoring.report import CompetencyScore, Report

LEVELS = (1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)
"""Anchors stand at the whole levels; between two of them is an answer too, and makes people comparable."""
MAX_NOTE_CHARACTERS = 2000
PEOPLE_APART = 2
"""Steps between the highest and the lowest person at which a competency is talked about before anybody decides."""
MACHINE_APART = 1.0
"""Steps between the machine and the mean of the people. One step is what trained people differ by among themselves."""

Recommendation = Literal["advance", "hold", "decline"]


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``level`` None: not observed, which is no low level."""

    competency_id: str
    level: float | None
    note: str = ""


class Scorecard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one person gives. ``comment``: for the whole interview."""

    marks: tuple[Mark, ...]
    comment: str = ""
    recommendation: Recommendation | None = None


class Submitted(msgspec.Struct, frozen=True):
    """A card that was handed in; never changed, a correction is the next ``version``. ``blind``: its rater had not
    seen the report or another card."""

    rater: str
    version: int
    blind: bool
    submitted_at: str
    card: Scorecard


class Person(msgspec.Struct, frozen=True):
    rater: str
    level: float | None
    note: str
    blind: bool


class Compared(msgspec.Struct, frozen=True):
    """One competency. ``machine`` and ``people``: BARS levels, the machine's unrounded; ``spread``: highest less lowest
    person. None where nobody could say."""

    competency_id: str
    label: Bilingual
    weight: float
    machine: float | None
    people: float | None
    spread: float | None
    persons: tuple[Person, ...]
    flags: tuple[Literal["people_apart", "machine_apart", "machine_alone", "people_alone"], ...]


class Panel(msgspec.Struct, frozen=True):
    """Totals 0-100 by the same weights. ``flags`` of all competencies together say whether people should talk."""

    competencies: tuple[Compared, ...]
    machine_total: float | None
    people_total: float | None
    must_talk: bool


def flaws(card: Scorecard, competency_ids: Sequence[str], *, complete: bool) -> list[str]:
    """What keeps a card from being saved, or with ``complete`` from being handed in; English, for a problem."""
    found = []
    given = [mark.competency_id for mark in card.marks]
    found += [f"{name}: not a competency of this interview" for name in given if name not in competency_ids]
    found += [f"{name}: marked twice" for name in dict.fromkeys(given) if given.count(name) > 1]
    found += [
        f"{m.competency_id}: a level is 1 to 5, in halves"
        for m in card.marks
        if m.level is not None and m.level not in LEVELS
    ]
    texts = [(mark.competency_id, mark.note) for mark in card.marks] + [("comment", card.comment)]
    found += [f"{name}: at most {MAX_NOTE_CHARACTERS} characters" for name, t in texts if len(t) > MAX_NOTE_CHARACTERS]
    if complete:
        found += [f"{name}: not marked" for name in competency_ids if name not in given]
        if all(mark.level is None for mark in card.marks):
            found.append("every competency is marked as not observed: there is nothing to hand in")
    return found


def newest(cards: Iterable[Submitted]) -> list[Submitted]:
    """The last version of each rater, by name."""
    last: dict[str, Submitted] = {}
    for card in cards:
        if card.rater not in last or card.version > last[card.rater].version:
            last[card.rater] = card
    return [last[rater] for rater in sorted(last)]


def merge(report: Report, cards: Iterable[Submitted]) -> Panel:
    """The report beside the newest card of each rater."""
    there = newest(cards)
    compared = tuple(_compared(competency, there) for competency in report.competencies)
    return Panel(
        competencies=compared,
        machine_total=report.total.value,
        people_total=_total(compared),
        must_talk=any(flag in ("people_apart", "machine_apart") for item in compared for flag in item.flags),
    )


def _compared(competency: CompetencyScore, cards: Sequence[Submitted]) -> Compared:
    persons = tuple(
        Person(card.rater, mark.level, mark.note, card.blind)
        for card in cards
        for mark in card.card.marks
        if mark.competency_id == competency.id
    )
    levels = [person.level for person in persons if person.level is not None]
    machine = None if competency.score.value is None else round(competency.score.value / POINTS_PER_LEVEL, 3)
    people = round(fmean(levels), 3) if levels else None
    spread = max(levels) - min(levels) if levels else None
    flags: list[Literal["people_apart", "machine_apart", "machine_alone", "people_alone"]] = []
    if spread is not None and spread >= PEOPLE_APART:
        flags.append("people_apart")
    if machine is not None and people is not None and abs(machine - people) > MACHINE_APART:
        flags.append("machine_apart")
    if persons and people is None and machine is not None:
        flags.append("machine_alone")
    if people is not None and machine is None:
        flags.append("people_alone")
    return Compared(competency.id, competency.label, competency.weight, machine, people, spread, persons, tuple(flags))


def _total(compared: Sequence[Compared]) -> float | None:
    """None unless people gave levels for at least half of the weight, the rule the machine has too."""
    whole = math.fsum(item.weight for item in compared)
    there = [(item.weight, item.people) for item in compared if item.people is not None]
    weight = math.fsum(weight for weight, _ in there)
    if not there or weight < whole / 2 - 1e-9:
        return None
    return round(math.fsum(weight * people for weight, people in there) / weight * POINTS_PER_LEVEL, 1)
