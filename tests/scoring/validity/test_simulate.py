"""Made-up trials have the truth they were made with; the power table is exact."""

import math

import numpy as np
import pytest

from scoring.validity.icc import icc
from scoring.validity.simulate import Population, candidates_needed, consistency_power, gate_power, make


def test_the_same_seed_the_same_trial() -> None:
    assert list(make(Population(), 20, 4).ratings()) == list(make(Population(), 20, 4).ratings())
    assert list(make(Population(), 20, 4).ratings()) != list(make(Population(), 20, 5).ratings())


def test_raters_have_the_reliability_they_were_given() -> None:
    """Rounding to whole levels and the ends of the scale cost some: a little below .74, well above .44's."""
    separate, panel = (
        icc(make(Population(reliability=r, severity_sd=0.0), 3000, 1).people[:, 0], "ICC(A,1)").value
        for r in (0.44, 0.74)
    )
    assert separate == pytest.approx(0.40, abs=0.04)
    assert panel == pytest.approx(0.68, abs=0.04)


def test_a_group_shift_moves_that_group_only() -> None:
    made = make(Population(group_shift=0.5, machine_noise=0.0), 2000, 2)
    gap = made.machine - np.clip(made.truth, 1, 5)
    inside = made.in_b == 1
    assert gap[~inside].mean() == pytest.approx(0, abs=0.01)
    assert 0.4 < gap[inside].mean() <= 0.5


@pytest.mark.parametrize(("p", "n"), [(0.85, 30), (0.8, 25), (1.0, 30)])
def test_power_is_a_binomial_tail(p: float, n: int) -> None:
    """Against a sum of binomial coefficients over the outcomes that pass, found by a second way: 30 of 30 is enough."""
    z = 1.959963984540054
    passing = [
        k
        for k in range(n + 1)
        if k / n >= 0.80
        and (k / n + z * z / (2 * n) - z * math.sqrt(k / n * (1 - k / n) / n + z * z / (4 * n * n))) / (1 + z * z / n)
        >= 0.75
    ]
    exact = sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in passing)
    assert consistency_power(p, n) == pytest.approx(exact)


def test_the_closer_to_the_bar_the_more_candidates() -> None:
    assert consistency_power(0.85, 200) == pytest.approx(0.92, abs=0.03)
    needed = [candidates_needed(p, most=400) for p in (0.84, 0.85, 0.90)]
    assert needed == sorted(needed, key=lambda n: -(n or 0))
    assert candidates_needed(0.80, most=400) is None  # exactly at the bar half of all trials fail, however large
    for p, n in zip((0.85, 0.90), needed[1:], strict=True):
        assert n is not None
        assert consistency_power(p, n) >= 0.8
        assert consistency_power(p, n - 10) < 0.8


def test_noisy_people_fail_a_good_machine() -> None:
    good = gate_power(Population(reliability=0.9, machine_noise=0.2), 200, repetitions=20)
    noisy = gate_power(Population(reliability=0.44, machine_noise=0.2), 200, repetitions=20)
    assert good.consistency > noisy.consistency
    assert good.kappa_gate == 1.0
    assert noisy.everything == 0.0
