"""Conditions: typed, bounded, three-valued, and blind to what is protected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.rules.condition import Condition, ConditionInvalid
from ehr_bridge.rules.inputs import INPUTS, PROTECTED, Value

GRADUATE: dict[str, Value] = {
    "position": "teller",
    "degree": 3.0,
    "years": None,
    "certificates": ("CPA", "CFA 二级"),
    "languages": (),
}


def judged(source: str, **changes: Value) -> bool | None:
    return Condition(source, "resume.read").judge(GRADUATE | changes).holds


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("degree >= bachelor", True),
        ("degree > bachelor", False),
        ("years >= 1", None),
        ('"CPA" in certificates', True),
        ('"CFA" in certificates', False),  # a level of it is not the CFA
        ('"CFA" not in certificates', True),
        ('position in ["teller", "client_manager"]', True),
        ('position == "teller" and not (degree < associate)', True),
        ('years >= 1 or "CPA" in certificates', True),
        ('years >= 1 or "FRM" in certificates', None),
        ("years >= 1 and degree >= master", False),
        ("not years >= 1", None),
        ('"英语" in languages', False),
        ("years > -1", None),
    ],
)
def test_what_holds_what_does_not_and_what_nobody_knows(source: str, holds: bool | None) -> None:
    assert judged(source) is holds


def test_a_verdict_shows_what_it_saw() -> None:
    verdict = Condition('years >= 1 or "CPA" in certificates', "resume.read").judge(GRADUATE)
    assert verdict.used == {"years": None, "certificates": ("CPA", "CFA 二级")}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "characters"),
        ("degree >= bachelor and " * 20, "characters"),
        ("salary > 3", "salary"),
        ("report_total > 60", "report_total"),  # not known when a résumé is read
        ('degree == "x"', "different kinds"),
        ("1 in certificates", "kind"),
        ("degree in certificates", "kind"),
        ("degree", "join comparisons"),
        ("degree and years", "join comparisons"),
        ("degree >=", "syntax"),
        ("1 < 2", "looks at nothing"),
        ("degree ** 99999 > 1", "not allowed"),
        ("degree + 1 > 2", "not allowed"),
        ('position =~ "(a+)+$"', "not allowed"),
        ("[x for x in certificates]", "not allowed"),
        ("certificates.length > 1", "not allowed"),
        ("$now > 1", "not allowed"),
        ("degree > 1 ? true : false", "not allowed"),
    ],
)
def test_what_cannot_be_written(source: str, says: str) -> None:
    with pytest.raises(ConditionInvalid) as raised:
        Condition(source, "resume.read")
    assert says in raised.value.problem


@pytest.mark.parametrize("name", sorted(PROTECTED))
def test_what_is_protected_has_no_name_here_and_is_told_why(name: str) -> None:
    assert name not in INPUTS
    with pytest.raises(ConditionInvalid) as raised:
        Condition(f'{name} == "x"', "resume.read")
    assert "rules never see" in raised.value.problem


@given(st.text(alphabet="degryas cftino\"'()[]<>=!&|,.-0123456789*+~年", max_size=60))
def test_any_text_is_a_condition_or_is_told_why_not(source: str) -> None:
    try:
        verdict = Condition(source, "decided").judge({"degree": 3.0, "years": 2.0})
    except ConditionInvalid:
        return
    assert verdict.holds in (True, False, None)
