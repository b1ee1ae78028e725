"""From leaves to a total: mechanical, exact at thresholds, honest about what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.aggregate import (
    Estimate,
    RatedLeaf,
    competencies,
    competency_estimates,
    mean,
    score,
    to_stars,
    to_ten,
    total,
    views,
    weighted,
)
from scoring.policy import ScoringPolicy
from scoring.position_model import PositionModel

POLICY = ScoringPolicy()
ASKED = ("q1", "q2", "q3", "q4")


def leaves(model: PositionModel, level: float, questions: tuple[str, ...] = ASKED) -> list[RatedLeaf]:
    return [
        RatedLeaf(question.id, name, level, 0.0)
        for question in model.questions
        if question.id in questions
        for name in question.measures
    ]


@given(tenths=st.integers(0, 1000), threshold=st.integers(0, 1000))
def test_no_threshold_moves_between_the_scales(tenths: int, threshold: int) -> None:
    value, bar = tenths / 10, threshold / 10
    assert (value >= bar) == (to_ten(value) >= to_ten(bar)) == (to_stars(value) >= to_stars(bar))
    assert round(to_ten(value) * 10, 1) == value
    assert round(to_stars(value) * 20, 1) == value


@pytest.mark.parametrize(("level", "value"), [(1, 20.0), (3, 60.0), (4, 80.0), (5, 100.0)])
def test_a_level_is_twenty_points(model: PositionModel, level: float, value: float) -> None:
    estimates = competency_estimates(model, leaves(model, level), ASKED, POLICY)
    assert score(total(model, estimates, 4, POLICY)).value == value
    assert {part.score.value for view in views(model, estimates, POLICY) for part in view.parts} == {value}
    first = competencies(model, leaves(model, level), estimates)[0]
    assert first.anchor == model.competencies[0].anchors[int(level)]


def test_what_is_missing_is_left_out_and_not_zero(model: PositionModel) -> None:
    estimates = competency_estimates(model, leaves(model, 4, ("q1", "q2")), ASKED, POLICY)
    assert estimates["needs_discovery"] is not None
    assert estimates["teamwork"] is None
    assert score(total(model, estimates, 2, POLICY)).value == 80.0
    assert total(model, estimates, 1, POLICY) is None


def test_too_little_weight_gives_no_number(model: PositionModel) -> None:
    estimates = competency_estimates(model, leaves(model, 4, ("q4",)), ASKED, POLICY)
    assert total(model, estimates, 2, POLICY) is None
    assert weighted([(1, None), (1, Estimate(60, 5))], 0.5) is not None
    assert weighted([(1.01, None), (1, Estimate(60, 5))], 0.5) is None
    assert weighted([], 0.5) is None


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(20, 100), st.floats(0, 30)), min_size=1, max_size=9))
def test_a_mean_lies_between_its_parts_and_is_surer(parts: list[tuple[float, float, float]]) -> None:
    combined = mean([(weight, Estimate(value, error)) for weight, value, error in parts])
    assert min(p[1] for p in parts) - 1e-9 <= combined.value <= max(p[1] for p in parts) + 1e-9
    assert combined.error <= max(p[2] for p in parts) + 1e-9
