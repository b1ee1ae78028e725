from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.retry import RetryPolicy

units = st.floats(0, 1, exclude_max=True)


def test_waits_grow_to_their_limit() -> None:
    policy = RetryPolicy(first_s=2, factor=3, limit_s=60, jitter=0)
    assert [policy.delay_s(attempt, 0.0) for attempt in range(1, 6)] == [2, 6, 18, 54, 60]


def test_the_default_outlives_an_afternoon_but_not_a_day() -> None:
    policy = RetryPolicy()
    assert policy.limit_s <= 120  # the end of an outage is noticed soon
    total_s = sum(policy.delay_s(attempt, 0.0) for attempt in range(1, policy.attempts))
    assert 4 * 3600 < total_s < 24 * 3600


@given(attempt=st.integers(1, 100_000), unit=units)
def test_jitter_only_shortens_and_never_to_nothing(attempt: int, unit: float) -> None:
    policy = RetryPolicy()
    full_s = policy.delay_s(attempt, 0.0)
    assert full_s * (1 - policy.jitter) <= policy.delay_s(attempt, unit) <= full_s <= policy.limit_s


def test_exhausted_with_the_last_attempt() -> None:
    policy = RetryPolicy(attempts=3)
    assert [policy.exhausted(attempt) for attempt in (1, 2, 3, 4)] == [False, False, True, True]
