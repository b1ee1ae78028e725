import pytest

from ehr_bridge.canonical import Label
from ehr_bridge.canonical.records import Part
from ehr_bridge.insight.book import load
from ehr_bridge.insight.outcomes import goals, high_performers, hires, improvements, quality, standards
from tests.ehr_bridge.insight.people import LABELS, interviewed, joined, life, review


def hired(number: int, total: float, score: float, **scores: float):
    one = interviewed(total, **scores)
    return life(joined(), review(score), person_id=f"P{number:02}", interview=one)


def test_expected_against_actual() -> None:
    lives = [hired(n, 50.0 + n, 55.0 + n) for n in range(10)] + [life(joined(), interview=interviewed())]
    (found,) = quality(lives)
    assert (found.position_id, len(found.hires)) == ("client_manager", 10)
    assert found.agreement.value == pytest.approx(1.0)
    assert [hire.expected for hire in hires(lives)][:2] == [50.0, 51.0]


def test_a_goal_of_one_million_and_one_point_two_achieved() -> None:
    part = Part("target_sales", 1_200_000, 1_000_000, Label("销售额", "sales"))
    (goal,) = goals([life(joined(), review(90, parts=[part, Part("attitude", 5, 5)]))])
    assert (goal.goal, goal.achieved, goal.ratio) == (1_000_000, 1_200_000, 1.2)


def test_a_review_from_before_the_first_day_is_not_about_this_job() -> None:
    assert hires([life(joined(100), review(90, day=50), interview=interviewed())]) == []


def test_what_high_performers_share() -> None:
    lives = [
        hired(
            n, 60.0, 95.0 - n, communication=90.0 - n % 3 if n < 12 else 60.0 + n % 3, risk_identification=70.0 + n % 5
        )
        for n in range(48)
    ]
    rows = high_performers(lives, "client_manager")
    assert rows[0].competency == "communication"
    assert rows[0].stands_out
    assert not next(row for row in rows if row.competency == "risk_identification").stands_out
    (proposal,) = standards(rows, "client_manager", 48)
    assert "沟通表达" in proposal.text.zh
    assert proposal.inputs[1].value == "48"
    assert standards(rows, "client_manager", 39) == []
    assert high_performers(lives[:11], "client_manager") == []


def test_what_everybody_should_work_on() -> None:
    found, reports = improvements(
        [["communication", "communication"], ["communication", "unknown"], []], LABELS, load()
    )
    assert reports == 3
    assert [(each.competency, each.reports, round(each.share, 2)) for each in found] == [
        ("communication", 2, 0.67),
        ("unknown", 1, 0.33),
    ]
    assert found[0].course is not None
    assert found[1].course is None
