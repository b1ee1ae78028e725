"""Figures as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.analysis.quantities import between, en_number, find_quantities, zh_number


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        ("提高了百分之八十", "百分之八十", 0.8),
        ("少了三成", "三成", 0.3),
        ("二十万元", "二十万元", 200_000),
        ("一共3.5万", "3.5万", 35_000),
        ("两百零六户", "两百零六户", 206),
        ("三分之一的人", "三分之一", 1 / 3),
        ("降了一半", "一半", 0.5),
        ("只用五分钟", "五分钟", 5),
        ("二十多位客户", "二十多位", 20),
        ("降了12%", "12%", 0.12),
        ("业绩翻了一番", "翻了一番", 2.0),
        ("cut by a third", "a third", 1 / 3),
        ("two thirds of them", "two thirds", 2 / 3),
        ("1,200 calls", "1,200 calls", 1_200),
        ("two hundred and six clients", "two hundred and six clients", 206),
        ("sales doubled", "doubled", 2.0),
        ("15 percent", "15 percent", 0.15),
        ("3 million yuan", "3 million yuan", 3_000_000),
        ("half of the branch", "half", 0.5),
    ],
)
def test_value(text: str, said: str, value: float) -> None:
    (found,) = find_quantities(text)
    assert text[found.start : found.end] == said
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize("text", ["这个客户", "第一个", "一个客户", "分析了", "成功", "one client", "the third time"])
def test_what_is_no_figure(text: str) -> None:
    assert find_quantities(text) == ()


def test_numbers_in_words() -> None:
    assert [zh_number(text) for text in ("十", "一百二十", "三千万", "1,200", "两万五千")] == [
        10, 120, 30_000_000, 1_200, 25_000,
    ]  # fmt: skip
    assert [en_number(text) for text in ("a dozen", "thirty-two", "two million", "a hundred and five")] == [
        12, 32, 2_000_000, 105,
    ]  # fmt: skip


def test_only_those_that_lie_wholly_between() -> None:
    found = find_quantities("三周内联系八百位客户")
    assert [q.value for q in between(found, 0, 4)] == [3]
    assert [q.value for q in between(found, 0, 20)] == [3, 800]


@given(st.text(alphabet="零一二两三四五六七八九十百千万亿成倍天第0123456789.,% ahundredtwo", max_size=30))
def test_no_run_of_digits_breaks_it(text: str) -> None:
    last = 0
    for found in find_quantities(text):
        assert last <= found.start < found.end <= len(text)
        assert found.value >= 0
        last = found.end
