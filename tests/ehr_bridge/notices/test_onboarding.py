import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.notices.onboarding import BY_PERSON, OPEN, TABLE, Flow, Happening, StepNotPossible, happened, offered

DAY_MS = 86_400_000


def walk(*happenings: Happening, every_ms: int = DAY_MS) -> tuple[Flow, list[str]]:
    flow, acts, now = offered(0, None), [], 0
    for happening in happenings:
        now += every_ms
        went = happened(flow, happening, now)
        flow, acts = went.flow, [*acts, *went.acts]
    return flow, acts


def test_from_the_offer_to_the_record_in_three_steps() -> None:
    flow, acts = walk("said_yes", "confirmed", "step_done", "step_done", "step_done")
    assert flow.state == "done"
    assert acts == [
        "ask_to_confirm", "tell_accepted", "announce_step", "announce_step", "announce_step", "enter_record", "welcome",
    ]  # fmt: skip
    assert flow.days == 5


def test_saying_yes_accepts_nothing() -> None:
    flow, acts = walk("said_yes", "said_yes")
    assert (flow.state, acts) == ("confirming", ["ask_to_confirm"] * 2)
    assert walk("said_yes", "thinks_again")[0].state == "offered"


def test_saying_no_closes_nothing_by_itself() -> None:
    flow, acts = walk("said_no")
    assert (flow.state, acts) == ("offered", ["tell_hr_no"])
    assert walk("said_yes", "confirmed", "said_no")[0].state == "medical_check"


def test_an_offer_that_has_lapsed_cannot_be_accepted() -> None:
    flow = offered(0, lapses_at_ms=7 * DAY_MS)
    assert happened(flow, "said_yes", 7 * DAY_MS).flow.state == "lapsed"
    accepted = happened(flow, "confirmed", 6 * DAY_MS).flow
    assert happened(accepted, "step_done", 99 * DAY_MS).flow.state == "contract"


@pytest.mark.parametrize("happening", ["confirmed", "said_yes", "step_done", "declined"])
def test_after_the_end_nothing_happens(happening: Happening) -> None:
    with pytest.raises(StepNotPossible):
        happened(walk("declined")[0], happening, 9 * DAY_MS)


@given(st.lists(st.sampled_from(sorted({happening for _, happening in TABLE})), max_size=20))
def test_no_order_of_things_employs_somebody_who_has_not_confirmed(happenings: list[Happening]) -> None:
    flow, confirmed = offered(0, None), False
    for now, happening in enumerate(happenings, 1):
        try:
            flow = happened(flow, happening, now).flow
        except StepNotPossible:
            continue
        confirmed = confirmed or happening == "confirmed"
        if flow.state in ("medical_check", "contract", "record_entry", "done"):
            assert confirmed


def test_a_person_can_only_say_things() -> None:
    ends = {state for (_, happening), (state, _) in TABLE.items() if happening in BY_PERSON}
    assert ends <= OPEN
