"""Ratings out of the store: the machine's from reports, people's from scorecards that were handed in blind."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.panel import Submitted, newest
from scoring.report import CompetencyScore, Report, from_json
from scoring.validity.ratings import MACHINE, POINTS_PER_LEVEL, Rating
from server.store import people, scorecards
from server.store.tables import interviews, reports

ACTOR = "viva validity"


@dataclass(frozen=True, slots=True)
class StoredReport:
    interview_id: str
    created_at: int
    report: Report


async def current_reports(store: AsyncConnection, position_id: str, purpose: str) -> tuple[list[StoredReport], int]:
    """The current report of every interview for a position, oldest first, and how many were of a format that this
    version does not read. Each access leaves a line in the audit log."""
    query = (
        select(reports.c.interview_id, reports.c.created_at, reports.c.body)
        .join(interviews, interviews.c.report_id == reports.c.id)
        .where(reports.c.position_id == position_id)
        .order_by(reports.c.created_at, reports.c.id)
    )
    found, unreadable = [], 0
    for row in await store.execute(query):
        try:
            found.append(StoredReport(row.interview_id, row.created_at, from_json(bytes(row.body))))
        except msgspec.ValidationError:
            unreadable += 1
    for stored in found:
        await people.note(store, ACTOR, "read_report", stored.interview_id, purpose)
    return found, unreadable


def raw_level(competency: CompetencyScore) -> float:
    """The weighted mean of the levels in single answers, which no calibration touches."""
    weight = math.fsum(leaf.weight for leaf in competency.leaves)
    mean = math.fsum(leaf.weight * leaf.level for leaf in competency.leaves) / weight
    return round(mean * POINTS_PER_LEVEL, 1) / POINTS_PER_LEVEL


@dataclass(frozen=True, slots=True)
class ReportedRatings:
    """A ``RatingSource`` of stored reports: one machine rating per competency that could be scored. The candidate's
    id is the interview's: names stay where they are. ``raw``: before any calibration, from the answers' levels."""

    stored: Sequence[StoredReport]
    raw: bool = False

    def ratings(self) -> Sequence[Rating]:
        return list(self._each())

    def _each(self) -> Iterator[Rating]:
        for one in self.stored:
            for competency in one.report.competencies:
                if competency.score.value is not None:
                    level = raw_level(competency) if self.raw else competency.score.value / POINTS_PER_LEVEL
                    yield Rating(one.interview_id, competency.id, MACHINE, level)

    def attributes(self) -> Mapping[str, Mapping[str, str]]:
        """Only what the report itself knows: the language of the interview."""
        return {one.interview_id: {"language": one.report.interview.language} for one in self.stored}


async def cards_of(store: AsyncConnection, ids: Sequence[str]) -> dict[str, list[Submitted]]:
    """All scorecards that were handed in, by interview."""
    return {interview: await scorecards.submitted(store, interview) for interview in ids}


@dataclass(frozen=True, slots=True)
class ScorecardRatings:
    """A ``RatingSource`` of stored scorecards: of each rater the last card that was given blind. "Not observed" is no
    rating."""

    cards: Mapping[str, Sequence[Submitted]]

    def ratings(self) -> Sequence[Rating]:
        return [
            Rating(interview, mark.competency_id, card.rater, float(mark.level))
            for interview, cards in self.cards.items()
            for card in newest(card for card in cards if card.blind)
            for mark in card.card.marks
            if mark.level is not None
        ]

    def attributes(self) -> Mapping[str, Mapping[str, str]]:
        return {}

    @property
    def seen(self) -> int:
        """Raters left out because they had seen the report or another card before their first."""
        return sum(
            len({card.rater for card in cards} - {card.rater for card in cards if card.blind})
            for cards in self.cards.values()
        )
