"""Records: one append-only table, idempotent by the sender's id, sensitive fields never readable in it."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import func, select

from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import KINDS, Leave, Money, Offer, Onboarding, Performance, Resume, Training
from ehr_bridge.reading import record_counts, timeline
from ehr_bridge.records import New, RecordRefused, find_record, record, records, records_of, revealed
from ehr_bridge.store import ehr_person, ehr_record
from tests.ehr_bridge.own_keys import OwnKeys

AT = datetime(2026, 3, 1, tzinfo=UTC)
WANG = PersonFacts("王芳1", "wf1@example.com", "13800130001", "CMB00001")
OFFER = Offer(AT, "made", salary=Money(1_250_000))

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what happens above the database: one is enough."""


@pytest.fixture
def keys() -> OwnKeys:
    return OwnKeys()


@pytest.fixture
def put(engine, keys, clock):
    async def put(body, external_id: str = "x-1", person=WANG, source: str = "hr", application: str = ""):
        async with engine.begin() as connection:
            new = New(source, external_id, person, body, application)
            return await record(connection, keys, new, clock.now_ms())

    return put


async def test_the_same_again_changes_nothing(put, engine) -> None:
    first = await put(OFFER)
    again = await put(OFFER)
    assert first.changed
    assert not again.changed
    assert (again.id, again.version, again.person_id) == (first.id, 1, first.person_id)
    async with engine.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(ehr_record))).scalar_one() == 1


async def test_a_later_state_is_the_next_version_and_the_former_stays(put, engine) -> None:
    await put(OFFER)
    accepted = await put(msgspec.structs.replace(OFFER, state="accepted"))
    assert accepted.version == 2
    async with engine.connect() as connection:
        (latest,) = await records_of(connection, accepted.person_id)
        both = await records_of(connection, accepted.person_id, versions=True)
        before = await find_record(connection, accepted.id, 1)
    assert latest.body.state == "accepted"
    assert [each.body.state for each in both] == ["made", "accepted"]
    assert before is not None
    assert before.body.state == "made"


@on_sqlite
async def test_another_salary_alone_is_a_new_version(put) -> None:
    await put(OFFER)
    assert (await put(msgspec.structs.replace(OFFER, salary=Money(1_300_000)))).version == 2
    assert (await put(msgspec.structs.replace(OFFER, salary=None))).version == 3


@on_sqlite
async def test_what_is_sensitive_is_nowhere_readable(put, engine, keys) -> None:
    stored = await put(OFFER)
    await put(Leave(AT, "resignation", "照顾生病的母亲"), "x-2")
    async with engine.connect() as connection:
        rows = (await connection.execute(select(ehr_record))).all()
        told = await timeline(connection, stored.person_id)
        opened = await revealed(connection, keys, stored.id)
    for row in rows:
        assert b"1250000" not in row.body + row.sealed
        assert "照顾".encode() not in row.body + row.sealed
    assert "125" not in msgspec.json.encode(told).decode()
    assert [entry.withheld for entry in told] == [("salary",), ("reason",)]
    assert opened is not None
    assert opened.body == OFFER
    assert opened.withheld == ()


@on_sqlite
async def test_a_destroyed_key_leaves_the_rest_readable(put, engine, keys) -> None:
    stored = await put(OFFER)
    keys.destroyed.add(stored.person_id)
    async with engine.connect() as connection:
        found = await revealed(connection, keys, stored.id)
    assert found is not None
    assert found.body == Offer(AT, "made")
    assert found.withheld == ("salary",)


async def test_whose_record_it_is_follows_from_the_merge_keys(put, engine) -> None:
    by_facts = await put(OFFER)
    by_number = await put(Resume(AT), "x-2", PersonFacts(external_id="CMB00001"))
    by_contact = await put(Resume(AT), "x-3", PersonFacts("王芳1", phone="+86 138 0013 0001"))
    by_id = await put(Resume(AT), "x-4", by_facts.person_id)
    somebody_else = await put(Resume(AT), "x-5", PersonFacts("李雷", "ll@example.com"))
    assert by_facts.person_id == by_number.person_id == by_contact.person_id == by_id.person_id
    assert somebody_else.person_id != by_facts.person_id
    async with engine.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(ehr_person))).scalar_one() == 2


@on_sqlite
@pytest.mark.parametrize(
    ("person", "application", "code"),
    [
        ("P99", "", "person_unknown"),
        (PersonFacts("王芳"), "", "person_unnamed"),
        (PersonFacts(email="wf@example.com"), "", "person_unnamed"),
        (WANG, "inv_9", "application_unknown"),
    ],
)
async def test_a_record_of_nobody_is_refused_whole(put, engine, person, application: str, code: str) -> None:
    with pytest.raises(RecordRefused) as caught:
        await put(OFFER, person=person, application=application)
    assert caught.value.code == code
    async with engine.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(ehr_person))).scalar_one() == 0


@on_sqlite
async def test_two_senders_may_use_the_same_id(put, engine) -> None:
    first = await put(OFFER, source="one")
    second = await put(OFFER, source="two")
    training = await put(Training(AT, "risk", attendance=1.0), source="one")
    assert len({first.id, second.id, training.id}) == 3
    async with engine.connect() as connection:
        assert await record_counts(connection) == {"offer": 2, "training": 1}


async def test_everybodys_records_page_by_page(put, engine) -> None:
    for number in range(5):
        await put(Performance(AT, f"2026Q{number}"), f"x-{number}")
    await put(Onboarding(AT), "on-1")
    seen, after = [], 0
    async with engine.connect() as connection:
        while page := await records(connection, ["performance"], after=after, limit=2):
            seen += [each.body.period for _, each in page]
            after = page[-1][0]
    assert seen == [f"2026Q{number}" for number in range(5)]


@on_sqlite
async def test_a_life_is_told_in_its_order(put, engine, clock, message) -> None:
    await EmbeddedEhr(engine, clock.now_ms).deliver(message(1))
    person = WANG
    bodies = [kind for kind in KINDS.values() if kind.kind not in ("decision", "panel_result")]
    made = {
        "interaction": {"channel": "wecom", "direction": "from_person", "text": "问题很清楚"},
        "training": {"course_id": "risk"},
        "performance": {"period": "2026Q2"},
    }
    for number, kind in enumerate(bodies):
        body = msgspec.convert({"at": f"2026-03-{number + 1:02}T00:00:00Z", **made.get(kind.kind, {})}, kind)
        stored = await put(body, f"x-{number}", person)
    async with engine.connect() as connection:
        told = await timeline(connection, stored.person_id)
    assert [entry.kind for entry in told] == ["applied", "interview_result", *(kind.kind for kind in bodies)]
    assert all(entry.title.zh and entry.title.en for entry in told)
    assert told[-1].detail == "问题很清楚"
