import pytest

from ehr_bridge.insight.traits import NAMES, Traits, traits
from tests.ehr_bridge.insight.people import DAY, START, course, interviewed, life, ms, review

ONE = interviewed(commitment=40.0, dimensions_culture=60.0)


def test_from_interview_training_and_reviews() -> None:
    who = traits(
        life(course(0.8, exam_score=90), course(1.0), review(45, max_score=50), review(grade="average"), interview=ONE),
        ms(START + 90 * DAY),
    )
    assert who == Traits(0.4, 0.6, pytest.approx(0.9), 0.9, pytest.approx(0.75))
    assert [each.value for each in who.inputs] == ["40 %", "60 %", "90 %", "90 %", "75 %"]


def test_what_happened_later_is_not_known_yet() -> None:
    who = traits(life(course(0.8, day=100), review(90, day=50), interview=ONE), ms(START + 60 * DAY))
    assert (who.attendance, who.performance) == (None, 0.9)
    assert traits(life(interview=ONE), ms(START) - 1).known == 0


def test_no_protected_attribute_is_among_them() -> None:
    assert set(NAMES) == set(Traits.__struct_fields__)
    assert not set(NAMES) & {"age", "sex", "gender", "marital", "ethnicity", "children"}
