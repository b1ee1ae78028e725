import asyncio
import dataclasses

import msgspec
import pytest

from ehr_bridge.adapters.destination import PermanentFailure
from ehr_bridge.adapters.embedded import EmbeddedEhr
from ehr_bridge.canonical import result_message, sha256
from ehr_bridge.reading import (
    applications,
    counts,
    interview_result,
    interview_results,
    person,
    persons,
    possible_duplicates,
    report_json,
    timeline,
)


@pytest.fixture
def ehr(engine, clock) -> EmbeddedEhr:
    return EmbeddedEhr(engine, clock.now_ms)


async def test_one_message_makes_one_of_each(engine, ehr, message, clock) -> None:
    answer = await ehr.deliver(message(1))
    assert (answer.ehr_id, answer.received_at_ms, answer.duplicate) == ("R1", clock.now_ms(), False)
    async with engine.connect() as connection:
        assert await counts(connection) == {"persons": 1, "applications": 1, "results": 1, "result_versions": 1}
        result = await interview_result(connection, "R1")
    assert result is not None
    assert (result.score, result.version, result.person_id) == (82.0, 1, "P1")


async def test_the_same_message_again_changes_nothing_and_says_so(engine, ehr, message, clock) -> None:
    first = await ehr.deliver(message(1))
    clock.at_ms += 1_000
    assert await ehr.deliver(message(1)) == dataclasses.replace(first, duplicate=True)
    async with engine.connect() as connection:
        assert (await counts(connection))["result_versions"] == 1


async def test_one_message_delivered_by_many_at_once_is_taken_once(engine, ehr, message) -> None:
    answers = await asyncio.gather(*(ehr.deliver(message(1)) for _ in range(8)))
    assert sorted(answer.duplicate for answer in answers) == [False] + [True] * 7
    assert {answer.ehr_id for answer in answers} == {"R1"}


async def test_many_applicants_at_once(engine, ehr, message) -> None:
    await asyncio.gather(*(ehr.deliver(message(number)) for number in range(1, 13)))
    async with engine.connect() as connection:
        assert await counts(connection) == {"persons": 12, "applications": 12, "results": 12, "result_versions": 12}
        page = await interview_results(connection)
    assert len({result.id for result in page.items}) == 12


async def test_a_report_that_was_scored_again_is_a_new_version(engine, ehr, message, report, clock) -> None:
    await ehr.deliver(message(1, 82.0))
    clock.at_ms += 60_000
    await ehr.deliver(message(1, 84.0))
    async with engine.connect() as connection:
        latest = await interview_result(connection, "R1")
        first = await interview_result(connection, "R1", version=1)
        entries = await timeline(connection, "P1")
        assert await report_json(connection, "R1") == report(1, 84.0)
        assert await report_json(connection, "R1", version=1) == report(1, 82.0)
        assert await interview_result(connection, "R1", version=3) is None
    assert latest is not None
    assert first is not None
    assert (latest.version, latest.score, first.score) == (2, 84.0, 82.0)
    assert [(entry.kind, entry.version) for entry in entries] == [
        ("applied", 1),
        ("interview_result", 1),
        ("interview_result", 2),
    ]


async def test_a_second_application_joins_the_person(engine, ehr, report, applicant) -> None:
    """Known by e-mail and name the first time, with the employer's number the second."""
    await ehr.deliver(result_message(report(1), applicant(1, external_id=""), "viva", 0))
    again = applicant(1, application_id="inv_2", email="WF1@Example.com", phone="")
    await ehr.deliver(result_message(report(2), again, "viva", 0))
    async with engine.connect() as connection:
        (known,) = (await persons(connection)).items
        assert [each.source_id for each in await applications(connection, known.id)] == ["inv_1", "inv_2"]
    assert (known.external_id, known.phone) == ("CMB00001", "13800130001")


async def test_a_shared_telephone_is_a_possible_duplicate(engine, ehr, report, applicant) -> None:
    await ehr.deliver(result_message(report(1), applicant(1, external_id=""), "viva", 0))
    brother = applicant(2, external_id="", name="王明", phone=applicant(1).phone)
    await ehr.deliver(result_message(report(2), brother, "viva", 0))
    async with engine.connect() as connection:
        assert (await counts(connection))["persons"] == 2
        (doubt,) = await possible_duplicates(connection, "P2")
    assert (doubt.person_id, doubt.other_id, doubt.reason) == ("P1", "P2", "same_contact_other_name")


async def test_read_back_shows_what_is_held(ehr, message, report) -> None:
    assert await ehr.read_back(message(1)) is None
    await ehr.deliver(message(1))
    held = await ehr.read_back(message(1))
    assert held is not None
    assert (held.ehr_id, held.version, held.report_sha256) == ("R1", 1, sha256(report(1)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "viva.weather.v1"}, "kind_unknown"),
        ({"payload": b"<html>"}, "payload_invalid"),
        ({"payload": b"{}"}, "payload_invalid"),
    ],
)
async def test_what_can_never_be_taken_is_refused_for_good(engine, ehr, message, change, code) -> None:
    with pytest.raises(PermanentFailure) as refused:
        await ehr.deliver(dataclasses.replace(message(1), **change))
    assert refused.value.code == code
    async with engine.connect() as connection:
        assert (await counts(connection))["persons"] == 0


async def test_a_report_that_is_not_the_one_named_is_refused(ehr, message) -> None:
    fields = msgspec.json.decode(message(1).payload)
    fields["report"]["total"]["value"] = 99.0
    with pytest.raises(PermanentFailure, match="report_damaged"):
        await ehr.deliver(dataclasses.replace(message(1), payload=msgspec.json.encode(fields)))


async def test_nobody_is_a_person_whom_nobody_knows(engine, ehr) -> None:
    async with engine.connect() as connection:
        assert await person(connection, "P404") is None
        assert await report_json(connection, "R404") is None
