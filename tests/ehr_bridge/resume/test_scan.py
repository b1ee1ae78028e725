"""Pictures, as far as they go without a recogniser."""

import io

import pytest
from PIL import Image

from ehr_bridge.resume.reasons import Unreadable
from ehr_bridge.resume.scan import MAX_SIDE_PX, _joined, _rows, open_picture


def picture(width: int, height: int, *, turned: int = 1, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = turned
    Image.new("1" if width * height > 10_000_000 else "RGB", (width, height)).save(written, kind, exif=exif)
    return written.getvalue()


@pytest.mark.parametrize(("size", "code"), [((1, 1), "image_too_small"), ((9000, 5000), "image_too_large")])
def test_sizes_that_are_not_opened(size: tuple[int, int], code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        open_picture(picture(*size))
    assert raised.value.code == code


def test_a_broken_one() -> None:
    with pytest.raises(Unreadable) as raised:
        open_picture(picture(300, 400)[:60])
    assert raised.value.code == "document_broken"


def test_a_photograph_lies_as_it_was_held() -> None:
    assert open_picture(picture(400, 300, turned=6, kind="JPEG")).size == (300, 400)


def test_a_large_one_is_made_smaller() -> None:
    assert max(open_picture(picture(2300, 1200)).size) == MAX_SIDE_PX


def test_pieces_side_by_side_are_one_line() -> None:
    pieces = [
        (0.5, 0.101, 0.7, 0.121, "浙江大学", 0.9),
        (0.1, 0.1, 0.3, 0.12, "2013", 0.99),
        (0.1, 0.2, 0.3, 0.22, "工作", 0.8),
    ]
    lines = [_joined(row, 2) for row in _rows(pieces)]
    assert [(line.page, line.text, line.heard) for line in lines] == [(2, "2013\t浙江大学", 0.9), (2, "工作", 0.8)]
    assert lines[0].box == (0.1, 0.1, 0.7, 0.121)
    assert len(lines[0].edges) == len(lines[0].text) + 1
