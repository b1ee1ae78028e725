"""A bias audit: selection and scoring rates by group, and impact ratios, as New York's Local Law 144 defines them.

* selection rate of a category: chosen / assessed. Scoring rate: share *above* the median of the whole sample
  (6 RCNY § 5-300); the sample's median is taken over everybody assessed, also those of unknown category.
* impact ratio: rate / the highest rate of a category of the same table.
* a category with less than 2 % of a table's persons may be left out of the ratios (§ 5-301(d)): here it always is, and
  its number and rate stay in the table.
* whoever is of unknown category is in no table, but counted.

The same tables are made for any other column: age band, disability, region, dialect.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import Literal

import msgspec

from scoring.validity.distributions import normal_quantile
from scoring.validity.intervals import CONFIDENCE, Interval, wilson

MIN_SHARE = 0.02
SMALL = 30
"""Fewer in a category than this: the ratio says little, and the table says so."""
CUSTOM = 0.8
"""The four-fifths rule of thumb of US agencies (29 CFR 1607.4 D). No pass mark of LL144; shown, decides nothing."""
LL144 = ("sex", "race_ethnicity")
UNKNOWN = {"", "unknown", "n/a", "na", "未知", "不详", "不愿透露", "prefer not to say", "declined"}

Basis = Literal["selection", "scoring"]
Standing = Literal["not_required", "missing", "current", "due_soon", "overdue"]


class Person(msgspec.Struct, frozen=True):
    """``groups``: attribute -> category; a missing one or one of ``UNKNOWN`` is unknown."""

    id: str
    groups: Mapping[str, str]
    score: float | None = None
    selected: bool | None = None


class Category(msgspec.Struct, frozen=True):
    """``names``: one for each attribute of the table. ``ratio`` None: left out under the 2 % rule, or nobody has a
    rate above 0. ``below_custom``: under four fifths, for whoever wants to see it."""

    names: tuple[str, ...]
    persons: int
    hits: int
    rate: Interval
    share: float
    ratio: Interval
    left_out: bool
    small: bool
    below_custom: bool


class RateTable(msgspec.Struct, frozen=True):
    """``persons`` are those in the categories; ``unknown`` those who could be put in none."""

    basis: Basis
    attributes: tuple[str, ...]
    persons: int
    unknown: int
    categories: tuple[Category, ...]


class BiasAudit(msgspec.Struct, frozen=True):
    """``median``: of the scores of everybody; None without scores."""

    persons: int
    median: float | None
    tables: tuple[RateTable, ...]


def audit(people: Sequence[Person], attributes: Sequence[str], intersections: Sequence[tuple[str, ...]]) -> BiasAudit:
    """Tables for every attribute and intersection, on selection where people say who was selected and on scores where
    there are any."""
    scores = [person.score for person in people if person.score is not None]
    middle = median(scores) if scores else None
    outcomes: list[tuple[Basis, dict[str, bool]]] = []
    chosen = {person.id: person.selected for person in people if person.selected is not None}
    if chosen:
        outcomes.append(("selection", chosen))
    if middle is not None:
        above = {person.id: person.score > middle for person in people if person.score is not None}
        outcomes.append(("scoring", above))
    wanted = [*((name,) for name in attributes), *intersections]
    tables = [rate_table(people, outcome, basis, names) for basis, outcome in outcomes for names in wanted]
    return BiasAudit(len(people), middle, tuple(tables))


def rate_table(
    people: Sequence[Person], outcome: Mapping[str, bool], basis: Basis, attributes: tuple[str, ...]
) -> RateTable:
    """Only people with an outcome count."""
    members: dict[tuple[str, ...], list[bool]] = {}
    unknown = 0
    for person in people:
        if person.id not in outcome:
            continue
        names = tuple(person.groups.get(attribute, "").strip() for attribute in attributes)
        if any(name.lower() in UNKNOWN for name in names):
            unknown += 1
        else:
            members.setdefault(names, []).append(outcome[person.id])
    persons = sum(len(hits) for hits in members.values())
    counted = {names: hits for names, hits in members.items() if len(hits) >= MIN_SHARE * persons}
    best = max(counted, key=lambda names: (sum(counted[names]) / len(counted[names]), names), default=None)
    reference = counted[best] if best is not None else []
    categories = tuple(
        _category(names, hits, persons, reference, left_out=names not in counted, is_best=names == best)
        for names, hits in sorted(members.items())
    )
    return RateTable(basis, attributes, persons, unknown, categories)


def _category(
    names: tuple[str, ...], hits: list[bool], persons: int, best: list[bool], *, left_out: bool, is_best: bool
) -> Category:
    ratio = Interval(None) if left_out else impact_ratio(sum(hits), len(hits), sum(best), len(best))
    if is_best and ratio.value is not None:
        ratio = Interval(1.0)
    return Category(
        names=names,
        persons=len(hits),
        hits=sum(hits),
        rate=wilson(sum(hits), len(hits)),
        share=len(hits) / persons,
        ratio=ratio,
        left_out=left_out,
        small=len(hits) < SMALL,
        below_custom=ratio.value is not None and ratio.value < CUSTOM - 1e-12,
    )


def impact_ratio(hits: int, n: int, best_hits: int, best_n: int, confidence: float = CONFIDENCE) -> Interval:
    """Ratio of two rates with the interval of its logarithm (Katz et al. 1978); no interval where a count is 0."""
    if n == 0 or best_hits == 0:
        return Interval(None)
    ratio = (hits / n) / (best_hits / best_n)
    if hits == 0:
        return Interval(ratio)
    error = math.sqrt(1 / hits - 1 / n + 1 / best_hits - 1 / best_n)
    reach = math.exp(normal_quantile(0.5 + confidence / 2) * error)
    return Interval(ratio, ratio / reach, ratio * reach, "katz")


def standing(profile: str, audited_on: date | None, today: date, *, notice_days: int = 60) -> Standing:
    """Whether a position may be filled with the tool under ``profile`` (names joined by +). New York: the audit must
    have been made within one year before use (6 RCNY § 5-301(a))."""
    if "us-nyc" not in profile.split("+"):
        return "not_required"
    if audited_on is None:
        return "missing"
    expires = _a_year_after(audited_on)
    if today > expires:
        return "overdue"
    return "due_soon" if (expires - today).days < notice_days else "current"


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 2, 28)
