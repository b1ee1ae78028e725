"""What the embedded EHR holds of a message, read from its own rows and not from what was sent."""

from typing import Any

import msgspec
from sqlalchemy import Row, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.adapters.destination import Acknowledgement, Holding, ReadBack, Value
from ehr_bridge.canonical import RESULT_KIND, InterviewResult, sha256
from ehr_bridge.fields import CONTACT, record_fields, result_fields
from ehr_bridge.outbox import Message
from ehr_bridge.records import find_record
from ehr_bridge.store import ehr_application, ehr_interview_result, ehr_person, ehr_receipt


async def held(connection: AsyncConnection, message: Message, receipt: Acknowledgement) -> ReadBack | None:
    """None: there is a receipt, and what it is for is gone."""
    if message.kind == RESULT_KIND:
        return await _result(connection, message)
    found = await find_record(connection, receipt.ehr_id)
    if found is None:
        return None
    fields = {**await _person(connection, found.person_id, receipt.received_at_ms), **record_fields(found.body)}
    return ReadBack(found.id, found.version, "", receipt.received_at_ms, fields)


async def _result(connection: AsyncConnection, message: Message) -> ReadBack | None:
    table = ehr_interview_result
    statement = (
        select(table, ehr_application.c.position_id, ehr_application.c.source_id)
        .join(ehr_application, ehr_application.c.id == table.c.application_id)
        .where(table.c.source == message.source, table.c.message_id == message.id)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    digest = sha256(row.report)
    fields: dict[str, Value] = {
        **await _person(connection, row.person_id, row.received_at_ms),
        "applicant.position_id": row.position_id,
        "applicant.application_id": row.source_id,
        **result_fields(msgspec.json.decode(row.body, type=InterviewResult)),
        "result.score": row.score,
        "report_sha256": digest,
    }
    return ReadBack(row.id, row.version, digest, row.received_at_ms, fields)


async def _person(connection: AsyncConnection, person_id: str, received_at_ms: int) -> dict[str, Value]:
    """Nothing when the person was learned about since: then it is a later message that says what holds."""
    row = (await connection.execute(select(ehr_person).where(ehr_person.c.id == person_id))).one()
    return {} if row.updated_at_ms > received_at_ms else _contact(row)


def _contact(row: Row[Any]) -> dict[str, Value]:
    return {f"applicant.{name}": getattr(row, name) for name in CONTACT}


async def receipts(connection: AsyncConnection, after: str, limit: int) -> tuple[list[Holding], str]:
    """Everything that was taken in, in the order of (source, message id)."""
    table = ehr_receipt.c
    source, _, message_id = after.partition("\n")
    statement = (
        select(ehr_receipt)
        .where(tuple_(table.source, table.message_id) > tuple_(literal(source), literal(message_id)))
        .order_by(table.source, table.message_id)
        .limit(limit)
    )
    rows = (await connection.execute(statement)).all()
    found = [Holding(row.source, row.message_id, row.ehr_id) for row in rows]
    return found, f"{found[-1].source}\n{found[-1].message_id}" if found else after
