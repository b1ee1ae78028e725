"""Weights from performance: shrunk, refused where thin, never out of thin air."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.validity.weighing import Weighing, composite, in_steps, weigh

WEIGHTS = {"communication": 20.0, "degree": 40.0, "risk": 20.0, "teamwork": 20.0}


def _data(n: int, validity: dict[str, float], seed: int = 1) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Independent scores with these true correlations with performance."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(n, len(WEIGHTS)))
    rho = np.array([validity.get(name, 0.0) for name in WEIGHTS])
    performance = scores @ rho + np.sqrt(max(0.0, 1 - float(rho @ rho))) * generator.normal(size=n)
    people = [f"p{i}" for i in range(n)]
    return (
        {p: dict(zip(WEIGHTS, row.tolist(), strict=True)) for p, row in zip(people, 3 + scores, strict=True)},
        dict(zip(people, performance.tolist(), strict=True)),
    )


def _weigh(n: int, validity: dict[str, float], seed: int = 1) -> Weighing:
    return weigh(*_data(n, validity, seed), WEIGHTS)


def test_communication_rises_and_the_degree_falls() -> None:
    found = _weigh(800, {"communication": 0.6, "degree": 0.2, "risk": 0.4, "teamwork": 0.3})
    assert not found.refused
    new = {validity.competency: validity.new_weight for validity in found.competencies}
    assert new["communication"] > 25
    assert new["degree"] < 25
    assert sum(new.values()) == 100
    assert found.held_out_new is not None
    assert found.held_out_old is not None
    assert found.held_out_new > found.held_out_old
    assert (found.gain.low or 0) > 0


@pytest.mark.parametrize("n", [5, 30, 99])
def test_below_a_hundred_nothing_is_proposed(n: int) -> None:
    found = _weigh(n, {"communication": 0.8, "degree": 0.3, "risk": 0.3, "teamwork": 0.2})
    assert found.refused == "too_few"
    assert [v.new_weight for v in found.competencies] == list(WEIGHTS.values())
    assert found.persons == n


def test_a_total_that_predicts_nothing_is_refused() -> None:
    assert _weigh(150, {}).refused == "includes_zero"
    assert _weigh(150, {"communication": -0.5, "degree": -0.5, "risk": -0.3}).refused == "negative"


def test_a_competency_whose_interval_holds_zero_keeps_its_weight() -> None:
    found = _weigh(300, {"communication": 0.5, "degree": 0.3, "risk": 0.4})
    teamwork = found.competencies[3]
    assert teamwork.r.includes_zero
    assert (teamwork.reason, teamwork.new_weight, teamwork.shrinkage) == ("includes_zero", 20.0, None)
    assert sum(v.new_weight for v in found.competencies) == 100


def test_a_negative_competency_is_not_weighed_down_but_named() -> None:
    found = _weigh(400, {"communication": 0.5, "degree": 0.3, "risk": 0.4, "teamwork": -0.3})
    assert found.competencies[3].reason == "negative"
    assert found.competencies[3].new_weight == 20.0


def test_one_alone_cannot_move() -> None:
    assert _weigh(300, {"degree": 0.5}).refused == "nothing_to_move"


def test_data_that_fit_the_weights_move_little() -> None:
    """Validities in proportion to the weights: what differs is noise, and most of it is taken back."""
    moved, unshrunk = [], []
    for seed in range(8):
        found = _weigh(400, {"communication": 0.2, "degree": 0.4, "risk": 0.2, "teamwork": 0.2}, seed)
        z = [math.atanh(v.r.value or 0) for v in found.competencies]
        moved.append(max(abs(v.new_weight - v.old_weight) for v in found.competencies))
        unshrunk.append(
            max(abs(100 * own / sum(z) - v.old_weight) for own, v in zip(z, found.competencies, strict=True))
        )
    assert sum(moved) < 0.5 * sum(unshrunk)


def test_shrinkage_falls_with_the_sample() -> None:
    small, large = (
        _weigh(n, {"communication": 0.6, "degree": 0.2, "risk": 0.4, "teamwork": 0.3}, 3) for n in (150, 3000)
    )
    assert not small.refused
    first, second = small.competencies[0].shrinkage, large.competencies[0].shrinkage
    assert first is not None
    assert second is not None
    assert second < first < 1


def test_looking_at_noise_seldom_leads_to_a_proposal() -> None:
    assert sum(not _weigh(150, {}, seed).refused for seed in range(40)) <= 2


def test_only_the_hired_have_performance_and_the_restriction_is_shown() -> None:
    scores, performance = _data(1500, {"communication": 0.5, "degree": 0.3, "risk": 0.3})
    hired = {p: v for p, v in performance.items() if scores[p]["communication"] > 3}
    found = weigh(scores, hired, WEIGHTS, criterion_reliability=0.8)
    communication = found.competencies[0]
    assert communication.r.value is not None
    assert communication.r_unrestricted is not None
    assert communication.r_unrestricted > communication.r.value + 0.1
    assert communication.r_reliable == pytest.approx(communication.r.value / 0.8**0.5)
    assert weigh(scores, performance, WEIGHTS).competencies[0].r_unrestricted is None


def test_nobody_in_both_files() -> None:
    found = weigh({"a": {"communication": 3.0}}, {"b": 1.0}, WEIGHTS)
    assert (found.persons, found.refused) == (0, "too_few")


def test_missing_scores_are_missing() -> None:
    table = np.array([[4.0, np.nan], [np.nan, np.nan], [2.0, 4.0]])
    totals = composite(table, np.array([60.0, 40.0]))
    assert totals[0] == 4.0
    assert np.isnan(totals[1])
    assert totals[2] == pytest.approx(2.8)
    assert np.isnan(composite(table[:1], np.array([40.0, 60.0]))[0])


@given(parts=st.lists(st.floats(0.01, 1), min_size=1, max_size=12), total=st.integers(10, 100))
def test_halves_of_a_point_add_up(parts: list[float], total: int) -> None:
    weights = np.array(parts) / sum(parts) * total
    rounded = in_steps(weights)
    assert float(rounded.sum()) == pytest.approx(total)
    assert (rounded > 0).all()
    assert (np.round(rounded * 2) == rounded * 2).all()
