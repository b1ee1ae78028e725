"""The trial of scoring-science: definition, gates, means over competencies, what must be said about people."""

import numpy as np
import pytest

from scoring.validity.kappa import cohen, tables
from scoring.validity.ratings import MACHINE, Rating, Together, pair, with_machine
from scoring.validity.simulate import Population, make
from scoring.validity.trial import Gate, NothingToCompare, Trial, run

GOOD = Population(reliability=0.97, machine_noise=0.15, severity_sd=0.0)


def _trial(population: Population, candidates: int = 250, seed: int = 3, **options: float) -> Trial:
    made = make(population, candidates, seed)
    return run(pair(made.ratings()), made.attributes(), times=200, **options)  # type: ignore[arg-type]


def _gate(trial: Trial, code: str, about: str = "") -> Gate:
    return next(gate for gate in trial.overall.gates if gate.code == code and gate.about == about)


def _ratings(rows: dict[str, list[tuple[float, ...]]]) -> list[Rating]:
    return [
        Rating(f"c{index}", competency, MACHINE if column == 0 else f"h{column}", level)
        for competency, candidates in rows.items()
        for index, levels in enumerate(candidates)
        for column, level in enumerate(levels)
    ]


def test_overall_is_the_mean_over_competencies_and_not_the_pooled_share() -> None:
    """88 % of communication and 82 % of risk make 85 %, also where one was rated more often than the other."""
    communication = [(3.0, 3, 3)] * 44 + [(5.0, 1, 1)] * 6
    risk = [(3.0, 3, 4)] * 82 + [(1.0, 4, 4)] * 18
    trial = run(pair(_ratings({"communication": communication, "risk": risk})), times=50)
    assert [result.machine.consistency.value for result in trial.results] == [0.88, 0.82]
    assert trial.overall.machine.consistency.value == pytest.approx(0.85)
    assert trial.overall.candidates == 100


def test_passing_takes_the_point_and_the_lower_bound() -> None:
    for hits, n, passes in ((170, 200, True), (165, 200, True), (160, 200, False), (9, 10, False)):
        rows = [(3.0, 3, 3)] * hits + [(5.0, 1, 1)] * (n - hits)
        trial = run(pair(_ratings({"risk": rows})), times=50)
        assert trial.results[0].consistent is passes, (hits, n)


def test_a_good_machine_meets_every_gate() -> None:
    trial = _trial(GOOD)
    assert trial.passed
    missed = [gate for result in (*trial.results, trial.overall) for gate in result.gates if gate.verdict != "met"]
    assert not missed
    assert trial.humans_disagree == ()


def test_a_shifted_machine_misses_the_smd_gate_and_one_biased_against_a_group_the_groups() -> None:
    assert _gate(_trial(Population(**{**_asdict(GOOD), "machine_shift": -0.3})), "smd").verdict == "missed"
    biased = _trial(Population(**{**_asdict(GOOD), "group_shift": -0.3}))
    assert _gate(biased, "group_smd", "group_made=B").verdict == "missed"
    assert _gate(biased, "group_smd", "group_made=A").verdict == "met"


def _asdict(population: Population) -> dict[str, object]:
    return {name: getattr(population, name) for name in population.__struct_fields__}


def test_a_small_group_decides_nothing() -> None:
    made = make(GOOD, 220, 1)
    known = {name: {"sex": "F" if index < 12 else "M"} for index, name in enumerate(made.candidates())}
    trial = run(pair(made.ratings()), known, times=100)
    assert _gate(trial, "group_smd", "sex=F").verdict == "undetermined"
    assert _gate(trial, "group_smd", "sex=M").verdict == "met"


def test_people_who_disagree_are_named() -> None:
    trial = _trial(Population(reliability=0.44))
    assert set(trial.humans_disagree) == {"communication", "risk_awareness", ""}
    assert not trial.passed


def test_too_few_candidates_is_a_missed_gate() -> None:
    assert _gate(_trial(GOOD, candidates=150), "candidates") == Gate("candidates", 200, 150.0, "missed")


