"""Probabilities of staying: the two worked examples, the prior without data, a fit with them, and what it is worth."""

import numpy as np
import pytest

from ehr_bridge.insight.retention import (
    PRIOR,
    Model,
    Observed,
    advice,
    auc,
    band,
    fit,
    observed,
)  # fmt: skip
from ehr_bridge.insight.traits import NAMES, Traits
from tests.ehr_bridge.insight.people import DAY, START, course, interviewed, joined, left, life, ms, review

STAYS = Traits(0.85, 0.85, 1.0, 0.9, 0.95)
WAVERS = Traits(0.55, 0.6, 0.8, 0.7, 0.6)


def made(count: int, seed: int, weights=(-9.0, 2.0, 1.0, 6.0, 0.5, 3.0)) -> list[Observed]:
    random = np.random.default_rng(seed)
    rows = random.uniform(0.3, 1.0, (count, len(NAMES)))
    chance = 1 / (1 + np.exp(-(weights[0] + rows @ np.array(weights[1:]))))
    stayed = random.random(count) < chance
    return [
        Observed(f"P{n}", Traits(*row), bool(s)) for n, (row, s) in enumerate(zip(rows.tolist(), stayed, strict=True))
    ]


def test_the_two_worked_examples() -> None:
    """Attendance 100 % and excellent reviews: 95 %; attendance 80 % and average ones: 60 %."""
    assert Model().probability(STAYS) == pytest.approx(0.95, abs=0.005)
    assert Model().probability(WAVERS) == pytest.approx(0.60, abs=0.005)


def test_more_of_anything_good_is_never_worse() -> None:
    assert all(coefficient > 0 for coefficient in PRIOR[1:])
    assert Model().probability(Traits(attendance=1.0, performance=0.9)) > Model().probability(
        Traits(attendance=0.8, performance=0.9)
    )


def test_of_whom_little_is_known_nothing_is_said() -> None:
    assert Model().probability(Traits(attendance=0.5)) is None
    assert Model().probability(Traits(attendance=0.5, exam=0.5)) is not None


def test_with_few_people_the_prior_stays() -> None:
    assert fit(made(99, 1)) == Model()
    assert fit([Observed(f"P{n}", STAYS, True) for n in range(500)]) == Model()


def test_with_many_it_is_fitted_calibrated_and_judged_on_people_it_has_not_seen() -> None:
    model = fit(made(1500, 2))
    assert model.fitted
    worth = model.worth
    assert worth is not None
    assert worth.brier < worth.brier_of_base_rate
    assert worth.auc.low > 0.5
    assert len(worth.table) == 5
    inside = [row.observed.low <= row.predicted <= row.observed.high for row in worth.table]
    assert sum(inside) >= 4
    assert fit(made(1500, 2)) == model


def test_data_that_say_nothing_do_not_replace_the_prior() -> None:
    random = np.random.default_rng(3)
    people = [Observed(each.person_id, each.traits, bool(random.random() < 0.7)) for each in made(600, 3)]
    model = fit(people)
    assert not model.fitted
    assert model.worth is not None
    assert not model.worth.useful
    assert model.probability(STAYS) == Model().probability(STAYS)


def test_auc_against_its_definition() -> None:
    predicted, y = np.array([0.9, 0.8, 0.8, 0.3]), np.array([1.0, 1.0, 0.0, 0.0])
    pairs = [1.0 if a > b else 0.5 if a == b else 0.0 for a in (0.9, 0.8) for b in (0.8, 0.3)]
    assert auc(predicted, y).value == pytest.approx(sum(pairs) / 4)
    assert auc(predicted, np.ones(4)).value is None


def test_whose_first_year_is_known() -> None:
    facts = (course(0.9), review(80))
    one = interviewed(commitment=50.0)
    lives = [
        life(joined(), *facts, person_id="stayed", interview=one),
        life(joined(), *facts, left(200), person_id="left", interview=one),
        life(joined(), *facts, left(500), person_id="left later", interview=one),
        life(joined(), *facts, left(200, "dismissal"), person_id="dismissed", interview=one),
        life(joined(380), *facts, person_id="too new", interview=one),
        life(joined(), person_id="nothing known"),
        life(*facts, person_id="never joined", interview=one),
    ]
    found = observed(lives, ms(START + 400 * DAY))
    assert [(each.person_id, each.stayed) for each in found] == [
        ("stayed", True),
        ("left", False),
        ("left later", True),
    ]


def test_strategies_by_band_with_their_inputs() -> None:
    assert [band(p) for p in (0.95, 0.85, 0.84, 0.70, 0.69)] == ["high", "high", "middle", "middle", "low"]
    found = advice(life(), WAVERS, 0.6)
    assert found.code == "retention_low"
    assert "调整岗位" in found.text.zh
    assert len(found.inputs) == 5
