"""A résumé as a record of the person in the embedded employee record, written in the transaction of its facts."""

from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.persons import moment
from ehr_bridge.canonical.records import Resume
from ehr_bridge.field_keys import NoFieldKeys
from ehr_bridge.records import New, RecordRefused, find_named, record, withdraw
from ehr_bridge.resume.as_record import as_record
from server.clock import wall_ms
from server.store import people
from server.store.resumes import ReadResume

SOURCE = "viva"


async def keep_record(store: AsyncConnection, resume: ReadResume) -> bool:
    """False: it is not known yet whose it is, or nothing was read; a correction that tells comes by here again."""
    applicant = await people.find_applicant(store, resume.row.applicant_id)
    if applicant is None or not resume.facts.facts:
        return False
    person = PersonFacts(
        applicant.name,
        applicant.email or resume.facts.first("email"),
        applicant.phone or resume.facts.first("phone"),
        applicant.external_id,
    )
    channel = "candidate" if resume.row.uploaded_by == "candidate" else "hr"
    body = as_record(resume.facts, moment(resume.row.uploaded_at), channel)
    try:
        # Nothing in a résumé's record is of the sensitive class.
        await record(store, NoFieldKeys(), New(SOURCE, resume.row.id, person, body), wall_ms())
    except RecordRefused:
        return False
    return True


async def drop_record(store: AsyncConnection, resume_id: str) -> None:
    """No list shows it any more."""
    found = await find_named(store, SOURCE, Resume.kind, resume_id)
    if found is not None:
        await withdraw(store, found.id)
