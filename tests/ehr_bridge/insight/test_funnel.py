"""The funnel narrows, the alarm has a least number, and says what those who fail lack."""

from ehr_bridge.canonical.records import Offer, SecondInterview
from ehr_bridge.insight.funnel import LEAST, STAGES, alarms, funnels, ways
from tests.ehr_bridge.insight.people import START, interviewed, joined, life, resume


def steps(funnel) -> dict[str, int]:
    return {step.stage: step.reached for step in funnel.steps}


def test_every_stage_of_one_person() -> None:
    bodies = (resume(channel="campus"), SecondInterview(START, "passed"), Offer(START, "accepted"), joined())
    (all_, own) = funnels(ways([life(*bodies, interview=interviewed(72.0))]))
    assert steps(all_) == dict.fromkeys([code for code, _ in STAGES], 1)
    assert own.label.en == "client manager"
    assert funnels(ways([life(*bodies, interview=interviewed())]), by="channel")[1].group == "campus"


def test_who_reached_a_later_stage_was_in_the_ones_before() -> None:
    """A record that is missing makes no hole in the funnel."""
    found = funnels(ways([life(joined()), life(interview=interviewed(40.0)), life()]))[0]
    assert steps(found) == {
        "applied": 3, "interviewed": 2, "passed": 1, "second_passed": 1, "offered": 1, "accepted": 1, "joined": 1,
    }  # fmt: skip
    assert (found.pass_rate.value, found.pass_rate.n) == (0.0, 1)


def test_the_largest_group_comes_first_and_an_application_counts_once() -> None:
    lives = [life(interview=interviewed(position_id="teller")) for _ in range(2)] + [life(interview=interviewed())]
    twice = life(interview=interviewed(), applications=lives[2].applications * 2)
    found = funnels(ways([*lives[:2], twice]))
    assert [(funnel.group, funnel.steps[0].reached) for funnel in found] == [
        ("", 3), ("teller", 2), ("client_manager", 1),
    ]  # fmt: skip


def _lives(passing: int, failing: int):
    good = [life(person_id=f"G{n}", interview=interviewed(80.0, communication=85.0)) for n in range(passing)]
    bad = [interviewed(40.0, communication=70.0, risk_identification=30.0) for _ in range(failing)]
    return good + [life(person_id=f"B{n}", interview=one) for n, one in enumerate(bad)]


def test_the_alarm_below_thirty_percent_names_the_weakest_competency() -> None:
    (alarm,) = alarms(ways(_lives(5, 15)))
    assert (alarm.code, alarm.about) == ("pass_rate_low", "client_manager")
    assert "风险识别" in alarm.text.zh
    assert "risk identification" in alarm.text.en
    assert [each.value for each in alarm.inputs] == ["25 % (20)", "60.0", "30.0 (15)"]


def test_no_alarm_at_thirty_percent_nor_with_few() -> None:
    assert alarms(ways(_lives(6, 14))) == []
    assert alarms(ways(_lives(1, LEAST - 2))) == []
    assert alarms(ways(_lives(5, 15), pass_mark=30.0)) == []
