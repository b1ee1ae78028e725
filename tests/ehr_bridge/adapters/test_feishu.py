"""飞书招聘: tokens, limits and the 24 hours, against a fake that enforces them."""

from collections.abc import Callable
from typing import Any

import pytest

from ehr_bridge.adapters.adapter import Secret, known
from ehr_bridge.adapters.destination import DeliveryFailed
from ehr_bridge.adapters.feishu import Settings
from tests.ehr_bridge.golden_case import message_of
from tests.fakes.feishu import APP_ID, APP_SECRET, Feishu
from tests.fakes.serving import listening

INTERVIEWS = "/hire/v1/external_interviews"
ASSESSMENTS = "/hire/v1/external_interview_assessments"


def settings_for(url: str) -> dict[str, Any]:
    return {"url": url, "app_id": APP_ID, "app_secret": {"env": "S"}}


@pytest.mark.parametrize("breaks", [INTERVIEWS, ASSESSMENTS])
@pytest.mark.parametrize("later_s", [60, 3 * 24 * 3600], ids=["soon", "days later"])
async def test_nothing_doubles(destination: Callable[..., Any], wall: Any, breaks: str, later_s: int) -> None:
    fake = Feishu(lambda: wall.at_ms / 1000)
    fake.breaks.append(breaks)
    with listening(fake) as url:
        feishu = destination("feishu", settings_for(url), S=APP_SECRET)
        with pytest.raises(DeliveryFailed) as failed:
            await feishu.deliver(message_of("strong"))
        assert (failed.value.code, failed.value.retry) == ("destination_error", True)
        wall.at_ms += later_s * 1000
        await feishu.deliver(message_of("strong"))
        assert (await feishu.deliver(message_of("strong"))).duplicate
    (interview,) = fake.interviews.values()
    (assessment,) = interview["interview_assessments"]
    assert assessment["conclusion"] == 3


async def test_one_token_serves_until_it_is_withdrawn(destination: Callable[..., Any], wall: Any) -> None:
    fake = Feishu(lambda: wall.at_ms / 1000)
    with listening(fake) as url:
        feishu = destination("feishu", settings_for(url), S=APP_SECRET)
        await feishu.deliver(message_of("strong"))
        await feishu.deliver(message_of("strong"))
        assert fake.issued == 1
        fake.revoke_tokens()
        assert (await feishu.deliver(message_of("strong"))).duplicate
        assert fake.issued == 2
        wall.at_ms += 2 * 3600 * 1000  # run out, and known to be: no call is made with the old one
        assert (await feishu.read_back(message_of("strong"))) is not None
        assert fake.issued == 3


def test_the_paces_leave_room_below_the_documented_limits() -> None:
    paces = known()["feishu"].speaker(Settings("cli", Secret("s"))).paces
    assert paces["interviews"] < 10
    assert paces["assessments"] < 20


async def test_more_than_the_limit_waits_as_long_as_feishu_says(destination: Callable[..., Any]) -> None:
    fake = Feishu(lambda: 1_793_602_380.0)
    with listening(fake) as url:
        feishu = destination("feishu", settings_for(url), S=APP_SECRET)
        await feishu.check()
        fake.spend("/hire/v1/external_interviews/batch_query", 10)
        with pytest.raises(DeliveryFailed) as failed:
            await feishu.deliver(message_of("strong"))
    assert (failed.value.code, failed.value.retry_after_s) == ("destination_busy", 1.0)


async def test_a_field_that_feishu_refuses_is_final(destination: Callable[..., Any]) -> None:
    fake = Feishu(lambda: 1_793_602_380.0)
    fake.applications.clear()
    with listening(fake) as url:
        with pytest.raises(DeliveryFailed) as failed:
            await destination("feishu", settings_for(url), S=APP_SECRET).deliver(message_of("strong"))
        assert (failed.value.retry, failed.value.detail) == (False, "feishu code 1002002, HTTP 400")
        with pytest.raises(DeliveryFailed) as failed:
            await destination("feishu", settings_for(url), S="wrong").check()
    assert failed.value.fault == "configuration"
