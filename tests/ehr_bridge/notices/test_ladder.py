"""A notice on its way, in virtual time: one scroll of what happens and what follows."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ehr_bridge.notices import ladder as on
from ehr_bridge.notices.channels import FOR_CANDIDATES, POLICIES, Channel
from ehr_bridge.notices.ladder import OPEN, TABLE, Event, Ladder, Moved, begin, handle
from ehr_bridge.notices.reach import Reach

ALL_OPEN = Reach({})
MINUTE_MS = 60_000


def walk(*events: tuple[int, Event], ladder: Ladder | None = None, at: Reach = ALL_OPEN) -> tuple[Ladder, list[str]]:
    """The ladder after the events, and its log."""
    now = ladder or begin(FOR_CANDIDATES, 0)
    log: list[str] = []
    for when, event in events:
        moved = handle(now, event, when, at)
        now = moved.ladder
        log += [" ".join(filter(None, (step.channel, step.happening, step.reason))) for step in moved.steps]
    return now, log


def test_kefu_takes_it_and_silence_means_it_arrived() -> None:
    ladder, log = walk((0, on.Woke()), (300, on.Taken()), (MINUTE_MS + 300, on.Woke()))
    assert ladder.state == "delivered"
    assert log == ["kefu sending", "kefu taken", "kefu delivered no_news"]


def test_a_failure_after_it_was_taken_goes_on_with_the_next() -> None:
    events = [(0, on.Woke()), (1, on.Taken()), (2, on.Failed("kefu", "48_hours_are_over")), (2, on.Woke())]
    ladder, log = walk(*events)
    assert (ladder.state, ladder.channel) == ("sending", "subscription")
    assert log[-2:] == ["kefu failed 48_hours_are_over", "subscription sending"]


def test_sms_that_reports_nothing_is_followed_by_mail() -> None:
    at = Reach({"kefu": "never_wrote", "subscription": "no_grant"})
    start, log = walk((0, on.Woke()), (1, on.Taken()), at=at)
    assert (start.state, start.channel, start.wake_at_ms) == ("listening", "sms", 1 + 10 * MINUTE_MS)
    assert log == ["kefu closed never_wrote", "subscription closed no_grant", "sms sending", "sms taken"]
    ladder, log = walk((10 * MINUTE_MS + 1, on.Woke()), (10 * MINUTE_MS + 1, on.Woke()), ladder=start, at=at)
    assert (ladder.channel, log[0]) == ("email", "sms no_receipt")


def test_a_receipt_that_comes_late_ends_the_ladder_wherever_it_is() -> None:
    at = Reach({"kefu": "never_wrote", "subscription": "no_grant"})
    ladder, log = walk((0, on.Woke()), (1, on.Taken()), (700_000, on.Woke()), (700_000, on.Arrived("sms")), at=at)
    assert (ladder.state, log[-1]) == ("delivered", "sms delivered receipt")


def test_a_process_that_died_while_sending_is_noticed_and_it_goes_again() -> None:
    ladder, log = walk((0, on.Woke()), (POLICIES["kefu"].answer_ms, on.Woke()))
    assert (ladder.state, ladder.channel, ladder.tries) == ("queued", "kefu", 1)
    assert log[-1] == "kefu answer_lost process_died"


def test_a_limit_is_waited_for_and_a_final_no_is_not() -> None:
    ladder, _ = walk((0, on.Woke()), (1, on.Refused("wecom_45009", 60_000)))
    assert (ladder.state, ladder.wake_at_ms) == ("queued", 60_001)
    ladder, _ = walk((0, on.Woke()), (1, on.Refused("wecom_95001")))
    assert (ladder.state, ladder.channel) == ("queued", "subscription")


def test_quiet_hours_put_it_off_but_mail_does_not_ring() -> None:
    night = Reach({}, quiet_until_ms=999)
    ladder, log = walk((0, on.Woke()), at=night)
    assert (ladder.state, ladder.wake_at_ms, log) == ("queued", 999, ["kefu quiet_hours"])
    only_mail = Reach({"kefu": "said_no", "subscription": "no_grant", "sms": "no_address"}, quiet_until_ms=999)
    assert walk((0, on.Woke()), at=only_mail)[0].state == "sending"


def test_when_nothing_is_open_hr_hears_of_it() -> None:
    closed = Reach(dict.fromkeys(FOR_CANDIDATES, "no_address"))
    moved = handle(begin(FOR_CANDIDATES, 0), on.Woke(), 0, closed)
    assert moved.ladder.state == "undeliverable"
    assert moved.effects == (on.TellUndeliverable(),)
    assert handle(moved.ladder, on.Arrived("sms"), 5, closed).ladder.state == "delivered"


def test_each_open_state_has_a_way_out() -> None:
    for state in OPEN:
        assert {event for known, event in TABLE if known == state}


events = st.one_of(
    st.builds(on.Woke),
    st.builds(on.Taken),
    st.builds(on.Refused, st.just("x"), st.one_of(st.none(), st.integers(1, 99_999))),
    st.builds(on.AnswerLost, st.just("x")),
    st.builds(on.Arrived, st.sampled_from(FOR_CANDIDATES)),
    st.builds(on.Failed, st.sampled_from(FOR_CANDIDATES), st.just("x")),
    st.builds(on.Cancelled, st.just("x")),
)
reaches = st.builds(
    Reach,
    st.dictionaries(st.sampled_from(FOR_CANDIDATES), st.just("said_no"), max_size=4),
    st.one_of(st.none(), st.just(10**9)),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(events, reaches), max_size=40))
def test_whatever_happens_the_rules_hold(happenings: list[tuple[Event, Reach]]) -> None:
    ladder = begin(FOR_CANDIDATES, 0)
    sends, now = dict.fromkeys(FOR_CANDIDATES, 0), 0
    for event, at in happenings:
        now = max(now + 1, ladder.wake_at_ms or 0)
        before = ladder
        moved: Moved = handle(ladder, event, now, at)
        ladder = moved.ladder
        for effect in moved.effects:
            if isinstance(effect, on.Send):
                assert before.state == "queued", "sent while another was under way, or after the end"
                assert effect.channel not in at.closed
                sends[effect.channel] += 1
        assert ladder.rung >= before.rung
        assert msgspec.json.decode(msgspec.json.encode(ladder), type=Ladder) == ladder
        if ladder.state in ("queued", "sending", "listening"):
            assert ladder.wake_at_ms is not None, "nothing would ever move it"
    assert all(sends[channel] <= POLICIES[channel].tries for channel in FOR_CANDIDATES)


@given(st.lists(st.sampled_from(["refuse", "lose", "silence"]), min_size=60, max_size=60))
@settings(max_examples=20)
def test_it_always_ends(answers: list[str]) -> None:
    ladder, now, open_now = begin(FOR_CANDIDATES, 0), 0, ALL_OPEN
    for answer in answers:
        if ladder.state not in OPEN:
            break
        now = ladder.wake_at_ms or now
        event: Event = on.Woke()
        if ladder.state == "sending":
            event = {"refuse": on.Refused("x", 1), "lose": on.AnswerLost("x"), "silence": on.Taken()}[answer]
        ladder = handle(ladder, event, now, open_now).ladder
    assert ladder.state in ("delivered", "undeliverable")


def test_every_channel_has_a_policy() -> None:
    channels: set[Channel] = {*FOR_CANDIDATES, "member"}
    assert POLICIES.keys() == channels
