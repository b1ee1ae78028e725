"""Whom a notice is about: names of the moment, looked up each time, in the form that texts have slots for."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical.persons import PersonFacts
from ehr_bridge.notices.slots import SLOTS
from ehr_bridge.notices.texts import Language
from realtime.protocol.text import Bilingual
from scoring.report import Report, from_json
from server.store import interviews, people, reports


@dataclass(frozen=True, slots=True)
class About:
    """``report_id``: None before there is one."""

    applicant: people.Applicant
    interview: interviews.InterviewRow
    invitation: interviews.InvitationRow
    position: Bilingual

    @property
    def language(self) -> Language:
        return self.invitation.language

    @property
    def person(self) -> PersonFacts:
        found = self.applicant
        return PersonFacts(found.name, found.email, found.phone, found.external_id)


async def about(store: AsyncConnection, interview_id: str) -> About | None:
    rows = await interviews.list_interviews(store, interview_id=interview_id)
    if not rows:
        return None
    applicant = await people.find_applicant(store, rows[0].interview.applicant_id)
    assert applicant is not None  # a foreign key
    return About(applicant, rows[0].interview, rows[0].invitation, rows[0].position)


async def report_about(store: AsyncConnection, found: About) -> Report | None:
    if not found.interview.report_id:
        return None
    row = await reports.find_report(store, found.interview.report_id)
    return from_json(row.body) if row else None


def names(found: About, employer: Bilingual) -> dict[str, str]:
    """The slots that nearly every text has. A name longer than its slot is cut: it is still the person's."""
    return names_of(found.applicant, found.position, employer)


def names_of(applicant: people.Applicant, position: Bilingual, employer: Bilingual) -> dict[str, str]:
    """The same, of somebody who may not have been invited."""
    return {
        "name": _cut("name", applicant.name),
        "employer@zh": _cut("employer", employer.zh),
        "employer@en": _cut("employer", employer.en),
        "position@zh": _cut("position", position.zh),
        "position@en": _cut("position", position.en),
    }


def _cut(slot: str, value: str) -> str:
    return value[: SLOTS[slot]]


def clock(at_ms: int, zone: str) -> str:
    """2026-03-02 09:30, by the clock of the installation's zone."""
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
