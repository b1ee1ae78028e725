"""Against a real store: steps are written down, nothing is lost, nothing goes twice that a channel can tell apart."""

import asyncio
from datetime import time
from typing import Any

import pytest

from ehr_bridge.notices import contacts
from ehr_bridge.notices import ladder as on
from ehr_bridge.notices.reach import QuietHours
from ehr_bridge.notices.slots import SlotInvalid


async def writes(office: Any, at_ms: int) -> None:
    async def work(store: Any) -> None:
        await contacts.code_of(store, "ap_1")
        await contacts.link(store, "ap_1", "wm1")
        await contacts.heard_from(store, "ap_1", at_ms)

    await office.let(work)


async def test_a_notice_goes_by_kefu_when_the_person_has_written(office: Any) -> None:
    await writes(office, office.clock.at_ms)
    notice_id = await office.post()
    await office.clerk.look()
    assert office.kefu.sent[0].words.body.startswith("王芳，您好")
    assert "Example Bank" in office.kefu.sent[0].other.body
    assert (await office.read(notice_id)).ladder.state == "listening"
    office.clock.at_ms += 60_000
    await office.clerk.look()
    found = await office.read(notice_id)
    assert (found.ladder.state, found.delivered_by) == ("delivered", "kefu")
    assert await office.log(notice_id) == ["kefu sending", "kefu taken", "kefu delivered no_news"]


async def test_the_sixth_message_takes_another_way(office: Any) -> None:
    await writes(office, office.clock.at_ms)
    for number in range(6):
        await office.post(f"progress:iv_{number}")
    await office.clerk.look()
    assert (len(office.kefu.sent), len(office.sms.sent)) == (5, 1)
    await writes(office, office.clock.at_ms + 1)
    await office.post("progress:iv_9")
    await office.clerk.look()
    assert len(office.kefu.sent) == 6


async def test_what_was_refused_does_not_count_among_the_five(office: Any) -> None:
    await writes(office, office.clock.at_ms)
    office.kefu.answers = [on.Refused("wecom_-1", 1_000)]
    await office.post()
    await office.clerk.look()

    async def left(store: Any) -> int:
        return (await contacts.contact_of(store, "ap_1")).window.left(office.clock.at_ms)

    assert await office.let(left) == 5


async def test_without_a_receipt_sms_is_followed_by_mail_and_every_step_is_written_down(office: Any) -> None:
    notice_id = await office.post()
    await office.clerk.look()
    office.clock.at_ms += 10 * 60_000
    await office.clerk.look()
    assert (len(office.sms.sent), len(office.email.sent)) == (1, 1)
    assert await office.log(notice_id) == [
        "kefu closed never_wrote", "subscription closed not_set_up", "sms sending", "sms taken", "sms no_receipt",
        "email sending", "email taken", "email delivered no_news",
    ]  # fmt: skip


async def test_a_receipt_ends_it(office: Any) -> None:
    notice_id = await office.post()
    await office.clerk.look()
    await office.clerk.happen(notice_id, on.Arrived("sms"))
    office.clock.at_ms += 3_600_000
    await office.clerk.look()
    assert office.email.sent == []
    assert (await office.read(notice_id)).delivered_by == "sms"


async def test_two_processes_send_once(office: Any) -> None:
    for number in range(8):
        await office.post(f"progress:iv_{number}")
    other = office.open()
    await asyncio.gather(office.clerk.look(), other.look())
    assert len(office.sms.sent) == 8


async def test_the_same_key_is_one_notice(office: Any) -> None:
    assert await office.post() == await office.post()
    await office.clerk.look()
    assert len(office.sms.sent) == 1


class Killed(BaseException):
    """As if the process had ended there."""


@pytest.mark.parametrize(("point", "sends"), [("moved", 1), ("sent", 2)])
async def test_killed_before_or_after_the_call_it_goes_on_under_the_same_id(
    office: Any, point: str, sends: int
) -> None:
    notice_id = await office.post()

    def kill(passed: str) -> None:
        if passed == point:
            raise Killed

    with pytest.raises(Killed):
        await office.open(kill).look()
    again = office.open()
    await again.look()
    assert len(office.sms.sent) == sends - 1  # it may still be under way: nobody sends before answer_ms is over
    office.clock.at_ms += 120_000
    await again.look()
    office.clock.at_ms += 20_000
    await again.look()
    assert [item.notice_id for item in office.sms.sent] == [notice_id] * sends
    assert "sms answer_lost process_died" in await office.log(notice_id)
    assert (await office.read(notice_id)).ladder.state == "listening"


