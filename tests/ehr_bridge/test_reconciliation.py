"""Read back and compared: what is missing there, different there, unknown here, and what could not be asked."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from ehr_bridge.adapters.destination import Acknowledgement, ReadBack, RetryableFailure, Value
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical.payloads import record_message
from ehr_bridge.canonical.records import Decision, PanelResult, Part
from ehr_bridge.fields import equal, fields_of
from ehr_bridge.ledger import Acknowledged, begin_attempt, note_outcome
from ehr_bridge.outbox import Message, enqueue, pending
from ehr_bridge.reconciliation import compare, differences_of, latest, reconcile
from ehr_bridge.store import ehr_interview_result, ehr_person, ehr_receipt, outbox

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what happens above the database: one is enough."""


@pytest.fixture
def ehr(engine, clock) -> EmbeddedEhr:
    return EmbeddedEhr(engine, clock.now_ms)


@pytest.fixture
def arrived(engine, ehr, clock) -> Callable:
    """Promised, delivered and acknowledged, as ``Delivery`` does it."""

    async def arrived(*messages: Message) -> None:
        for message in messages:
            async with engine.begin() as connection:
                await enqueue(connection, message, ["embedded"])
                (head,) = await pending(connection, 9)
                await begin_attempt(connection, head.delivery_id, 0, clock.now_ms())
            answer = await ehr.deliver(message)
            async with engine.begin() as connection:
                outcome = Acknowledged(answer.ehr_id, answer.received_at_ms, answer.duplicate)
                await note_outcome(connection, head.delivery_id, 0, outcome, clock.now_ms())

    return arrived


@pytest.fixture
def compared(engine, ehr, clock) -> Callable:
    async def compared(destination=None):
        found = await reconcile(engine, destination or ehr, since_ms=0, asked_by="test", now_ms=clock.now_ms)
        async with engine.connect() as connection:
            rows = await differences_of(connection, found.id)
            assert found in await latest(connection)
        return found, [(each.what, each.field) for _, each in rows]

    return compared


def decision(applicant, number: int = 1) -> Message:
    from ehr_bridge.canonical import moment

    body = Decision(moment(0), f"int_{number}", "sha256:x", 1, "", 90.0, 90.0, "看录像更正", "li.na")
    return record_message(body, f"rp_{number}.decision.1", applicant(number), "viva", 0)


def panel(applicant, number: int = 1) -> Message:
    from ehr_bridge.canonical import moment

    body = PanelResult(moment(0), f"int_{number}", "", 3, 80.0, [Part("communication", 80.0)])
    return record_message(body, f"int_{number}.panel", applicant(number), "viva", 0)


async def test_what_arrived_is_what_was_sent(arrived, compared, message, applicant) -> None:
    await arrived(message(1), message(2), decision(applicant), panel(applicant))
    found, differences = await compared()
    assert (found.records, found.in_conflict, found.unreadable, differences) == (4, 0, 0, [])
    assert found.fields == found.fields_equal > 40


async def test_every_kind_of_difference_is_named(engine, arrived, compared, message) -> None:
    await arrived(*(message(number) for number in range(1, 6)))
    results, persons = ehr_interview_result, ehr_person
    async with engine.begin() as connection:
        await connection.execute(update(results).where(results.c.interview_id == "int_1").values(score=12.0))
        await connection.execute(update(persons).where(persons.c.external_id == "CMB00002").values(email="x@y.z"))
        await connection.execute(update(persons).where(persons.c.external_id == "CMB00003").values(phone=""))
        await connection.execute(delete(results).where(results.c.interview_id == "int_4"))
        stranger = {"source": "viva", "message_id": "nobody.sent.this", "ehr_id": "R99", "received_at_ms": 1}
        await connection.execute(ehr_receipt.insert().values(**stranger))
    found, differences = await compared()
    assert sorted(differences) == [
        ("different_there", "applicant.email"),
        ("different_there", "result.score"),
        ("missing_there", ""),
        ("missing_there", "applicant.phone"),
        ("unknown_here", ""),
    ]
    assert (found.records, found.in_conflict, found.listed) == (6, 5, True)


@on_sqlite
async def test_a_report_that_was_changed_there_is_found_by_its_digest(engine, arrived, compared, message) -> None:
    await arrived(message(1))
    async with engine.begin() as connection:
        await connection.execute(update(ehr_interview_result).values(report=b"{}"))
    assert (await compared())[1] == [("different_there", "report_sha256")]


@on_sqlite
async def test_of_several_messages_about_one_thing_the_last_is_compared(arrived, compared, message) -> None:
    await arrived(message(1, 70.0), message(1, 80.0))
    found, differences = await compared()
    assert (found.records, differences) == (1, [])


@on_sqlite
async def test_what_was_learned_since_is_no_difference(arrived, compared, message, applicant, clock) -> None:
    """A later message of another interview brought a new telephone number for the same person."""
    await arrived(message(1))
    clock.at_ms += 1
    later = panel(lambda _n: msgspec.structs.replace(applicant(1), phone="13900139000"), 7)
    await arrived(later)
    assert (await compared())[1] == []


@on_sqlite
async def test_one_that_cannot_be_asked_is_noted_and_the_rest_goes_on(engine, ehr, arrived, compared, message) -> None:
    class Partly:
        name = "embedded"

        async def deliver(self, message: Message) -> Acknowledgement:
            raise NotImplementedError

        async def read_back(self, message: Message) -> ReadBack | None:
            if message.subject == "int_1":
                raise RetryableFailure("destination_timeout")
            if message.subject == "int_4":
                raise KeyError("a defect of the adapter")
            return await ehr.read_back(message)

    await arrived(*(message(number) for number in range(1, 5)))
    async with engine.begin() as connection:
        await connection.execute(update(outbox).where(outbox.c.subject == "int_3").values(payload=b"{}"))
    found, differences = await compared(Partly())
    assert (found.records, found.in_conflict, found.unreadable, found.listed) == (1, 0, 3, False)
    assert differences == [("unreadable", "")] * 3


def test_a_field_that_the_destination_does_not_speak_of_is_not_compared(message) -> None:
    sent = fields_of(message(1))
    held = ReadBack("7", 0, "", 0, {"applicant.name": "王芳1 ", "result.score": 82})
    assert compare(message(1), sent, held) == []


@given(st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text())
def test_a_value_equals_itself(value: Value) -> None:
    assert equal(value, value)


def test_what_is_equal_and_what_is_not() -> None:
    assert equal(82, 82.0)
    assert equal(None, "")
    assert equal(82.1, 82.1000000001)
    for ours, theirs in [(82.0, 82.5), ("82", 82), (True, 1), (0, None), ("a", None), (False, "")]:
        assert not equal(ours, theirs), (ours, theirs)
