"""Webhooks: the specification's own vector, and a receiver that verifies as the specifications say."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.adapters.destination import DeliveryFailed
from ehr_bridge.adapters.webhook import Settings, key_of, sign
from tests.ehr_bridge.golden_case import message_of
from tests.fakes.serving import Asked, listening
from tests.fakes.webhook import SECRET, Receiver

OTHER = "whsec_c2VjcmV0LW9mLWEtcm90YXRlZC1lbmRwb2ludA=="


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_the_vector_of_the_specification() -> None:
    signature = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", ["whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + "QUFB" * 22])
def test_a_secret_that_is_none(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook secret"):
        key_of(secret)
    with pytest.raises(ValueError, match="webhook secret"):
        Settings(url="https://x.example.com", secrets=[secret])  # type: ignore[list-item]


@given(st.binary(max_size=200), st.integers(0, 2**40))
def test_a_receiver_verifies_whatever_was_signed(body: bytes, at_s: int) -> None:
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(at_s)}
    headers["webhook-signature"] = " ".join(sign(secret, "msg_1", at_s, body) for secret in (OTHER, SECRET))
    assert Receiver(SECRET)._signed(Asked("POST", "/", {}, headers, body))
    assert Receiver(OTHER)._signed(Asked("POST", "/", {}, headers, body))
    assert not Receiver(SECRET)._signed(Asked("POST", "/", {}, headers, body + b"x"))


async def test_a_receiver_takes_each_event_once(destination: Callable[..., Any]) -> None:
    receiver = Receiver(plan=(503,))
    with listening(receiver) as url:
        hook = destination("webhook", {"url": url, "secrets": [{"env": "S"}]}, now_ms, S=SECRET)
        with pytest.raises(DeliveryFailed) as failed:
            await hook.deliver(message_of("strong"))
        assert (failed.value.code, failed.value.retry) == ("destination_busy", True)
        first = await hook.deliver(message_of("strong"))
        again = await hook.deliver(message_of("strong"))
        assert "took a signed event" in await hook.check()
    assert first.ehr_id == again.ehr_id
    events = [event for event in receiver.taken.values() if event["type"] == "viva.interview_result.v1"]
    assert [event["data"]["result"]["score"] for event in events] == [82.4]
    assert "report" not in events[0]["data"]


async def test_a_receiver_that_has_another_secret(destination: Callable[..., Any]) -> None:
    with listening(Receiver(OTHER)) as url:
        hook = destination("webhook", {"url": url, "secrets": [{"env": "S"}]}, now_ms, S=SECRET)
        with pytest.raises(DeliveryFailed) as failed:
            await hook.deliver(message_of("strong"))
        assert (failed.value.code, failed.value.retry) == ("destination_refuses", False)
        both = destination("webhook", {"url": url, "secrets": [{"env": "S"}, {"env": "O"}]}, now_ms, S=SECRET, O=OTHER)
        assert (await both.deliver(message_of("strong"))).ehr_id.startswith("msg_")
