"""Krippendorff's alpha against the `krippendorff` package and the encyclopaedia's example."""

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scoring.validity.alpha import Scale, krippendorff

_ = np.nan
WIKIPEDIA = np.array(
    [
        [_, _, _, _, _, 3, 4, 1, 2, 1, 1, 3, 3, _, 3],
        [1, _, 2, 1, 3, 3, 4, 3, _, _, _, _, _, _, _],
        [_, _, 2, 1, 3, 4, 4, _, 2, 1, 1, 3, 3, _, 4],
    ]
)
SCALES: tuple[Scale, ...] = get_args(Scale)
matrices = arrays(np.float64, (3, 12), elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, np.nan]))


def test_the_encyclopaedias_example() -> None:
    assert round(krippendorff(WIKIPEDIA, "nominal"), 3) == 0.691
    assert round(krippendorff(WIKIPEDIA, "interval"), 3) == 0.811


def test_the_package_agrees(oracles: dict[str, Any]) -> None:
    for case in oracles["alpha"]:
        table = np.array([[np.nan if v is None else v for v in row] for row in case["table"]])
        for scale in SCALES:
            assert krippendorff(table, scale) == pytest.approx(case[scale], abs=1e-12)


@given(units=st.lists(st.integers(1, 5), min_size=2, max_size=20), holes=st.integers(0, 3))
def test_perfect_agreement_is_one_with_holes_or_without(units: list[int], holes: int) -> None:
    table = np.tile(np.array(units, float), (3, 1))
    table[0, :holes] = np.nan
    for scale in SCALES:
        value = krippendorff(table, scale)
        assert np.isnan(value) if len(set(units)) == 1 else value == pytest.approx(1)


@given(table=matrices, seed=st.integers(0, 99))
def test_at_most_one_and_blind_to_order(table: np.ndarray[Any, Any], seed: int) -> None:
    generator = np.random.default_rng(seed)
    shuffled = generator.permutation(generator.permutation(table, axis=1), axis=0)
    for scale in SCALES:
        value = krippendorff(table, scale)
        if not np.isnan(value):
            assert value <= 1 + 1e-9
        assert krippendorff(shuffled, scale) == pytest.approx(value, nan_ok=True)


def test_one_rater_agrees_with_nobody() -> None:
    assert np.isnan(krippendorff(np.array([[1.0, 2.0], [_, _]])))
    assert np.isnan(krippendorff(np.full((2, 3), np.nan)))
