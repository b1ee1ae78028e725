"""Odoo: whatever step dies after its work was done, the next try makes only what is missing."""

from collections.abc import Callable
from typing import Any

import pytest

from ehr_bridge.adapters.adapter import Record, Secret
from ehr_bridge.adapters.destination import DeliveryFailed
from ehr_bridge.adapters.odoo import Odoo as OdooAdapter
from ehr_bridge.adapters.odoo import Settings
from ehr_bridge.canonical import read_payload, sha256
from tests.ehr_bridge.golden_case import message_of
from tests.fakes.odoo import DATABASE, KEY, Odoo
from tests.fakes.serving import listening

STEPS = [
    ("hr.applicant", "create"),
    ("ir.attachment", "create"),
    ("hr.applicant", "message_post"),
    ("hr.applicant.category", "create"),
    ("hr.applicant", "write"),
]


def settings_for(url: str) -> dict[str, Any]:
    stages = {"before": [1, 2], "after": 3}
    return {
        "url": url,
        "database": DATABASE,
        "api_key": {"env": "K"},
        "stages": stages,
        "strengths": 80,
        "talent_pool": 1,
    }


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids="/".join)
async def test_nothing_doubles(destination: Callable[..., Any], step: tuple[str, str], when: str) -> None:
    odoo = Odoo()
    odoo.breaks[step] = when
    with listening(odoo) as url:
        hr = destination("odoo", settings_for(url), K=KEY)
        with pytest.raises(DeliveryFailed) as failed:
            await hr.deliver(message_of("strong"))
        assert failed.value.retry
        await hr.deliver(message_of("strong"))
        assert (await hr.deliver(message_of("strong"))).duplicate
        read = await hr.read_back(message_of("strong"))
    assert {model: len(rows) for model, rows in odoo.rows.items()} == {
        "hr.job": 1,
        "hr.applicant": 1,
        "hr.applicant.category": 1,
        "hr.employee": 0,
        "ir.attachment": 1,
        "mail.message": 1,
    }
    (applicant,) = odoo.rows["hr.applicant"].values()
    assert (applicant["stage_id"], applicant["probability"], applicant["categ_ids"]) == (3, 82.4, [1])
    assert read.report_sha256 == sha256(bytes(read_payload(message_of("strong").payload).report))


async def test_a_person_who_moved_the_applicant_on_is_not_overruled(destination: Callable[..., Any]) -> None:
    odoo = Odoo()
    with listening(odoo) as url:
        hr = destination("odoo", settings_for(url), K=KEY)
        await hr.deliver(message_of("strong"))
        odoo.rows["hr.applicant"][1]["stage_id"] = 5
        await hr.deliver(message_of("strong"))
    assert odoo.rows["hr.applicant"][1]["stage_id"] == 5


async def test_an_applicant_who_was_refused_is_found_and_stays_refused(destination: Callable[..., Any]) -> None:
    odoo = Odoo()
    vals = {"partner_name": "王芳", "email_from": "WANG.FANG@example.com", "job_id": 1}
    odoo.create("hr.applicant", vals | {"active": False})
    with listening(odoo) as url:
        await destination("odoo", settings_for(url), K=KEY).deliver(message_of("strong"))
    (applicant,) = odoo.rows["hr.applicant"].values()
    assert not applicant["active"]


async def test_hiring_makes_one_employee(destination: Callable[..., Any]) -> None:
    odoo = Odoo()
    with listening(odoo) as url:
        hr = destination("odoo", settings_for(url), K=KEY)
        await hr.deliver(message_of("strong"))
        message = message_of("strong")
        record = Record(message, read_payload(message.payload), 0)
        speaker = OdooAdapter(Settings(url, DATABASE, Secret(KEY)))
        first = await hr.hold(speaker.hire(record, applicant_id=1, signed_stage=6))
        assert first == await hr.hold(speaker.hire(record, applicant_id=1, signed_stage=6)) == 1
    assert len(odoo.rows["hr.employee"]) == 1
    assert odoo.rows["hr.applicant"][1]["stage_id"] == 6


async def test_check_tells_a_wrong_key_and_a_wrong_database(destination: Callable[..., Any]) -> None:
    with listening(Odoo()) as url:
        assert await destination("odoo", settings_for(url), K=KEY).check() == "database hr answers; 0 applicants"
        with pytest.raises(DeliveryFailed) as failed:
            await destination("odoo", settings_for(url), K="no").check()
        assert failed.value.code == "destination_refuses_key"
        with pytest.raises(DeliveryFailed) as failed:
            await destination("odoo", settings_for(url) | {"database": "other"}, K=KEY).check()
        assert failed.value.code == "destination_path_unknown"
