"""The shell: what an adapter asks for is done, paced, mapped, and never done for a message that is damaged."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.adapters.conversation import Request
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure
from ehr_bridge.adapters.remote import Pace, RemoteDestination
from ehr_bridge.answers import Answer
from ehr_bridge.canonical import ResultPayload
from tests.ehr_bridge.golden_case import message_of


class Speaker:
    paces = {"slow": 4.0}  # noqa: RUF012

    def __init__(self) -> None:
        self.closed = False

    def deliver(self, record: Any) -> Generator[Any, Any, Acknowledgement]:
        try:
            for _ in range(3):
                answer = yield Request("GET", f"https://x/{record.payload.applicant.external_id}", pace="slow")
            return Acknowledgement(answer.body.decode(), record.now_ms, duplicate=False)
        finally:
            self.closed = True

    read_back = deliver

    def check(self, now_ms: int) -> Generator[Any, Any, str]:
        return f"at {now_ms}"
        yield


def built(perform: Any, **changes: Any) -> tuple[RemoteDestination, Speaker, list[float]]:
    speaker, slept = Speaker(), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    destination = RemoteDestination(
        "x",
        speaker,  # type: ignore[arg-type]
        perform,
        lambda: 7,
        monotonic_s=lambda: 0.0,
        sleep=sleep,
        **changes,
    )
    return destination, speaker, slept


async def test_every_request_waits_for_its_pace_and_sees_the_mapped_record() -> None:
    asked = []

    async def perform(effect: Any) -> Answer:
        asked.append(effect.url)
        return Answer(200, {}, b"id")

    def mapped(payload: ResultPayload) -> ResultPayload:
        return msgspec.structs.replace(
            payload, applicant=msgspec.structs.replace(payload.applicant, external_id="000042")
        )

    destination, _, slept = built(perform, mapping=mapped)
    assert await destination.deliver(message_of("strong")) == Acknowledgement("id", 7, duplicate=False)
    assert asked == ["https://x/000042"] * 3
    assert slept == [0.0, 0.25, 0.5]
    assert await destination.check() == "at 7"


async def test_a_way_that_fails_closes_the_conversation() -> None:
    async def perform(_effect: Any) -> Answer:
        raise PermanentFailure("egress_address_refused")

    destination, speaker, _ = built(perform)
    with pytest.raises(PermanentFailure, match="egress_address_refused"):
        await destination.deliver(message_of("strong"))
    assert speaker.closed


@pytest.mark.parametrize(("damage", "code"), [(b"{}", "payload_invalid"), (b"", "report_damaged")])
async def test_a_damaged_message_is_never_sent(damage: bytes, code: str) -> None:
    async def perform(_effect: Any) -> Answer:
        raise AssertionError("nothing may be sent")

    message = message_of("strong")
    payload = damage or message.payload.replace(b"82.4", b"92.4")
    with pytest.raises(PermanentFailure, match=code):
        await built(perform)[0].deliver(replace(message, payload=payload))


@given(st.floats(0.5, 50), st.lists(st.floats(0, 3), max_size=60))
def test_no_second_has_more_than_its_share(per_second: float, pauses: list[float]) -> None:
    pace, now_s, sent = Pace(per_second), 0.0, []
    for pause in pauses:
        now_s += pause
        wait_s = pace.reserve(now_s)
        assert wait_s >= 0
        sent.append(now_s + wait_s)
    for first in sent:
        assert sum(first <= at < first + 1 - 1e-6 for at in sent) <= per_second + 1
