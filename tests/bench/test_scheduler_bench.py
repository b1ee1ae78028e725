"""The calculated GPU is the one that the physics says, and the simulation loses nothing."""

import pytest

from bench.scheduler.simulation import Case, Simulation
from bench.scheduler.step_times import SMALL, TURBO, Model, step_s


@pytest.mark.parametrize(
    ("model", "window_s", "tokens", "utilisation", "streams"),
    [(SMALL, 10, 12, 0.15, 586), (SMALL, 10, 12, 0.30, 806), (SMALL, 8, 10, 0.15, 735), (TURBO, 15, 12, 0.15, 97)],
)
def test_a_batch_of_32_takes_what_was_calculated_by_hand(
    model: Model, window_s: int, tokens: int, utilisation: float, streams: int
) -> None:
    """Streams that one GPU carries at an update a second."""
    seconds = step_s(model, window_s, 32, tokens, beam=1, utilisation=utilisation)
    assert 32 / seconds == pytest.approx(streams, rel=0.02)


def test_an_overloaded_gpu_and_one_that_dies_lose_no_final() -> None:
    calm = Simulation(Case("calm", 40, 2, 0.15, 20.0)).run()
    assert calm.finals_asked == len(calm.final_lag_s) > 20
    assert len(calm.partial_lag_s) > 200
    assert not calm.rungs
    late = Simulation(Case("late", 400, 2, 0.02, 15.0, dies_at=7.0)).run()
    assert late.finals_asked == len(late.final_lag_s) > 200
    assert [rung for _, rung in late.rungs][:3] == ["SLOWER", "SMALLER", "NO_PARTIALS"]