def test_two_raters_of_everyone_give_cohens_own_kappa() -> None:
    made = make(Population(), 120, 9)
    trial = run(pair(made.ratings()), times=50)
    first, second = (made.people[:, 0, rater].astype(int).tolist() for rater in (0, 1))
    theirs = float(cohen(tables(first, second, [1, 2, 3, 4, 5]).sum(axis=0)))
    people = trial.results[0].people
    assert people is not None
    assert people.kappa_quadratic.value == pytest.approx(theirs)
    assert people.icc_kind == "ICC(A,1)"


def test_candidates_with_raters_of_their_own_get_the_one_way_coefficient() -> None:
    rows = [
        Rating(f"c{i}", "risk", rater, 1.0 + (i + k) % 4)
        for i in range(20)
        for k, rater in enumerate(("ai", f"p{i}", f"q{i}"))
    ]
    people = run(pair(rows), times=20).results[0].people
    assert people is not None
    assert people.icc_kind == "ICC(1,1)"


def test_the_machine_as_one_more_rater_lowers_alpha_when_it_is_a_bad_one() -> None:
    bad = _trial(Population(reliability=0.9, machine_noise=1.5))
    assert bad.overall.people is not None
    assert (bad.overall.machine.alpha.value or 0) < (bad.overall.people.alpha.value or 0) - 0.1


def test_agreement_on_passing_is_shown_with_its_base_rate_and_kappa() -> None:
    rows = [(4.0, 4, 4)] * 85 + [(4.0, 2, 2)] * 7 + [(2.0, 4, 4)] * 5 + [(2.0, 2, 2)] * 3
    decision = run(pair(_ratings({"risk": rows})), times=50).results[0].decision
    assert decision is not None
    assert (decision.base_rate, decision.machine_rate, decision.agreement.value) == (0.90, 0.92, 0.88)
    assert round(decision.kappa.value or 0, 3) == 0.268


def test_what_cannot_be_paired_is_counted() -> None:
    ratings = [
        Rating("a", "risk", "ai", 3),
        Rating("a", "risk", "h1", 3),
        Rating("a", "risk", "h2", 4),
        Rating("b", "risk", "h1", 3),
        Rating("c", "risk", "ai", 3),
        Rating("c", "risk", "h1", 3),
    ]
    found = pair(ratings)
    assert found.candidates == ("a",)
    assert found.left_out == {"no_machine_score": 1, "too_few_people": 1}
    assert pair(ratings, min_raters=1).candidates == ("a", "c")
    with pytest.raises(NothingToCompare, match="no candidate has"):
        run(pair(ratings[3:]))


def test_one_rater_each_leaves_people_unmeasured_and_the_gate_undetermined() -> None:
    made = make(Population(raters=1), 210, 2)
    trial = run(pair(made.ratings(), min_raters=1), times=50)
    assert trial.overall.people is None
    assert _gate(trial, "kappa_drop").verdict == "undetermined"


def test_constant_scores_are_undefined_and_not_an_error() -> None:
    trial = run(pair(_ratings({"risk": [(3.0, 3, 3)] * 10})), times=20)
    machine = trial.results[0].machine
    assert machine.consistency.value == 1.0
    assert machine.kappa_quadratic.value is None
    assert machine.icc.value is None
    assert machine.smd.value is None


def test_order_of_ratings_does_not_matter() -> None:
    made = make(Population(competencies=("risk",)), 60, 5)
    ratings = list(made.ratings())
    shuffled = [ratings[i] for i in np.random.default_rng(1).permutation(len(ratings))]
    assert run(pair(ratings), times=50) == run(pair(shuffled), times=50)


def test_sources_are_put_together_and_the_machine_can_be_replaced() -> None:
    made = make(Population(), 5, 1)
    both = Together((made, made))
    assert len(both.ratings()) == 2 * len(made.ratings())
    assert both.attributes() == made.attributes()
    changed = with_machine(made.ratings(), {("c0000", "communication"): 4.5})
    assert next(r.level for r in changed if r.candidate == "c0000" and r.rater == MACHINE) == 4.5