async def test_what_is_for_later_waits_and_can_be_taken_back(office: Any) -> None:
    later = office.clock.at_ms + 480_000
    first = await office.post("release_due:iv_1", not_before_ms=later)
    await office.post("release_due:iv_2", not_before_ms=later)
    await office.clerk.look()
    assert office.sms.sent == []
    await office.clerk.happen(first, on.Cancelled("released"))
    office.clock.at_ms = later
    await office.clerk.look()
    assert [item.notice_id for item in office.sms.sent] != [first]
    assert len(office.sms.sent) == 1


async def test_nobody_is_woken_at_night_unless_awake(office: Any) -> None:
    office.quiet = QuietHours(time(0), time(23, 59), "UTC")
    clerk = office.open()
    notice_id = await office.post()
    await clerk.look()
    assert office.sms.sent == []
    assert (await office.log(notice_id))[-1] == "sms quiet_hours"
    await office.let(lambda store: contacts.seen(store, "ap_1", office.clock.at_ms))
    await office.post("progress:iv_2")
    await clerk.look()
    assert len(office.sms.sent) == 1


async def test_whom_nothing_reaches_hr_hears_of(office: Any) -> None:
    from ehr_bridge.notices.clerk import Addressee

    office.people.known = Addressee()
    notice_id = await office.post()
    await office.clerk.look()
    assert (await office.read(notice_id)).ladder.state == "undeliverable"
    assert office.told == [("progress", on.TellUndeliverable())]


async def test_who_said_no_to_sms_is_written_to_by_mail_and_the_word_is_kept(office: Any) -> None:
    now = office.clock.at_ms
    await office.let(lambda store: contacts.choose(store, "ap_1", "sms", False, "page", now))
    await office.post()
    await office.clerk.look()
    assert (len(office.sms.sent), len(office.email.sent)) == (0, 1)
    await office.let(lambda store: contacts.choose(store, "ap_1", "sms", True, "page", now))
    await office.post("progress:iv_2")
    await office.clerk.look()
    assert len(office.sms.sent) == 1


async def test_a_channel_that_breaks_does_not_stop_the_ladder(office: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_item: object) -> Any:
        raise RuntimeError("王芳")

    office.sms.send = broken
    notice_id = await office.post()
    for _ in range(6):
        await office.clerk.look()
        office.clock.at_ms += 20_000
    assert (await office.read(notice_id)).delivered_by == "email"


async def test_a_channel_that_hangs_holds_its_own_and_nobody_else(office: Any) -> None:
    hung = asyncio.Event()

    async def hanging(_item: object) -> Any:
        await hung.wait()
        return on.Taken()

    office.sms.send = hanging
    slow = await office.post()
    running = asyncio.create_task(office.clerk.run())
    while (await office.read(slow)).ladder.state != "sending":  # noqa: ASYNC110  # it is in a task of the clerk's
        await asyncio.sleep(0)
    await office.let(lambda store: contacts.choose(store, "ap_1", "sms", False, "page", 1))
    other = await office.post("progress:iv_2")
    office.clerk.nudge()
    while (await office.read(other)).delivered_by != "email":  # noqa: ASYNC110
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await office.read(slow)).ladder.state == "sending"  # found again after answer_ms


async def test_a_notice_that_cannot_be_written_is_refused_when_it_is_posted(office: Any) -> None:
    with pytest.raises(SlotInvalid):
        await office.post("x", "offer")
    with pytest.raises(KeyError):
        await office.post("x", "nonsense")


async def test_no_log_line_holds_a_name_a_number_or_an_address(office: Any, caplog: pytest.LogCaptureFixture) -> None:
    import logging

    with caplog.at_level(logging.DEBUG, "viva"):
        await office.post()
        await office.clerk.look()
    assert "notice nt_" in caplog.text
    assert not [word for word in ("王芳", "13800138000", "wf@example.com", "客户经理") if word in caplog.text]
