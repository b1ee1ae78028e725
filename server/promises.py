"""What is promised to the destinations besides a report: what people decided, and what the panel said.

Each promise is made in the transaction that made its fact true, as the report's is.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical import ApplicantFacts, Label
from ehr_bridge.canonical.payloads import record_message
from ehr_bridge.canonical.records import Decision, PanelResult, Part
from ehr_bridge.outbox import enqueue
from scoring.aggregate import POINTS_PER_LEVEL
from scoring.overrides import Effective, Override
from scoring.panel import Submitted, merge, newest
from scoring.report import from_json
from server.clock import wall_ms
from server.store import interviews, people
from server.store.reports import ReportRow

SOURCE = "viva"
NamesFor = Callable[[str], Sequence[str]]


async def applicant_facts(store: AsyncConnection, interview_id: str) -> ApplicantFacts:
    """Whom an interview is about, as the destinations are told."""
    listing = (await interviews.list_interviews(store, interview_id=interview_id))[0]
    invitation, applicant = listing.invitation, await people.find_applicant(store, listing.interview.applicant_id)
    assert applicant is not None
    return ApplicantFacts(
        applicant_id=applicant.id,
        application_id=invitation.id,
        position_id=invitation.position_id,
        applied_at=datetime.fromtimestamp(invitation.created_at / 1000, UTC),
        name=applicant.name,
        email=applicant.email,
        phone=applicant.phone,
        external_id=applicant.external_id,
        position=Label(zh=listing.position.zh, en=listing.position.en),
    )


async def promise_decision(
    store: AsyncConnection, names_for: NamesFor, report: ReportRow, made: Override, holds: Effective
) -> None:
    """One message for each override: the history of a decision is part of it."""
    body = Decision(
        at=datetime.fromisoformat(made.at),
        interview_id=report.interview_id,
        report_digest=report.digest,
        version=made.version,
        competency_id=made.competency_id or "",
        value=made.value,
        holds=holds.total,
        reason=made.reason,
        by=made.by,
    )
    await _promise(store, names_for, body, f"{report.id}.decision.{made.version}")


async def promise_panel(
    store: AsyncConnection, names_for: NamesFor, report: ReportRow, cards: Sequence[Submitted]
) -> None:
    """What the panel's cards amount to now; each further card is the next version of the same record."""
    given = newest(cards)
    if not given:
        return
    merged = merge(from_json(report.body), cards)
    parts = [
        Part(
            each.competency_id,
            None if each.people is None else round(each.people * POINTS_PER_LEVEL, 1),
            label=Label(each.label.zh, each.label.en),
        )
        for each in merged.competencies
    ]
    body = PanelResult(
        at=datetime.fromisoformat(max(card.submitted_at for card in given)),
        interview_id=report.interview_id,
        report_digest=report.digest,
        raters=len(given),
        score=merged.people_total,
        parts=parts,
    )
    await _promise(store, names_for, body, f"{report.interview_id}.panel")


async def _promise(store: AsyncConnection, names_for: NamesFor, body: Decision | PanelResult, external_id: str) -> None:
    facts = await applicant_facts(store, body.interview_id)
    message = record_message(body, external_id, facts, SOURCE, wall_ms())
    await enqueue(store, message, names_for(message.kind))
