"""A calibration helps where there is something to mend, and is worth nothing where there is not."""

import pytest

from scoring.calibration import CompetencyMap
from scoring.validity.fitting import fit
from scoring.validity.ratings import pair, with_machine
from scoring.validity.simulate import Population, make
from scoring.validity.trial import Trial, run

ONE = ("risk",)


def _fit(population: Population, candidates: int, seed: int = 2) -> tuple[CompetencyMap, Trial, Trial]:
    made = make(population, candidates, seed)
    pairing = pair(made.ratings())
    fitted = fit(pairing)
    after = run(pair(with_machine(made.ratings(), fitted.held_out)), times=100)
    return fitted.maps[0], run(pairing, times=100), after


def test_a_harsh_machine_that_avoids_the_ends_is_mended_on_candidates_it_has_not_seen() -> None:
    crooked = Population(competencies=ONE, reliability=0.9, machine_shift=-0.8, machine_spread=0.5, machine_noise=0.2)
    one, before, after = _fit(crooked, 300)
    assert one.reason == "used"
    assert (one.gain_low or 0) > 0
    assert (one.error_after or 99) < 0.7 * (one.error_before or 0)
    assert (after.overall.machine.consistency.value or 0) > (before.overall.machine.consistency.value or 0) + 0.2
    assert (after.overall.machine.kappa_quadratic.value or 0) > (
        before.overall.machine.kappa_quadratic.value or 0
    ) + 0.1
    assert (after.overall.machine.smd.value or 0) < 0.15


def test_a_straight_machine_is_left_alone() -> None:
    straight = Population(competencies=ONE, reliability=0.95, severity_sd=0.0, machine_noise=0.15)
    one, before, after = _fit(straight, 200)
    assert one.reason == "no_gain"
    assert after == before


def test_a_machine_of_noise_is_not_made_good() -> None:
    """It learns to say the mean: the error falls, and kappa says that nothing is known."""
    noise = Population(competencies=ONE, reliability=0.9, machine_spread=0.0, machine_noise=1.0)
    _, before, after = _fit(noise, 300)
    assert (before.overall.machine.kappa_quadratic.value or 0) < 0.2
    assert (after.overall.machine.kappa_quadratic.value or 0) < 0.2


@pytest.mark.parametrize(("candidates", "reason"), [(99, "too_few"), (20, "too_few")])
def test_too_few(candidates: int, reason: str) -> None:
    one, before, after = _fit(Population(competencies=ONE, machine_shift=-1.0), candidates)
    assert (one.reason, one.knots) == (reason, ())
    assert after == before


def test_a_constant_machine() -> None:
    still = Population(competencies=ONE, machine_spread=0.0, machine_noise=0.0)
    assert _fit(still, 120)[0].reason == "no_variance"


def test_held_out_is_out_of_all_competencies_and_the_same_every_time() -> None:
    made = make(Population(machine_shift=-0.8), 150, 1)
    pairing = pair(made.ratings())
    first = fit(pairing)
    assert first == fit(pairing)
    assert set(first.held_out) == {(c, k) for c in made.candidates() for k in made.population.competencies}
