"""The embedded EHR, the default destination: the employee system of an employer who connects none.

One message is one transaction: receipt, person, application and result appear together or not at all. The receipt
remembers (source, message id); a message that comes again is answered from it, changes nothing and says so.
"""

from collections.abc import Awaitable, Callable

import msgspec
from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.adapters.destination import Acknowledgement, Holding, PermanentFailure, ReadBack, RetryableFailure
from ehr_bridge.canonical import RESULT_KIND, ApplicantFacts, ResultPayload, milliseconds, read_payload, sha256
from ehr_bridge.canonical.payloads import RECORD_KINDS, RecordPayload, read_record
from ehr_bridge.canonical.records import Record
from ehr_bridge.field_keys import NoFieldKeys
from ehr_bridge.held import held, receipts
from ehr_bridge.outbox import Message
from ehr_bridge.persons import upsert_person
from ehr_bridge.records import New, record
from ehr_bridge.store import ehr_application, ehr_interview_result, ehr_receipt, next_position

TakeIn = Callable[[AsyncConnection, Message, int, int], Awaitable[str]]


class EmbeddedEhr:
    """``engine`` may be the server's own or one of another database. ``passed`` hears each point that is passed."""

    name = "embedded"

    def __init__(
        self, engine: AsyncEngine, now_ms: Callable[[], int], passed: Callable[[str], None] = lambda _point: None
    ) -> None:
        self._engine = engine
        self._now_ms = now_ms
        self._passed = passed

    async def deliver(self, message: Message) -> Acknowledgement:
        take_in = self._reader(message)
        try:
            async with self._engine.begin() as connection:
                answer = await self._once(connection, message, take_in)
                self._passed("ehr_before_commit")
        except (OperationalError, InterfaceError) as error:
            # A lost connection, a locked or full database. Constraint violations are defects and not caught here.
            raise RetryableFailure("ehr_database", type(error).__name__) from None
        self._passed("ehr_committed")
        return answer

    async def read_back(self, message: Message) -> ReadBack | None:
        try:
            async with self._engine.connect() as connection:
                receipt = await _receipt(connection, message)
                return None if receipt is None else await held(connection, message, receipt)
        except (OperationalError, InterfaceError) as error:
            raise RetryableFailure("ehr_database", type(error).__name__) from None

    async def holdings(self, after: str, limit: int) -> tuple[list[Holding], str]:
        async with self._engine.connect() as connection:
            return await receipts(connection, after, limit)

    def _reader(self, message: Message) -> TakeIn:
        """How to take this message in. Raises ``PermanentFailure``."""
        try:
            if message.kind == RESULT_KIND:
                payload = _read_result(message)
                return lambda *how: self._take_result(payload, *how)
            if message.kind in RECORD_KINDS:
                envelope, body = read_record(message.kind, message.payload)
                return lambda *how: self._take_record(envelope, body, *how)
        except msgspec.MsgspecError as error:
            raise PermanentFailure("payload_invalid", str(error)) from None
        raise PermanentFailure("kind_unknown", message.kind)

    async def _once(self, connection: AsyncConnection, message: Message, take_in: TakeIn) -> Acknowledgement:
        # First of all the writers' lock, so that of two deliveries of one message the second sees the first.
        position = await next_position(connection, "ehr")
        receipt = await _receipt(connection, message)
        if receipt is not None:
            return receipt
        now_ms = self._now_ms()
        ehr_id = await take_in(connection, message, position, now_ms)
        row = {"source": message.source, "message_id": message.id, "ehr_id": ehr_id, "received_at_ms": now_ms}
        await connection.execute(ehr_receipt.insert().values(**row))
        return Acknowledgement(ehr_id, now_ms, duplicate=False)

    async def _take_result(
        self, payload: ResultPayload, connection: AsyncConnection, message: Message, position: int, now_ms: int
    ) -> str:
        person_id = await upsert_person(connection, payload.applicant.person, position, now_ms)
        self._passed("ehr_person")
        application_id = await _upsert_application(connection, message, payload.applicant, person_id, position, now_ms)
        self._passed("ehr_application")
        result_id = await _add_result(connection, message, payload, person_id, application_id, position, now_ms)
        self._passed("ehr_result")
        return result_id

    async def _take_record(
        self, envelope: RecordPayload, body: Record, connection: AsyncConnection, message: Message, at: int, now_ms: int
    ) -> str:
        facts = envelope.applicant
        person_id = await upsert_person(connection, facts.person, at, now_ms)
        await _upsert_application(connection, message, facts, person_id, at, now_ms)
        new = New(message.source, envelope.external_id, person_id, body, facts.application_id)
        # Nothing that travels so has a sensitive field; should one ever, it is refused and not stored readable.
        return (await record(connection, NoFieldKeys(), new, now_ms)).id


def _read_result(message: Message) -> ResultPayload:
    payload = read_payload(message.payload)
    if sha256(bytes(payload.report)) != payload.report_sha256:
        raise PermanentFailure("report_damaged", payload.report_sha256)
    return payload


async def _receipt(connection: AsyncConnection, message: Message) -> Acknowledgement | None:
    statement = select(ehr_receipt.c.ehr_id, ehr_receipt.c.received_at_ms).where(
        ehr_receipt.c.source == message.source, ehr_receipt.c.message_id == message.id
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Acknowledgement(row.ehr_id, row.received_at_ms, duplicate=True)


async def _upsert_application(
    connection: AsyncConnection, message: Message, facts: ApplicantFacts, person_id: str, position: int, now_ms: int
) -> str:
    """The application as its source names it; another interview for it later finds it by that name."""
    same = (ehr_application.c.source == message.source) & (ehr_application.c.source_id == facts.application_id)
    body = {"person_id": person_id, "position_id": facts.position_id, "body": msgspec.json.encode(facts.position)}
    known = (await connection.execute(select(ehr_application.c.id).where(same))).scalar_one_or_none()
    if known is not None:
        await connection.execute(ehr_application.update().where(same).values(**body, updated_at_ms=now_ms))
        return str(known)
    row = {"id": f"A{position}", "source": message.source, "source_id": facts.application_id, "updated_at_ms": now_ms}
    applied_at_ms = milliseconds(facts.applied_at)
    await connection.execute(ehr_application.insert().values(**row, **body, applied_at_ms=applied_at_ms))
    return f"A{position}"


async def _add_result(
    connection: AsyncConnection,
    message: Message,
    payload: ResultPayload,
    person_id: str,
    application_id: str,
    position: int,
    now_ms: int,
) -> str:
    """A new version of the interview's result, or its first."""
    same = (ehr_interview_result.c.source == message.source) & (
        ehr_interview_result.c.interview_id == payload.result.interview_id
    )
    latest = select(ehr_interview_result.c.id, func.max(ehr_interview_result.c.version).label("version"))
    known = (await connection.execute(latest.where(same).group_by(ehr_interview_result.c.id))).one_or_none()
    result_id, version = (f"R{position}", 1) if known is None else (known.id, known.version + 1)
    row = {
        "position": position,
        "id": result_id,
        "version": version,
        "source": message.source,
        "message_id": message.id,
        "interview_id": payload.result.interview_id,
        "application_id": application_id,
        "person_id": person_id,
        "score": payload.result.score,
        "body": msgspec.json.encode(payload.result),
        "report": bytes(payload.report),
        "report_digest": payload.result.report_digest,
        "received_at_ms": now_ms,
    }
    await connection.execute(ehr_interview_result.insert().values(**row))
    return str(result_id)
