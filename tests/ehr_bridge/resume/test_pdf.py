"""PDF: text with its place."""

import pytest

from ehr_bridge.resume import pdf as reading
from ehr_bridge.resume.reasons import Unreadable
from tests.ehr_bridge.resume.papers import CHINESE, pdf


def test_each_line_and_where_it_stands() -> None:
    [page] = reading.pages(reading.open_pdf(pdf()))
    lines = page.lines()
    assert [line.text.split() for line in lines] == [line.split() for line in CHINESE]
    first, second = lines[0], lines[1]
    assert first.box is not None
    assert second.box is not None
    assert first.box[0] == pytest.approx(50 / 595, abs=0.005)
    assert first.box[3] == pytest.approx((842 - 800) / 842, abs=0.01)
    assert second.box[1] > first.box[1]
    assert all(len(line.edges) == len(line.text) + 1 for line in lines)
    assert not page.has_picture


def test_a_fact_is_marked_alone_not_its_whole_line() -> None:
    [page] = reading.pages(reading.open_pdf(pdf(("手机：13800138000    邮箱：a@example.com",))))
    [line] = page.lines()
    at = line.text.index("a@")
    left, _, right, _ = line.span(at, len(line.text)) or (0, 0, 0, 0)
    assert line.box is not None
    assert left > line.box[0] + 0.1
    assert right == line.box[2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (pdf(password="geheim"), "password_protected"),
        (pdf(("x",), pages=21), "too_many_pages"),
        (pdf(("x",), pages=500), "too_many_pages"),
        (b"%PDF-1.7\nnothing of the kind", "document_broken"),
    ],
)
def test_what_is_not_read(data: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        reading.open_pdf(data)
    assert raised.value.code == code


def test_a_picture_is_never_larger_than_allowed() -> None:
    [page] = reading.pages(reading.open_pdf(pdf()))
    assert page.picture(72).size == (595, 842)
    assert max(page.picture(2000).size) <= reading.MAX_SIDE_PX + 1
