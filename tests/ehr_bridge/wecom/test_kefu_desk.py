from typing import Any

import pytest

from ehr_bridge.wecom.errors import WeComError
from ehr_bridge.wecom.kefu_desk import Entered, SendingFailed, Written
from ehr_bridge.wecom.messages import MessageInvalid


async def test_nobody_is_written_to_who_has_not_written(world: Any) -> None:
    with pytest.raises(WeComError) as refused:
        await world.desk().send("wm1", "您好", "n1")
    assert (refused.value.code, refused.value.fault) == (95002, "recipient")


async def test_five_messages_and_no_sixth(world: Any) -> None:
    desk = world.desk()
    world.books.person_writes("wm1", "开始", world.clock.ms)
    for number in range(5):
        assert await desk.send("wm1", f"第{number}条", f"n{number}") == f"n{number}"
    with pytest.raises(WeComError) as refused:
        await desk.send("wm1", "第六条", "n6")
    assert refused.value.code == 95001
    world.books.person_writes("wm1", "我理解了", world.clock.ms)
    await desk.send("wm1", "好的", "n7")


async def test_what_happened_is_fetched_page_by_page(world: Any) -> None:
    world.books.person_enters("wm1", "inv_1", world.clock.ms)
    world.books.person_writes("wm1", "开始", world.clock.ms)
    world.books.person_writes("wm1", "确认", world.clock.ms, menu_id="offer:yes")
    page = await world.desk().fetch("")
    entered, started, chosen = page.happened
    assert isinstance(entered, Entered)
    assert entered.scene == "inv_1"
    assert isinstance(started, Written)
    assert (started.text, started.choice) == ("开始", "")
    assert isinstance(chosen, Written)
    assert chosen.choice == "offer:yes"
    assert not page.more
    assert (await world.desk().fetch(page.cursor)).happened == []


async def test_a_message_that_failed_later_is_told(world: Any) -> None:
    world.books.person_writes("wm1", "开始", world.clock.ms)
    world.books.refusing.add("wm1")
    await world.desk().send("wm1", "您好", "n1")
    failed = (await world.desk().fetch("1")).happened[0]
    assert failed == SendingFailed("n1", "wm1", "the person refuses messages")


async def test_a_question_with_choices(world: Any) -> None:
    world.books.person_writes("wm1", "我接受offer", world.clock.ms)
    await world.desk().ask("wm1", "请确认接受录用", [("offer:yes", "确认"), ("offer:no", "再想想")], "q1")
    menu = world.books.conversations["wm1"].got[0]["msgmenu"]
    assert [item["click"]["id"] for item in menu["list"]] == ["offer:yes", "offer:no"]


@pytest.mark.parametrize("message_id", ["", "x" * 33, "has space", "中文"])
async def test_a_message_id_has_its_form(world: Any, message_id: str) -> None:
    with pytest.raises(MessageInvalid):
        await world.desk().send("wm1", "您好", message_id)


async def test_an_app_without_the_right_is_told(world: Any) -> None:
    from ehr_bridge.wecom.kefu_desk import Desk

    with pytest.raises(WeComError) as refused:
        await Desk(world.caller(), "wkviva").send("wm1", "您好", "n1")
    assert (refused.value.code, refused.value.fault) == (48002, "configuration")
