"""A human says of two records that they are one person, or two: carried out, and kept."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import Money, Offer, Resume
from ehr_bridge.joining import Decided, NotToBeJoined, join, root_of, tell_apart
from ehr_bridge.reading import interview_results, person, persons, possible_duplicates, timeline
from ehr_bridge.records import New, record, revealed
from ehr_bridge.store import ehr_person
from tests.ehr_bridge.own_keys import OwnKeys

AT = datetime(2026, 3, 1, tzinfo=UTC)
WANG = PersonFacts("王芳1", "wf1@example.com", "13800130001", "CMB00001")
MARRIED = PersonFacts("李王芳", "wf1@example.com", external_id="HR-7")

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what happens above the database: one is enough."""


@pytest.fixture
def keys() -> OwnKeys:
    return OwnKeys()


@pytest.fixture
def put(engine, keys, clock):
    async def put(body, external_id: str, facts: PersonFacts):
        async with engine.begin() as connection:
            return await record(connection, keys, New("hr", external_id, facts, body), clock.now_ms())

    return put


@pytest.fixture
async def two(engine, put, clock, message) -> tuple[str, str]:
    """P1, who was interviewed; and a later record with the same e-mail under another name, with a salary in it."""
    await EmbeddedEhr(engine, clock.now_ms).deliver(message(1))
    await put(Resume(AT), "r-1", WANG)
    second = await put(Offer(AT, "made", salary=Money(1_250_000)), "o-1", MARRIED)
    return "P1", second.person_id


async def test_all_of_the_one_is_the_others(engine, keys, two, clock) -> None:
    first, second = two
    async with engine.begin() as connection:
        (doubt,) = await possible_duplicates(connection, first)
        assert {doubt.person_id, doubt.other_id} == {first, second}
        # Whichever is named first: the older record stays.
        assert await join(connection, keys, second, first, "li.na", clock.now_ms()) == Decided(first, joined=True)
    async with engine.connect() as connection:
        assert [entry.kind for entry in await timeline(connection, first)] == [
            "applied",
            "interview_result",
            "resume",
            "offer",
        ]
        assert await timeline(connection, second) == []
        assert await root_of(connection, second) == first
        assert (await person(connection, second)).joined_to == first  # type: ignore[union-attr]
        assert [each.id for each in (await persons(connection)).items] == [first]
        assert await possible_duplicates(connection, first) == []
        results = await interview_results(connection)
        offer = (await timeline(connection, first))[-1]
        opened = await revealed(connection, keys, offer.ref)
    assert [each.person_id for each in results.items] == [first]
    assert opened is not None
    assert opened.body.salary == Money(1_250_000)


async def test_what_comes_later_for_either_arrives_at_the_one(engine, keys, put, two, clock) -> None:
    first, second = two
    async with engine.begin() as connection:
        await join(connection, keys, first, second, "li.na", clock.now_ms())
    by_number = await put(Resume(AT), "r-2", PersonFacts(external_id="HR-7"))
    by_contact = await put(Resume(AT), "r-3", PersonFacts("李王芳", "wf1@example.com"))
    by_old_number = await put(Resume(AT), "r-4", PersonFacts(external_id="CMB00001"))
    assert {by_number.person_id, by_contact.person_id, by_old_number.person_id} == {first}
    async with engine.connect() as connection:
        numbers = (await connection.execute(select(ehr_person.c.external_id).order_by(ehr_person.c.position))).scalars()
        assert list(numbers) == ["CMB00001", "HR-7"]
        assert await possible_duplicates(connection, first) == []


@on_sqlite
async def test_a_number_that_only_the_one_had_goes_along(engine, keys, put, clock) -> None:
    without = await put(Resume(AT), "r-1", PersonFacts("王芳", "wf@example.com"))
    numbered = await put(Resume(AT), "r-2", PersonFacts("王方", "wf@example.com", external_id="HR-8"))
    async with engine.begin() as connection:
        await join(connection, keys, without.person_id, numbered.person_id, "li.na", clock.now_ms())
        assert (await person(connection, without.person_id)).external_id == "HR-8"  # type: ignore[union-attr]
    assert (await put(Resume(AT), "r-3", PersonFacts(external_id="HR-8"))).person_id == without.person_id


@on_sqlite
async def test_two_persons_are_not_asked_about_again(engine, put, two, clock) -> None:
    first, second = two
    async with engine.begin() as connection:
        assert not (await tell_apart(connection, first, second, "li.na", clock.now_ms())).joined
    await put(Resume(AT), "r-9", MARRIED)
    async with engine.connect() as connection:
        assert await possible_duplicates(connection, first) == []
        assert len((await persons(connection)).items) == 2


@on_sqlite
async def test_doubts_about_the_one_become_doubts_about_the_other(engine, keys, put, two, clock) -> None:
    first, second = two
    third = await put(Resume(AT), "r-5", PersonFacts("王小芳", phone="13800130001"))
    async with engine.begin() as connection:
        await join(connection, keys, first, second, "li.na", clock.now_ms())
        (doubt,) = await possible_duplicates(connection, first)
        assert {doubt.person_id, doubt.other_id} == {first, third.person_id}
        await join(connection, keys, first, third.person_id, "li.na", clock.now_ms())
        assert {await root_of(connection, each) for each in (first, second, third.person_id)} == {first}


@on_sqlite
async def test_what_was_destroyed_stays_destroyed(engine, keys, two, clock) -> None:
    first, second = two
    keys.destroyed.add(second)
    async with engine.begin() as connection:
        await join(connection, keys, first, second, "li.na", clock.now_ms())
        offer = (await timeline(connection, first))[-1]
        opened = await revealed(connection, keys, offer.ref)
    assert opened is not None
    assert opened.body.salary is None


@on_sqlite
async def test_who_cannot_be_joined(engine, keys, two, clock) -> None:
    first, second = two
    async with engine.begin() as connection:
        for pair in [(first, first), (first, "P99"), ("P98", "P99")]:
            with pytest.raises(NotToBeJoined):
                await join(connection, keys, *pair, "li.na", clock.now_ms())
        await join(connection, keys, first, second, "li.na", clock.now_ms())
        with pytest.raises(NotToBeJoined):
            await join(connection, keys, first, second, "li.na", clock.now_ms())
