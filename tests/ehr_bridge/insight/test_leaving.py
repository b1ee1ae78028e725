import pytest

from ehr_bridge.insight.leaving import at_risk
from tests.ehr_bridge.insight.people import DAY, START, course, joined, left, life, ms, review

NOW = ms(START + 200 * DAY)


@pytest.mark.parametrize(
    ("attendance", "score", "risk"), [(0.8, 60, True), (0.81, 60, False), (0.8, 61, False), (0.5, 30, True)]
)
def test_low_attendance_together_with_low_reviews(attendance: float, score: float, risk: bool) -> None:
    found = at_risk(life(joined(), course(attendance), review(score)), NOW)
    assert (found is not None) is risk
    if found is not None:
        assert [each.name.zh for each in found.inputs] == ["培训出勤率", "绩效"]


def test_only_of_those_who_work_here_and_of_whom_both_are_known() -> None:
    assert at_risk(life(course(0.5), review(30)), NOW) is None
    assert at_risk(life(joined(), course(0.5), review(30), left(150)), NOW) is None
    assert at_risk(life(joined(), review(30)), NOW) is None
