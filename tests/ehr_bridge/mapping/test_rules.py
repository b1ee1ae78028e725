"""Every rule: what it makes of a value, and what it refuses without quoting it."""

from typing import Any

import pytest

from ehr_bridge.mapping.ids import parse
from ehr_bridge.mapping.model import CodeTable, Mapping
from ehr_bridge.mapping.rules import RULES, ValueRefused

MAPPING = Mapping(
    "test",
    {},
    {},
    {
        "sex": CodeTable("sex", {"男": "M", "女": "F"}),
        "kept": CodeTable("kept", {"a": "b"}, "keep"),
        "other": CodeTable("other", {"a": "b"}, "other", "z"),
    },
    {"employee": parse(r"[A-Z]\d{2}")},
)


@pytest.mark.parametrize(
    ("rule", "argument", "value", "expected"),
    [
        ("trim", None, " \u3000王芳\u00a0\u200b", "王芳"),
        ("trim", None, 12, "12"),
        ("spaces", None, "Wang\u3000  Fang", "Wang Fang"),
        ("half_width", None, "ＡＢ１２（甲）", "AB12(甲)"),
        ("upper", None, "ab1", "AB1"),
        ("lower", None, "AB1", "ab1"),
        ("email", None, " Wang.Fang@Example.COM ", "wang.fang@example.com"),
        ("phone", None, "138-0013-8000", "+8613800138000"),
        ("phone", None, "+44 20 7946 0958", "+442079460958"),
        ("digits", None, "第１２号-3", "123"),
        ("date", ["%Y/%m/%d", "%Y年%m月%d日"], "2024年3月5日", "2024-03-05"),
        ("date", None, "2024-03-05", "2024-03-05"),
        ("time", None, "2024-03-05 08:00", "2024-03-05T00:00:00Z"),
        ("time", {"zone": "UTC", "formats": "%d.%m.%Y"}, "05.03.2024", "2024-03-05T00:00:00Z"),
        ("number", None, "１,200.5", 1200.5),
        ("number", None, "85%", 0.85),
        ("number", None, "¥ 12.5", 12.5),
        ("whole", None, "12.0", 12),
        ("times", 100, "12.34", 1234.0),
        ("between", [0, 1], "85%", "85%"),
        ("code", "sex", "女", "F"),
        ("code", "kept", "x", "x"),
        ("code", "other", "x", "z"),
        ("code_back", "sex", "F", "女"),
        ("id_digits", "employee", "B07", "0107"),
        ("id_letters", "employee", "0107", "B07"),
        ("pattern", "[0-9]{3}", "123", "123"),
        ("one_of", ["a", "b"], "b", "b"),
        ("longest", 3, "abc", "abc"),
        ("split", ",，;", "CFA， CPA;证券从业,", ["CFA", "CPA", "证券从业"]),
        ("join", "、", ["CFA", "CPA"], "CFA、CPA"),
        ("true_is", ["是", "Y"], "是", True),
        ("true_is", ["是", "Y"], "否", False),
        ("default", "cn", "", "cn"),
        ("default", "cn", "en", "en"),
        ("always", 7, None, 7),
        ("required", None, 0, 0),
    ],
)
def test_what_a_rule_makes_of_a_value(rule: str, argument: Any, value: Any, expected: Any) -> None:
    if rule == "id_digits" or rule == "id_letters":
        assert MAPPING.ids["employee"].width == 4
    found = RULES[rule].apply(value, argument, MAPPING)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("rule", "argument", "value", "code"),
    [
        ("email", None, "secret-name", "not_an_email"),
        ("phone", None, "12345", "not_a_phone"),
        ("date", "%Y-%m-%d", "31/12/secret", "not_a_date"),
        ("date", None, "secret", "not_a_date"),
        ("number", None, "secret", "not_a_number"),
        ("number", None, "NaN", "not_a_number"),
        ("whole", None, "1.5", "not_whole"),
        ("between", [0, 1], "1.5", "out_of_range"),
        ("code", "sex", "secret", "code_unknown"),
        ("id_letters", "employee", "9999999", "id_of_other_width"),
        ("pattern", "[0-9]{3}", "secret", "pattern"),
        ("one_of", ["a"], "secret", "not_one_of"),
        ("longest", 3, "secret", "too_long"),
        ("join", ",", "secret", "not_a_list"),
        ("trim", None, ["secret"], "not_text"),
        ("trim", None, "x" * 20_001, "too_long"),
        ("required", None, "", "required"),
    ],
)
def test_what_a_rule_refuses(rule: str, argument: Any, value: Any, code: str) -> None:
    with pytest.raises(ValueRefused) as caught:
        RULES[rule].apply(value, argument, MAPPING)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


def test_every_rule_is_tried_here() -> None:
    tried = {mark.args[1][index].values[0] if hasattr(mark.args[1][index], "values") else mark.args[1][index][0]
             for test in (test_what_a_rule_makes_of_a_value,) for mark in test.pytestmark
             for index in range(len(mark.args[1]))}  # fmt: skip
    assert tried == set(RULES)
