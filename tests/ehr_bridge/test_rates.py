"""The three rates: definitions by example, and Wilson's interval by its known values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.ledger import Acknowledged, Failed, begin_attempt, deliveries, note_outcome
from ehr_bridge.outbox import enqueue
from ehr_bridge.rates import DUE_MS, combined, rates, tallies, wilson
from ehr_bridge.reconciliation import Comparison


@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    [
        # statsmodels.stats.proportion.proportion_confint(method="wilson")
        (99, 100, 0.945514, 0.998234),
        (1, 100, 0.001766, 0.054486),
        (3, 3, 0.438503, 1.0),
        (0, 10, 0.0, 0.277533),
        (990, 1000, 0.981688, 0.994559),
    ],
)
def test_wilson(part: int, of: int, low: float, high: float) -> None:
    found = wilson(part, of)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_and_stays_within_0_and_1(case: tuple[int, int]) -> None:
    found = wilson(*case)
    assert found.value is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_of_nothing_nothing_is_claimed() -> None:
    found = wilson(0, 0)
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


@pytest.fixture
async def promised(engine, message, clock) -> None:
    """1 arrived in time, 2 arrived late, 3 refused for good, 4 waits since long, 5 was promised this minute."""
    async with engine.begin() as connection:
        for number in range(1, 6):
            await enqueue(connection, message(number), ["embedded"])
        rows = await deliveries(connection)
        start_ms = clock.now_ms()
        outcomes = {
            0: (Acknowledged("R1", start_ms, duplicate=False), start_ms + 1000),
            1: (Acknowledged("R2", start_ms, duplicate=False), start_ms + DUE_MS + 1),
            2: (Failed("destination_refuses", "", None), start_ms + 5),
            3: (Failed("destination_error", "", 60.0), start_ms + 5),
        }
        for index, (outcome, at_ms) in outcomes.items():
            await begin_attempt(connection, rows[index].delivery_id, 0, at_ms)
            await note_outcome(connection, rows[index].delivery_id, 0, outcome, at_ms)


async def test_sync_success_counts_what_is_due(engine, promised, clock) -> None:
    start_ms = clock.now_ms()
    async with engine.connect() as connection:
        (early,) = await tallies(connection, start_ms, start_ms + 1, start_ms + 1000)
        (later,) = await tallies(connection, start_ms, start_ms + 1, start_ms + DUE_MS + 2)
        (_, total) = await rates(connection, start_ms, start_ms + 1, start_ms + 1000)
        assert await tallies(connection, start_ms + 1, start_ms + 2, start_ms + 2) == []
    assert (early.promised, early.acknowledged, early.dead, early.overdue, early.late) == (5, 2, 1, 0, 1)
    assert later.overdue == 2
    # Two of three that are settled; the two that are open are not due yet.
    assert (total.sync_success.part, total.sync_success.of, total.open, total.dead) == (2, 3, 2, 1)


def comparison(name: str, records: int, in_conflict: int, fields: int, equal: int) -> Comparison:
    return Comparison(1, name, "viva", 0, 0, 9, records, in_conflict, 0, fields, equal, listed=True)


def test_conflict_and_integration_are_of_the_newest_comparisons() -> None:
    found = combined([], [comparison("a", 100, 1, 1000, 990), comparison("b", 100, 3, 1000, 910)])
    assert [each.destination for each in found] == ["a", "b", "total"]
    assert found[0].conflict.value == 0.01
    assert (found[2].conflict.part, found[2].conflict.of) == (4, 200)
    assert found[2].integration.value == 0.95
    assert found[0].sync_success.value is None
