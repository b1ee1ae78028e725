import base64

import pytest

from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.reading import CursorInvalid, interview_results, person, persons, timeline


@pytest.fixture
def ehr(engine, clock) -> EmbeddedEhr:
    return EmbeddedEhr(engine, clock.now_ms)


async def test_pages_go_through_everyone_once(engine, ehr, message) -> None:
    for number in range(1, 8):
        await ehr.deliver(message(number))
    names: list[str] = []
    cursor, more = None, True
    async with engine.connect() as connection:
        while more:
            page = await persons(connection, cursor, limit=3)
            names += [each.name for each in page.items]
            cursor, more = page.next_cursor, page.more
    assert names == [f"王芳{number}" for number in range(1, 8)]


async def test_a_cursor_kept_over_time_gives_what_is_new(engine, ehr, message) -> None:
    await ehr.deliver(message(1))
    async with engine.connect() as connection:
        kept = (await interview_results(connection)).next_cursor
    async with engine.connect() as connection:
        nothing_new = await interview_results(connection, kept)
        assert (nothing_new.items, nothing_new.next_cursor, nothing_new.more) == ([], kept, False)
    await ehr.deliver(message(2))
    await ehr.deliver(message(1, 90.0))
    async with engine.connect() as connection:
        page = await interview_results(connection, kept)
    assert [(each.id, each.version) for each in page.items] == [("R2", 1), ("R1", 2)]


def _coded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize("cursor", ["x", "!!!!", "王芳", _coded("p7"), "a" * 5000, _coded("r" + "9" * 40)])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_cursor_of_another_list_is_refused(engine, cursor) -> None:
    async with engine.connect() as connection:
        with pytest.raises(CursorInvalid):
            await interview_results(connection, cursor)


async def test_a_page_has_a_sane_size(engine, ehr, message) -> None:
    for number in (1, 2):
        await ehr.deliver(message(number))
    async with engine.connect() as connection:
        assert len((await persons(connection, limit=0)).items) == 1
        assert len((await persons(connection, limit=10**9)).items) == 2


async def test_a_person_and_their_timeline(engine, ehr, message) -> None:
    await ehr.deliver(message(1))
    async with engine.connect() as connection:
        found = await person(connection, "P1")
        entries = await timeline(connection, "P1")
        assert await timeline(connection, "P404") == []
    assert found is not None
    assert found.email == "wf1@example.com"
    assert [(entry.kind, entry.ref, entry.score) for entry in entries] == [
        ("applied", "A1", None),
        ("interview_result", "R1", 82.0),
    ]
