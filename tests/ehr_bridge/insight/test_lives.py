"""Lives read from real stores: what the embedded EHR took in, and records beside it."""

from datetime import UTC, datetime

from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import Decision, Leave, Onboarding
from ehr_bridge.insight.lives import lives
from ehr_bridge.reading import interview_results
from ehr_bridge.records import New, record
from tests.ehr_bridge.test_records import OwnKeys

AT = datetime(2026, 3, 1, tzinfo=UTC)


async def test_a_life_with_its_interview_and_its_records(engine, clock, message) -> None:
    await EmbeddedEhr(engine, clock.now_ms).deliver(message(1))
    async with engine.begin() as connection:
        (life,) = await lives(connection)
        one = life.interviewed
        assert one is not None
        assert life.applications[0].position == one.position
        assert one.position.zh
        assert one.scores.keys() <= one.labels.keys()
        assert all(key.count(".") == 1 for key in one.parts)
        for body in (Onboarding(AT, hired_at=AT), Leave(AT.replace(month=9))):
            await record(connection, OwnKeys(), New("hr", body.kind, life.person_id, body), clock.now_ms())
        await record(
            connection, OwnKeys(), New("hr", "x", PersonFacts(external_id="Z1"), Onboarding(AT)), clock.now_ms()
        )
        mine, other = await lives(connection)
        assert (mine.hired_at_ms, mine.left_at_ms) == (1_772_323_200_000, 1_788_220_800_000)
        assert (other.external_id, other.interviewed, other.hired_at_ms) == ("Z1", None, None)
        assert [each.person_id for each in await lives(connection, [mine.person_id])] == [mine.person_id]


async def test_what_people_decided_holds_until_it_is_taken_back_or_scored_again(engine, clock, message) -> None:
    await EmbeddedEhr(engine, clock.now_ms).deliver(message(1))
    async with engine.begin() as connection:
        (before,) = await lives(connection)
        (row,) = (await interview_results(connection)).items
        key, machine = next(iter(before.interviewed.scores.items()))
        for version, (digest, value, holds) in enumerate(
            [
                ("another", 1.0, 2.0),
                (row.report_digest, 31.0, 41.0),
                (row.report_digest, None, before.interviewed.total),
            ]
        ):
            body = Decision(AT, row.interview_id, digest, version, key, value, holds, "seen in the talk", "hr")
            new = New("viva", f"decided-{version}", before.person_id, body)
            await record(connection, OwnKeys(), new, clock.now_ms())
            (after,) = await lives(connection)
            expected = (31.0, 41.0) if value == 31.0 else (machine, before.interviewed.total)
            assert (after.interviewed.scores[key], after.interviewed.total) == expected
