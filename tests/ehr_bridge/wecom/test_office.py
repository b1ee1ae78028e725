from typing import Any

import pytest

from ehr_bridge.wecom.cards import ButtonInteraction, Choice
from ehr_bridge.wecom.errors import WeComError
from ehr_bridge.wecom.jssdk import signature
from ehr_bridge.wecom.messages import MessageInvalid, Text, TextCard
from ehr_bridge.wecom.oauth import Member, Outsider

CARD = ButtonInteraction("offer-1", "候选人接受了offer", "请确认", (Choice("ok", "确认"),))


async def test_members_get_it_and_unknown_ones_are_named(world: Any) -> None:
    sent = await world.office().send(["Zhang", "nobody"], TextCard("到期", "承诺将到期", "https://x"))
    assert sent.refused == {"nobody"}
    assert [item.to for item in world.books.delivered] == ["zhang"]
    assert world.ledger.taken == ["1000002/nobody", "1000002/zhang"]


async def test_nobody_valid_is_an_error_of_the_recipient(world: Any) -> None:
    with pytest.raises(WeComError) as refused:
        await world.office().send(["nobody"], Text("x"))
    assert (refused.value.code, refused.value.fault) == (81013, "recipient")


@pytest.mark.parametrize("members", [[], ["@all"], ["a|b"], [""], ["m"] * 0])
async def test_only_members_by_name(world: Any, members: list[str]) -> None:
    with pytest.raises(MessageInvalid):
        await world.office().send(members, Text("x"))


async def test_the_same_twice_arrives_once(world: Any) -> None:
    office = world.office()
    await office.send(["zhang"], Text("同一条"))
    world.clock.ms += 3_600_000
    await office.send(["zhang"], Text("同一条"))
    assert (len(world.books.delivered), world.books.repeated) == (1, 1)


async def test_a_card_changes_once_within_72_hours(world: Any) -> None:
    office = world.office()
    code = (await office.send(["zhang"], CARD)).response_code
    assert code is not None
    await office.settle_card(code, "已确认", ["zhang"])
    assert world.books.settled[0]["button"] == {"replace_name": "已确认"}
    with pytest.raises(WeComError) as refused:
        await office.settle_card(code, "已确认", ["zhang"])
    assert refused.value.code == 40058
    world.clock.ms += 72 * 3_600_000
    with pytest.raises(MessageInvalid):
        await office.settle_card(code, "已确认", ["zhang"])


async def test_signing_in_uses_a_code_once(world: Any) -> None:
    office = world.office()
    world.books.sign_in("c1", {"userid": "Zhang", "user_ticket": "t"}, world.clock.ms)
    assert await office.who("c1") == Member("zhang")
    with pytest.raises(WeComError) as refused:
        await office.who("c1")
    assert refused.value.code == 40029
    world.books.sign_in("c2", {"openid": "o"}, world.clock.ms)
    assert await office.who("c2") == Outsider("o")
    world.books.sign_in("c3", {"userid": "li"}, world.clock.ms)
    world.clock.ms += 300_001
    with pytest.raises(WeComError) as refused:
        await office.who("c3")
    assert refused.value.code == 42003


async def test_what_cannot_be_a_code_costs_no_call(world: Any) -> None:
    with pytest.raises(WeComError):
        await world.office().who("x" * 513)
    assert world.books.calls == []


@pytest.mark.parametrize(("kind", "ticket"), [("page", "ticket-page"), ("app", "ticket-agent_config")])
async def test_a_page_gets_what_it_signs_with(world: Any, kind: str, ticket: str) -> None:
    office = world.office()
    url = "https://hr.example/hr?x=1#deep"
    first, second = await office.page_config(url, kind), await office.page_config(url, kind)
    assert first["signature"] == signature(ticket, first["nonceStr"], first["timestamp"], url)
    assert first["nonceStr"] != second["nonceStr"]
    assert len(world.books.calls) == 2  # a token, a ticket
