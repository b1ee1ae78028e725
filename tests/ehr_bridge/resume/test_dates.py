"""Spans of time as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehr_bridge.resume.dates import find_span, months, total_months


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2019.07-2021.03", "2019-07", "2021-03"),
        ("2019年7月至今", "2019-07", "present"),
        ("2019年7月 - 2020年12月 某公司", "2019-07", "2020-12"),
        ("2016/09—2020/06", "2016-09", "2020-06"),
        ("2023.1~至今", "2023-01", "present"),
        ("2011 – 2014 University", "2011", "2014"),
        ("Mar 2019 - Present", "2019-03", "present"),
        ("September 2016 to February 2019", "2016-09", "2019-02"),
        ("06/2015 - 08/2015", "2015-06", "2015-08"),
        ("毕业于2019年6月", "2019-06", ""),
    ],
)
def test_spans(text: str, begin: str, end: str) -> None:
    found = find_span(text)
    assert found is not None
    assert (found.begin, found.end) == (begin, end)


@pytest.mark.parametrize("text", ["", "13800138000", "管理资产3亿元", "电话 2019070812345", "no dates here"])
def test_numbers_that_are_no_dates(text: str) -> None:
    assert find_span(text) is None


@given(st.text(alphabet="0123456789.-/年月至今to JanMr~", max_size=80))
def test_any_text_is_read_or_left(text: str) -> None:
    found = find_span(text)
    if found is not None:
        assert text[slice(*found.at)].strip()


def test_months_of_a_span() -> None:
    assert months("2019-07", "2021-06", "2026-11") == (24234, 24258)
    assert months("2025-11", "present", "2026-10") == (2025 * 12 + 10, 2026 * 12 + 10)
    assert months("2021-06", "2019-07", "2026-11") is None
    assert months("2026-01", "2031-01", "2026-11") is None  # the future is no experience


def test_posts_at_the_same_time_count_once() -> None:
    assert total_months([(0, 12), (6, 18), (24, 30)]) == 24


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60)).map(lambda pair: (pair[0], sum(pair)))))
def test_a_union_is_as_large_as_its_months(spans: list[tuple[int, int]]) -> None:
    assert total_months(spans) == len({month for first, last in spans for month in range(first, last)})
