"""What HR and candidates are asked, and the check of what they answered."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
import yaml

from scoring.bilingual import Bilingual
from scoring.validity.satisfaction import Reply

Group = Literal["hr", "candidate"]
GROUPS: tuple[Group, ...] = ("hr", "candidate")
MOST_CHARACTERS = 2000
LEAST_PERSONS = 5
"""Fewer answers than this are shown to nobody: they could be told apart."""


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``gate``: counts for the decision."""

    id: str
    gate: bool
    text: Bilingual


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One person's questionnaire: 1-5 by item, and a few words if they like."""

    ratings: dict[str, int]
    comment: str = ""


@cache
def items(group: Group) -> tuple[Item, ...]:
    text = files("scoring.acceptance").joinpath("questionnaires.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, tuple[Item, ...]])[group]


def flaws(answered: Answered, group: Group) -> list[str]:
    """What is wrong with it, named; empty if nothing."""
    known = [item.id for item in items(group)]
    found = [f"{name!r} is not asked; asked are {', '.join(known)}" for name in answered.ratings if name not in known]
    found += [f"{name} has no answer" for name in known if name not in answered.ratings]
    found += [
        f"{name}: {rating} is not a whole number from 1 to 5"
        for name, rating in answered.ratings.items()
        if not 1 <= rating <= 5
    ]
    if len(answered.comment) > MOST_CHARACTERS:
        found.append(f"comment has {len(answered.comment)} characters; the limit is {MOST_CHARACTERS}")
    return found


def replies(given: Iterable[tuple[str, Group, int, Answered]]) -> list[Reply]:
    """For ``satisfaction``: of (person, group, round, answers) the items that count for the decision. A group with
    fewer than ``LEAST_PERSONS`` in a round is left out."""
    rows = list(given)
    persons: dict[tuple[str, int], set[str]] = {}
    for person, group, round_, _ in rows:
        persons.setdefault((group, round_), set()).add(person)
    counted = {group: {item.id for item in items(group) if item.gate} for group in GROUPS}
    return [
        Reply(person, group, item, rating, f"{round_:02}")
        for person, group, round_, answered in rows
        if len(persons[group, round_]) >= LEAST_PERSONS
        for item, rating in answered.ratings.items()
        if item in counted[group]
    ]
