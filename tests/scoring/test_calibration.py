"""A calibration in aggregation: named, scoped, monotone; single answers stay as they were rated."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.aggregate import Estimate
from scoring.calibration import Calibration, CompetencyMap, calibrated, fits, interpolated, scope_of
from scoring.culture import CulturePhrase, culture_set, merged
from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.report import Report, to_json, verify
from scoring.rubric import RubricRater
from scoring.validity.sealed import seal

RATERS = (RubricRater().name,)
UP = CompetencyMap(
    "communication", 240, ((20.0, 40.0), (60.0, 70.0), (100.0, 90.0)), 18.0, 11.0, 200.0, 90.0, 310.0, "used"
)
IDLE = CompetencyMap("teamwork", 240, ((20.0, 90.0), (100.0, 95.0)), 9.0, 9.0, 0.1, -5.0, 5.0, "no_gain")


def calibration(model: PositionModel, *maps: CompetencyMap) -> Calibration:
    return seal(
        Calibration(
            position_id=model.id,
            version="1.0.0",
            scope=scope_of(model, RATERS),
            raters=RATERS,
            maps=maps,
            sources=(),
            made_at="2026-03-02T01:30:00.000Z",
        )
    )


def test_a_map_is_linear_between_its_knots_and_level_beyond() -> None:
    assert [interpolated(UP.knots, x) for x in (0, 20, 40, 60, 80, 100)] == [40, 40, 55, 70, 80, 90]


@given(st.floats(0, 100), st.floats(0, 100))
def test_no_order_is_changed(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert interpolated(UP.knots, low) <= interpolated(UP.knots, high) + 1e-9


def test_only_maps_in_use_are_used_and_errors_are_the_measured_ones(model: PositionModel) -> None:
    before = {"communication": Estimate(60.0, 7.0), "teamwork": Estimate(60.0, 7.0), "compliance": None}
    after = calibrated(before, calibration(model, UP, IDLE))
    assert after == {**before, "communication": Estimate(70.0, 11.0)}


def test_the_report_names_it_and_single_answers_stay(
    model: PositionModel, facts: InterviewFacts, answers: dict[str, dict[str, str]], new_log: Callable[..., object]
) -> None:
    log = new_log()
    for question, text in next(iter(answers.values())).items():
        log.spoken(question, text)  # type: ignore[attr-defined]
    lines = log.ended().lines  # type: ignore[attr-defined]

    def report(made: Calibration | None) -> Report:
        return fold(lines, model, policy_for("cn-bank"), interview=facts, calibration=made)

    made = calibration(model, UP, IDLE)
    plain, mapped = report(None), report(made)
    was, now = (next(c for c in r.competencies if c.id == "communication") for r in (plain, mapped))
    assert was.score.value is not None
    assert now.score.value == pytest.approx(interpolated(UP.knots, was.score.value), abs=0.05)
    assert now.leaves == was.leaves
    assert mapped.answers == plain.answers
    assert mapped.total.value != plain.total.value
    engine = mapped.engines[-1]
    assert engine.role == "calibration"
    assert engine.name == f"client_manager 1.0.0 {made.digest}"
    assert all(engine.role != "calibration" for engine in plain.engines)
    assert verify(to_json(mapped))
    assert to_json(report(made)) == to_json(mapped)


def test_it_fits_one_way_of_scoring(model: PositionModel, facts: InterviewFacts) -> None:
    made = calibration(model, UP)
    assert fits(made, model, RATERS)
    heavier = tuple(msgspec.structs.replace(c, weight=c.weight + 1) for c in model.competencies)
    assert fits(made, msgspec.structs.replace(model, version="9.9.9", competencies=heavier, views=()), RATERS)
    assert not fits(made, model, ("another rater",))
    harder = msgspec.structs.replace(model.competencies[0], indicators=model.competencies[0].indicators[1:])
    changed = msgspec.structs.replace(model, competencies=(harder, *model.competencies[1:]))
    assert not fits(made, changed, RATERS)
    assert fold([], changed, policy_for("cn-bank"), interview=facts, calibration=made).engines[-1].role == "rater"


def test_the_employers_own_phrases_are_part_of_the_way_of_scoring(model: PositionModel, facts: InterviewFacts) -> None:
    culture = culture_set("示例银行", 1, [CulturePhrase("compliance", "positive", "zh", "合规创造价值")])

    def last_role(made: Calibration) -> str:
        report = fold([], model, policy_for("cn-bank"), interview=facts, calibration=made, culture=culture)
        return report.engines[-1].role

    assert last_role(calibration(model, UP)) == "rater"
    assert last_role(calibration(merged(model, culture), UP)) == "calibration"
