"""Held against SciPy's answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.validity.distributions import (
    chi2_cdf,
    chi2_quantile,
    f_cdf,
    f_quantile,
    kolmogorov_tail,
    normal_tail,
    t_tail,
)


def test_the_quantiles_are_scipys(oracles: dict[str, Any]) -> None:
    for case in oracles["f"]:
        assert f_quantile(case["p"], case["df1"], case["df2"]) == pytest.approx(case["x"], rel=1e-9)
    for case in oracles["chi2"]:
        assert chi2_quantile(case["p"], case["df"]) == pytest.approx(case["x"], rel=1e-9)


def test_the_tails_are_scipys(oracles: dict[str, Any]) -> None:
    for case in oracles["t_tail"]:
        assert t_tail(case["t"], case["df"]) == pytest.approx(case["p"], rel=1e-9)
    for case in oracles["kolmogorov"]:
        assert kolmogorov_tail(case["x"]) == pytest.approx(case["p"], rel=1e-6)
    assert normal_tail(1.959963984540054) == pytest.approx(0.05)
    assert kolmogorov_tail(0.0) == 1.0


@given(p=st.floats(0.001, 0.999), df1=st.floats(0.7, 300), df2=st.floats(0.7, 300))
def test_a_quantile_is_the_inverse(p: float, df1: float, df2: float) -> None:
    assert f_cdf(f_quantile(p, df1, df2), df1, df2) == pytest.approx(p, abs=1e-9)
    assert chi2_cdf(chi2_quantile(p, df1), df1) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("p", [0.0, 1.0, 1.5])
def test_a_probability_lies_between_0_and_1(p: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        f_quantile(p, 2, 3)
