import pytest

from ehr_bridge.wecom.errors import TABLE, WeComError, WeComUnreachable

DOCUMENTED = [-1, 40001, 40003, 40013, 40014, 40029, 40056, 40058, 40093, 41001, 42001, 42003, 41051, 41096, 45009]
DOCUMENTED += [45033, 48002, 50001, 60020, 60111, 81013, 84061, 95018, 301002]


@pytest.mark.parametrize("code", DOCUMENTED)
def test_each_code_worth_a_branch_has_one(code: int) -> None:
    assert TABLE[code].meaning


def test_what_an_operator_can_mend_says_how() -> None:
    assert not [code for code, branch in TABLE.items() if branch.fault == "configuration" and not branch.remedy]


def test_an_error_tells_the_hint_and_nothing_else_of_the_text() -> None:
    told = "invalid user 王芳 zhang, hint: [1637571983402334567], from ip: 1.2.3.4, more info at e=40003"
    error = WeComError("message/send", 40003, told)
    assert "hint: [1637571983402334567]" in str(error)
    assert "王芳" not in str(error)
    assert "zhang" not in str(error)
    assert (error.retry, error.fault) == (False, "recipient")


def test_an_unknown_code_is_never_repeated() -> None:
    assert WeComError("x", 99999).branch.action == "never"


def test_whom_nobody_answered_may_try_again() -> None:
    lost = WeComUnreachable("x", "no answer", sent=True)
    assert (lost.retry, lost.sent, lost.code) == (True, True, 0)
