"""What the law protects is found, with its value, and blanked without moving anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.resume.document import Document, Line
from ehr_bridge.resume.protected import masked, protected_spans, withheld


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("性别：女", {"gender"}),
        ("性    别: 男", {"gender"}),
        ("李明 | 男 | 28岁 | 汉族", {"gender", "age", "ethnicity"}),
        ("出生年月：1995年6月", {"age"}),
        ("1995年6月生", {"age"}),
        ("婚姻状况：已婚已育", {"marital_status"}),
        ("政治面貌：中共党员", {"political_status"}),
        ("籍贯：江苏南京", {"origin"}),
        ("身高：175cm 体重：70kg", {"health"}),
        ("身份证：110101199003074514", {"identity_number"}),
        ("Date of Birth: 12 March 1992", {"age"}),
        ("Gender: F", {"gender"}),
        ("Nationality: British", {"origin"}),
        ("Marital status: Single", {"marital_status"}),
        ("Age: 34", {"age"}),
    ],
)
def test_labels_and_values(text: str, kinds: set[str]) -> None:
    found = protected_spans(text)
    assert kinds <= {kind for kind, _, _ in found}


@pytest.mark.parametrize(
    "text",
    [
        "管理团队男女员工培训",
        "photography club",
        "满族自治县支行客户经理",
        "Managed 30 people",
        "工作年限：5年",
        "Sussex University",
    ],
)
def test_words_of_work_stay(text: str) -> None:
    assert not protected_spans(text)


def test_nothing_protected_is_left_in_the_masked_line() -> None:
    text = "李明  性别：男  出生年月：1995年6月  电话：13800138000"
    assert masked(text).split() == ["李明", "电话：13800138000"]
    assert len(masked(text)) == len(text)


@given(st.text(max_size=300))
def test_masking_keeps_places_and_is_done_once(text: str) -> None:
    assert len(masked(text)) == len(text)


def test_the_place_is_told_and_the_words_are_not() -> None:
    line = Line(1, "男\t李明", (0.1, 0.1, 0.3, 0.12), (0.1, 0.15, 0.16, 0.2, 0.3))
    [found] = withheld(Document("pdf", (line,)))
    assert (found.kind, found.line, found.box) == ("gender", 0, (0.1, 0.1, 0.15, 0.12))
    assert "男" not in str(found)
