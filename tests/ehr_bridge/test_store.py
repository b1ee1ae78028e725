import asyncio

import pytest
from sqlalchemy import Table

from ehr_bridge import store
from ehr_bridge.store import ehr_receipt, insert_if_absent, next_position

ROW = {"source": "viva", "message_id": "m-1", "ehr_id": "R1", "received_at_ms": 1}


async def test_an_insert_happens_once(engine) -> None:
    async with engine.begin() as connection:
        assert await insert_if_absent(connection, ehr_receipt, ROW)
        assert not await insert_if_absent(connection, ehr_receipt, ROW)


async def test_positions_have_no_holes(engine) -> None:
    async with engine.begin() as connection:
        assert [await next_position(connection, "ehr") for _ in range(3)] == [1, 2, 3]
    async with engine.connect() as connection:
        assert await next_position(connection, "ehr") == 4
        await connection.rollback()
    async with engine.begin() as connection:
        assert await next_position(connection, "ehr") == 4
        assert await next_position(connection, "other") == 1


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.services
async def test_a_later_position_is_never_visible_before_an_earlier_one(engine) -> None:
    """The second writer gets its number only when the first has committed or given up."""
    async with engine.connect() as first, engine.connect() as second:
        assert await next_position(first, "ehr") == 1
        waiting = asyncio.create_task(next_position(second, "ehr"))
        done, _ = await asyncio.wait([waiting], timeout=0.2)
        assert not done
        await first.rollback()
        assert await waiting == 1
        await second.commit()


def test_personal_data_are_marked() -> None:
    """Erasure and masking follow the mark: the columns that hold personal data, and no others, carry it."""
    # Of this module: other rooms of the bridge bring tables of their own into the same MetaData.
    tables = [each for each in vars(store).values() if isinstance(each, Table)]
    marked = {
        f"{table.name}.{column.name}" for table in tables for column in table.columns if column.info.get("personal")
    }
    person = {"external_id", "name", "email", "phone", "name_key", "email_key", "phone_key"}
    assert marked == {f"ehr_person.{name}" for name in person} | {
        "outbox.payload",
        "ehr_interview_result.body",
        "ehr_interview_result.report",
        "ehr_record.body",
        "ehr_record.sealed",
        "ehr_import.file",
        "ehr_import_row.person_before",
        "ehr_import_row.person_after",
    }
