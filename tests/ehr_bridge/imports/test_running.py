"""Tried, applied, undone, verified: on real stores, with somebody else writing in between."""

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import func, select

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import Money, Offer, Training
from ehr_bridge.imports.planning import Planned
from ehr_bridge.imports.running import MASK, apply_rows, try_rows, undo_rows
from ehr_bridge.imports.verifying import Found, verify
from ehr_bridge.records import New, record, records, revealed
from ehr_bridge.store import ehr_import, ehr_import_row, ehr_person, ehr_record
from tests.ehr_bridge.test_records import OwnKeys

AT = datetime(2025, 6, 1, tzinfo=UTC)
NOW = 1_790_000_000_000
PEOPLE = [
    Planned(line, f"A{line}", PersonFacts(f"员工{line}", f"e{line}@example.com", "", f"A{line}")) for line in (2, 3, 4)
]
COURSES = [Planned(line, f"t{line}", PersonFacts(external_id=f"A{line}"), Training(AT, "risk")) for line in (2, 3, 9)]
OFFERS = [Planned(2, "o2", PersonFacts(external_id="A2"), Offer(AT, salary=Money(1_250_000)))]


@pytest.fixture
def keys() -> OwnKeys:
    return OwnKeys()


@pytest.fixture
async def imports(engine, keys):
    """``imports(kind, rows, name)``: applies them as an import of that name."""

    async def apply(kind, rows, name="im_1"):
        async with engine.begin() as connection:
            if (await connection.execute(select(ehr_import.c.id).where(ehr_import.c.id == name))).first() is None:
                row = {"id": name, "kind": kind, "mapping": "old", "mapping_digest": "", "file_name": ""}
                row |= {"file_sha256": "", "state": "applying", "counts": b"{}", "created_by": "han"}
                row["created_at_ms"] = NOW
                await connection.execute(ehr_import.insert().values(**row))
        return await apply_rows(engine, keys, name, "old", kind, rows, NOW)

    return apply


async def _count(engine, table) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def test_trying_says_what_applying_does_and_keeps_nothing(engine, keys, imports) -> None:
    tried = await try_rows(engine, keys, "old", "person", PEOPLE, NOW)
    assert [outcome.action for outcome in tried] == ["new"] * 3
    assert await _count(engine, ehr_person) == 0
    assert await imports("person", PEOPLE) == tried
    assert await _count(engine, ehr_person) == 3
    again = await try_rows(engine, keys, "old", "person", PEOPLE, NOW)
    assert [outcome.action for outcome in again] == ["same"] * 3


async def test_base_data_come_first(engine, keys, imports) -> None:
    before = await imports("training", COURSES, "im_0")
    assert {(outcome.action, outcome.reason) for outcome in before} == {("refused", "person_unknown")}
    await imports("person", PEOPLE)
    after = await imports("training", COURSES, "im_2")
    assert [outcome.action for outcome in after] == ["new", "new", "refused"]


async def test_a_cut_off_import_goes_on_and_does_nothing_twice(engine, keys, imports) -> None:
    await imports("person", PEOPLE[:2])
    assert [outcome.action for outcome in await imports("person", PEOPLE)] == ["new"] * 3
    assert await _count(engine, ehr_import_row) == 3


async def test_a_change_is_shown_before_and_after_and_pay_is_not_shown(engine, keys, imports) -> None:
    await imports("person", PEOPLE)
    await imports("offer", OFFERS, "im_2")
    raised = [msgspec.structs.replace(OFFERS[0].body, state="accepted", salary=Money(1_300_000))]
    rows = [Planned(2, "o2", OFFERS[0].person, raised[0])]
    (outcome,) = await try_rows(engine, keys, "old", "offer", rows, NOW)
    assert outcome.action == "changed"
    assert {(d.path, d.before, d.after) for d in outcome.differences} == {
        ("record.state", "made", "accepted"),
        ("record.salary", MASK, MASK),
    }


async def test_undo_takes_back_what_it_wrote_and_nothing_else(engine, keys, imports) -> None:
    async with engine.begin() as connection:
        await record(
            connection,
            keys,
            New("import:old", "t2", PersonFacts("旧名", "e2@example.com", "", "A2"), Training(AT, "aml")),
            NOW,
        )
    await imports("person", PEOPLE)
    await imports("training", COURSES, "im_2")
    async with engine.begin() as connection:  # somebody corrects one of them afterwards
        await record(
            connection, keys, New("import:old", "t3", PersonFacts(external_id="A3"), Training(AT, "ethics")), NOW
        )
    undone = await undo_rows(engine, keys, "im_2", NOW)
    assert (undone.taken_back, undone.kept) == (1, 1)
    async with engine.connect() as connection:
        courses = {known.external_id: known.body.course_id for _, known in await records(connection, ["training"])}
    assert courses == {"t2": "aml", "t3": "ethics"}
    assert (await undo_rows(engine, keys, "im_2", NOW)).taken_back == 0

    people = await undo_rows(engine, keys, "im_1", NOW)
    assert (people.taken_back, people.kept) == (2, 1)  # A3 has a course that somebody gave them
    async with engine.connect() as connection:
        names = {row.external_id: row.name for row in await connection.execute(select(ehr_person))}
    assert names == {"A2": "旧名", "A3": "员工3"}


async def test_what_was_undone_may_come_again(engine, keys, imports) -> None:
    await imports("person", PEOPLE)
    await imports("offer", OFFERS, "im_2")
    await undo_rows(engine, keys, "im_2", NOW)
    async with engine.connect() as connection:
        assert await records(connection, ["offer"]) == []
    assert [outcome.action for outcome in await imports("offer", OFFERS, "im_3")] == ["new"]
    async with engine.connect() as connection:
        ((_, known),) = await records(connection, ["offer"])
        whole = await revealed(connection, keys, known.id)
    assert (known.version, whole.body.salary) == (2, Money(1_250_000))
    assert await _count(engine, ehr_record) == 2


async def test_a_pass_compares_every_row(engine, keys, imports) -> None:
    assert await verify(engine, keys, "old", "person", PEOPLE) == Found(3, 3, 0, ((2, ""), (3, ""), (4, "")))
    await imports("person", PEOPLE)
    await imports("training", COURSES, "im_2")
    assert (await verify(engine, keys, "old", "person", PEOPLE)).clean
    async with engine.begin() as connection:
        await record(
            connection, keys, New("import:old", "t3", PersonFacts(external_id="A3"), Training(AT, "ethics")), NOW
        )
    found = await verify(engine, keys, "old", "training", COURSES[:2])
    assert found == Found(2, 0, 1, ((3, "record.course_id"),))
    assert not (await verify(engine, keys, "old", "training", [])).clean
