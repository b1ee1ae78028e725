from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.wecom.kefu import MARGIN_MS, MOST, WINDOW_MS, Window

HOUR_MS = 3_600_000


def test_who_never_wrote_gets_nothing() -> None:
    assert Window().left(1) == 0


def test_five_within_48_hours() -> None:
    window = Window().heard(1000)
    for left in (5, 4, 3, 2, 1):
        assert window.left(2000) == left
        window = window.used()
    assert window.left(2000) == 0
    assert window.heard(3000).left(4000) == 5
    assert Window(1000).left(1000 + WINDOW_MS - MARGIN_MS - 1) == 5
    assert Window(1000).left(1000 + WINDOW_MS - MARGIN_MS) == 0


def test_an_old_message_that_comes_late_does_not_open_anew() -> None:
    window = Window().heard(5000).used()
    assert window.heard(4000) == window


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30 * HOUR_MS)), max_size=60))
def test_never_more_than_five_after_what_was_last_heard(steps: list[tuple[bool, int]]) -> None:
    window, now, sent = Window(), 1, 0
    for hears, pause in steps:
        now += pause
        if hears:
            window, sent = window.heard(now), 0
        elif window.left(now):
            window, sent = window.used(), sent + 1
            assert now - window.opened_at_ms < WINDOW_MS
        assert sent <= MOST
