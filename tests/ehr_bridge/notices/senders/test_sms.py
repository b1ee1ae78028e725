"""Against the gateway's contract, over httpx's ASGI transport: statuses, repetitions, numbers."""

from typing import Any

import httpx
import pytest

from ehr_bridge.addresses import AddressRules
from ehr_bridge.egress import Egress
from ehr_bridge.notices.ladder import AnswerLost, Refused, Taken
from ehr_bridge.notices.reach import Contact
from ehr_bridge.notices.sender import Outgoing
from ehr_bridge.notices.senders.sms import SmsGateway, SmsSender, number_of
from ehr_bridge.notices.texts import Rendered
from tests.contract_fakes.sms_gateway import Gateway, make_app

WORDS = Rendered("题", "文", "王芳，您好")


def item(phone: str = "138 0013-8000") -> Outgoing:
    return Outgoing("nt_1", "progress", Contact(phone=phone), "zh", WORDS, WORDS, "示范银行")


def sender(gateway: Gateway, key: str = "sms-key") -> SmsSender:
    transport = httpx.ASGITransport(make_app(gateway))
    egress = Egress(AddressRules(plain=frozenset({"sms.example"})), transport=transport)
    return SmsSender(SmsGateway("http://sms.example/send", key), egress)


async def test_it_is_sent_once_however_often_it_is_sent() -> None:
    gateway = Gateway()
    assert await sender(gateway).send(item()) == Taken()
    assert await sender(gateway).send(item()) == Taken()
    (sent,) = gateway.taken.values()
    assert (sent["to"], sent["sign"], sent["template"], sent["text"]) == (
        "13800138000", "示范银行", "progress", "王芳，您好",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, Refused("sms_http_400")),
        (401, Refused("sms_http_401")),
        (429, Refused("sms_http_429", 60_000)),
        (500, AnswerLost("sms_http_500")),
        (503, AnswerLost("sms_http_503")),
    ],
)
async def test_what_a_status_means(status: int, answer: Any) -> None:
    assert await sender(Gateway(next_status=[status])).send(item()) == answer


async def test_a_wrong_key_is_final(caplog: pytest.LogCaptureFixture) -> None:
    assert await sender(Gateway(), key="other").send(item()) == Refused("sms_http_401")


@pytest.mark.parametrize("phone", ["", "123", "call me", "+86 138 0013 8000 0000 00", "１３８００１３８０００"])
async def test_what_is_no_number_goes_nowhere(phone: str) -> None:
    gateway = Gateway()
    assert await sender(gateway).send(item(phone)) == Refused("number_invalid")
    assert gateway.taken == {}


def test_numbers_are_read_as_people_write_them() -> None:
    assert number_of("+86 (138) 0013-8000") == "+8613800138000"


async def test_a_gateway_that_is_not_there_is_not_a_lost_answer() -> None:
    rules = AddressRules(plain=frozenset({"127.0.0.1"}), names=frozenset({"127.0.0.1"}))
    async with Egress(rules) as egress:
        answer = await SmsSender(SmsGateway("http://127.0.0.1:9/send", "k"), egress).send(item())
    assert answer == Refused("destination_unreachable", 20_000)


def test_a_text_without_a_short_form_is_not_for_sms() -> None:
    assert not sender(Gateway()).fits(Rendered("t", "b", ""))
