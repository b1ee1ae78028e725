"""How hires turned out: what was expected against what was achieved, what high performers share, and what everybody's
improvement suggestions say about the training that is offered."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ehr_bridge.canonical import Label, milliseconds
from ehr_bridge.canonical.records import Performance
from ehr_bridge.insight.advice import INTERVIEW, PERFORMANCE, Advice, Input, points
from ehr_bridge.insight.book import Book, Course
from ehr_bridge.insight.lives import Life
from ehr_bridge.insight.shares import Figure, correlation, difference
from ehr_bridge.insight.traits import reviewed

TARGET = "target_"
"""Parts of a review whose key begins so: ``max_score`` is the goal, ``score`` what was achieved; it may be more."""
TOP_SHARE = 0.25
LEAST_FOR_PROFILE = 12
REQUIRED_FOR_PROPOSAL = 40


class Achieved(msgspec.Struct, frozen=True):
    """One goal: 1.2 of 1.0 million is a ``ratio`` of 1.2."""

    person_id: str
    period: str
    label: Label
    goal: float
    achieved: float

    @property
    def ratio(self) -> float:
        return self.achieved / self.goal


class Hire(msgspec.Struct, frozen=True):
    """``expected``: the interview's total; ``actual``: the mean of the reviews since, in points of 100."""

    person_id: str
    name: str
    position_id: str
    expected: float
    actual: float
    reviews: int


class HireQuality(msgspec.Struct, frozen=True):
    """``agreement``: how far totals and performance go together over the hires of one position."""

    position_id: str
    hires: tuple[Hire, ...]
    agreement: Figure
    goals: tuple[Achieved, ...]


class ProfileRow(msgspec.Struct, frozen=True):
    """One competency: how much higher the best quarter scored in its interviews than the rest."""

    competency: str
    label: Label
    top_mean: float
    rest_mean: float
    difference: Figure

    @property
    def stands_out(self) -> bool:
        return self.difference.low is not None and self.difference.low > 0


class Improvement(msgspec.Struct, frozen=True):
    """How many reports suggest to work on it; ``share`` of all reports."""

    competency: str
    label: Label
    reports: int
    share: float
    course: Course | None


def hires(lives: Iterable[Life]) -> list[Hire]:
    """Employees with a total before they began and a review since."""
    found = []
    for life in lives:
        one, hired = life.interviewed, life.hired_at_ms
        if one is None or one.total is None or hired is None:
            continue
        values = [
            value
            for review in life.of(Performance)
            if milliseconds(review.at) >= hired and (value := reviewed(review)) is not None
        ]
        if values:
            mean = 100 * sum(values) / len(values)
            found.append(Hire(life.person_id, life.name, one.position_id, one.total, mean, len(values)))
    return found


def quality(lives: Sequence[Life]) -> list[HireQuality]:
    """By position, the one with the most hires first."""
    groups: dict[str, list[Hire]] = {}
    for hire in hires(lives):
        groups.setdefault(hire.position_id, []).append(hire)
    reached = goals(lives)
    found = []
    for position_id, own in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        people = {hire.person_id for hire in own}
        agreement = correlation([hire.expected for hire in own], [hire.actual for hire in own])
        ordered = tuple(sorted(own, key=lambda hire: (hire.actual - hire.expected, hire.person_id)))
        found.append(HireQuality(position_id, ordered, agreement, tuple(g for g in reached if g.person_id in people)))
    return found


def goals(lives: Iterable[Life]) -> list[Achieved]:
    return [
        Achieved(life.person_id, review.period, part.label, part.max_score, part.score)
        for life in lives
        for review in life.of(Performance)
        for part in review.parts
        if part.key.startswith(TARGET) and part.score is not None and part.max_score > 0
    ]


def high_performers(lives: Sequence[Life], position_id: str) -> list[ProfileRow]:
    """The competency that stands out most first; [] below 12 hires."""
    own = [hire for hire in hires(lives) if hire.position_id == position_id]
    if len(own) < LEAST_FOR_PROFILE:
        return []
    own.sort(key=lambda hire: (-hire.actual, hire.person_id))
    top = {hire.person_id for hire in own[: max(3, round(TOP_SHARE * len(own)))]}
    everybody = {hire.person_id for hire in own}
    interviews = {life.person_id: life.interviewed for life in lives if life.person_id in everybody}
    values: dict[str, tuple[list[float], list[float]]] = {}
    labels: dict[str, Label] = {}
    for person_id, one in interviews.items():
        for key, score in one.scores.items() if one else ():
            values.setdefault(key, ([], []))[0 if person_id in top else 1].append(score)
            labels.setdefault(key, one.labels.get(key, Label(key, key)) if one else Label(key, key))
    rows = [
        ProfileRow(key, labels[key], sum(high) / len(high), sum(rest) / len(rest), difference(high, rest))
        for key, (high, rest) in values.items()
        if len(high) >= 3 and len(rest) >= 3
    ]
    return sorted(rows, key=lambda row: (-(row.difference.low or -1e9), row.competency))


def standards(rows: Sequence[ProfileRow], position_id: str, people: int) -> list[Advice]:
    """What the position might ask for, from 40 hires on. A proposal: weights change by their own way."""
    if people < REQUIRED_FOR_PROPOSAL:
        return []
    return [
        Advice(
            "standard_raise",
            position_id,
            Label(
                f"高绩效员工在{row.label.zh}上明显更高：可考虑在该岗位提高其要求。",
                f"High performers are clearly higher in {row.label.en}: the position may ask for more of it.",
            ),
            (
                Input(row.label, f"{points(row.top_mean)} / {points(row.rest_mean)}", INTERVIEW),
                Input(Label("员工人数", "employees"), str(people), PERFORMANCE),
            ),
        )
        for row in rows
        if row.stands_out
    ]


def improvements(
    suggested: Iterable[Sequence[str]], labels: Mapping[str, Label], book: Book
) -> tuple[list[Improvement], int]:
    """``suggested``: for each report the competencies it suggests to work on. The commonest first, and how many
    reports there were."""
    counted: Counter[str] = Counter()
    reports = 0
    for competencies in suggested:
        reports += 1
        counted.update(set(competencies))
    found = [
        Improvement(key, labels.get(key, Label(key, key)), count, count / reports, book.course_for(key))
        for key, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]
    return found, reports
