from ehr_bridge.canonical import Label
from ehr_bridge.insight.book import load
from ehr_bridge.insight.placing import fits, suggestions
from ehr_bridge.insight.requirements import Asked, Requirements
from tests.ehr_bridge.insight.people import LABELS, interviewed, life


def position(name: str, **weights: float) -> Requirements:
    asked = {key: Asked(LABELS.get(key, Label(key, key)), weight) for key, weight in weights.items()}
    return Requirements(name, Label(name, name), asked)


POSITIONS = {
    each.position_id: each
    for each in (
        position("client_manager", communication=70, risk_identification=30),
        position("risk_manager", risk_identification=80, communication=20),
        position("data_analyst", data_analysis=80, communication=20),
        position("wealth_adviser", wealth_planning=100),
    )
}


def test_a_fit_is_the_weighted_mean_of_what_is_known() -> None:
    found = fits(interviewed(communication=50.0, risk_identification=90.0), POSITIONS)
    assert [(fit.position_id, round(fit.score, 1), fit.covered) for fit in found] == [
        ("risk_manager", 82.0, 1.0),
        ("client_manager", 62.0, 1.0),
    ]


def test_a_better_position_and_one_for_fast_learners() -> None:
    one = interviewed(62.0, communication=50.0, risk_identification=90.0, learning_agility=80.0)
    found = suggestions(life(interview=one), POSITIONS, load())
    assert [advice.code for advice in found] == ["position_better", "fast_growth"]
    assert [each.value for each in found[0].inputs] == ["62.0", "82.0 (100%)"]
    assert "data_analyst" in found[1].text.en
    assert found[1].inputs[0].value == "80.0"


def test_nothing_better_no_advice() -> None:
    one = interviewed(88.0, communication=90.0, risk_identification=85.0)
    assert suggestions(life(interview=one), POSITIONS, load()) == []
    assert suggestions(life(), POSITIONS, load()) == []
