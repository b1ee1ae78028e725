"""What people who used the system say of it: the share who are satisfied, by item and by group.

Satisfied is 4 or 5 of 5. A group's satisfaction is the mean over its items, not over all answers, so that an item that
fewer answered counts as much (95 % and 90 % make 92.5 %). Passed: at least .85 in every group, in the newest round.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from scoring.validity.intervals import Floats, Interval, Statistic, bootstrap, mean_of, resamples, wilson
from scoring.validity.ratings_csv import ALIASES as SCORE_ALIASES
from scoring.validity.tables_csv import read

SATISFIED = 4
REQUIRED = 0.85
ALIASES = {
    **SCORE_ALIASES,
    "编号": "person",
    "candidate": "person",
    "群体": "group",
    "角色": "group",
    "题目": "item",
    "项目": "item",
    "评分": "rating",
    "满意度": "rating",
    "轮次": "round",
}


class Reply(msgspec.Struct, frozen=True):
    """``rating`` 1-5. ``round``: when it was asked, in the order of the alphabet; empty if once only."""

    person: str
    group: str
    item: str
    rating: int
    round: str = ""


class Item(msgspec.Struct, frozen=True):
    item: str
    replies: int
    satisfied: Interval


class GroupSatisfaction(msgspec.Struct, frozen=True):
    """``satisfied``: mean over items, its interval from resampling persons."""

    group: str
    round: str
    persons: int
    satisfied: Interval
    items: tuple[Item, ...]

    @property
    def passed(self) -> bool:
        return self.satisfied.value is not None and self.satisfied.value >= REQUIRED - 1e-12


def satisfaction(replies: Sequence[Reply]) -> tuple[GroupSatisfaction, ...]:
    """By group, and by round in a group."""
    kinds = sorted({(reply.group, reply.round) for reply in replies})
    return tuple(_group([r for r in replies if (r.group, r.round) == kind], *kind) for kind in kinds)


def newest(groups: Sequence[GroupSatisfaction]) -> tuple[GroupSatisfaction, ...]:
    """Each group in its last round."""
    last = {group.group: group for group in groups}
    return tuple(last[name] for name in sorted(last))


def _group(replies: Sequence[Reply], group: str, round_: str) -> GroupSatisfaction:
    persons = sorted({reply.person for reply in replies})
    at = {person: index for index, person in enumerate(persons)}
    items, statistics = [], []
    for name in sorted({reply.item for reply in replies}):
        own = [reply for reply in replies if reply.item == name]
        hits = np.array([float(reply.rating >= SATISFIED) for reply in own])
        items.append(Item(name, len(own), wilson(float(hits.sum()), len(own))))
        statistics.append(_share(np.array([at[reply.person] for reply in own]), hits))
    whole = bootstrap(mean_of(statistics), resamples(len(persons)))
    return GroupSatisfaction(group, round_, len(persons), whole, tuple(items))


def _share(index: np.ndarray[tuple[int, ...], np.dtype[np.int64]], hits: Floats) -> Statistic:
    def share(weights: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights[:, index] @ hits) / weights[:, index].sum(axis=1))

    return share


def load(path: Path) -> list[Reply]:
    """``person, group, item, rating`` and if wanted ``round``. CsvInvalid, OSError."""
    sheet = read(path, ALIASES)
    sheet.need("person", "group", "item", "rating")
    found: list[Reply] = []
    seen: set[tuple[str, str, str, str]] = set()
    for row in sheet.rows:
        person, group, item = (sheet.text(row, column) for column in ("person", "group", "item"))
        rating, round_ = sheet.number(row, "rating", 1, 5), row.cells.get("round", "")
        if (person, group, item, round_) in seen:
            sheet.wrong(row.line, "item", f"{person} has answered this already; keep one of them")
        seen.add((person, group, item, round_))
        if rating is not None and rating != int(rating):
            sheet.wrong(row.line, "rating", f"{rating:g} is not a whole number from 1 to 5")
        elif rating is not None:
            found.append(Reply(person, group, item, int(rating), round_))
    sheet.finish()
    return found
