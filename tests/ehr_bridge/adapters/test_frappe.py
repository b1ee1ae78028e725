"""Frappe HR: its rules are kept, nothing doubles, and what people wrote stays."""

from collections.abc import Callable
from typing import Any

import pytest

from ehr_bridge.adapters.destination import DeliveryFailed
from tests.ehr_bridge.golden_case import message_of
from tests.fakes.frappe import KEY, SECRET, Frappe
from tests.fakes.serving import listening


def settings_for(url: str, **changes: Any) -> dict[str, Any]:
    keys = {"api_key": {"env": "K"}, "api_secret": {"env": "S"}}
    return {"url": url, **keys, "round": "AI 面试", "interviewers": ["li@example.com"], **changes}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("doctype", ["Job Applicant", "Interview", "File"])
async def test_nothing_doubles(destination: Callable[..., Any], doctype: str, when: str) -> None:
    frappe = Frappe()
    frappe.breaks[("POST", doctype)] = when
    with listening(frappe) as url:
        hr = destination("frappe", settings_for(url), K=KEY, S=SECRET)
        with pytest.raises(DeliveryFailed) as failed:
            await hr.deliver(message_of("strong"))
        assert failed.value.retry
        await hr.deliver(message_of("strong"))
        assert (await hr.deliver(message_of("strong"))).duplicate
        assert await hr.read_back(message_of("strong")) is not None
    counts = {doctype: len(docs) for doctype, docs in frappe.docs.items()}
    assert counts == {"Job Applicant": 1, "Interview": 1, "Interview Feedback": 0, "File": 1, "Interview Round": 1}
    (interview,) = frappe.docs["Interview"].values()
    times = (interview["scheduled_on"], interview["from_time"], interview["to_time"])
    assert times == ("2026-11-02", "14:30:00", "14:52:10")
    assert (interview["status"], interview["docstatus"]) == ("Under Review", 0)


async def test_the_interviewer_concludes_and_ours_does_not_touch_it(destination: Callable[..., Any]) -> None:
    frappe = Frappe()
    with listening(frappe) as url:
        hr = destination("frappe", settings_for(url), K=KEY, S=SECRET)
        await hr.deliver(message_of("strong"))
        (name,) = frappe.docs["Interview"]
        card = {
            "interview": name,
            "interviewer": "li@example.com",
            "skill_assessment": [{"skill": "沟通", "rating": 0.8}],
        }
        frappe.create("Interview Feedback", card | {"result": "Cleared", "docstatus": 1})
        frappe.update("Interview", name, {"status": "Cleared", "docstatus": 1, "interview_summary": "录用"})
        await hr.deliver(message_of("strong"))
    assert frappe.docs["Interview"][name]["interview_summary"] == "录用"
    assert len(frappe.docs["Interview"]) == 1


async def test_check_names_a_round_that_is_not_there(destination: Callable[..., Any]) -> None:
    with listening(Frappe()) as url:
        good = destination("frappe", settings_for(url), K=KEY, S=SECRET)
        assert await good.check() == "the key is known, and the round AI 面试"
        with pytest.raises(DeliveryFailed) as failed:
            await destination("frappe", settings_for(url, round="None"), K=KEY, S=SECRET).check()
        assert failed.value.code == "frappe_round_unknown"
        with pytest.raises(DeliveryFailed) as failed:
            await destination("frappe", settings_for(url), K=KEY, S="no").check()
        assert failed.value.code == "destination_refuses_key"
