"""DOCX as text in its order."""

import pytest

from ehr_bridge.resume.reasons import Unreadable
from ehr_bridge.resume.word import lines_of
from tests.ehr_bridge.resume.papers import CHINESE, with_part, word


def test_paragraphs_then_the_rows_of_a_table() -> None:
    lines = lines_of(word(CHINESE[:2], [["2017.09-2020.06", "上海财经大学"], ["2013.09-2017.06", "浙江大学"]]))
    assert [line.text for line in lines] == [
        CHINESE[0],
        CHINESE[1],
        "2017.09-2020.06\t上海财经大学",
        "2013.09-2017.06\t浙江大学",
    ]
    assert all(line.box is None for line in lines)


@pytest.mark.parametrize(
    "content",
    [
        b"<w:document",
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa">]><d>&a;</d>',
        b"<other/>",
    ],
)
def test_a_body_that_is_none(content: bytes) -> None:
    with pytest.raises(Unreadable) as raised:
        lines_of(with_part(word(), "word/document.xml", content))
    assert raised.value.code == "document_broken"


def test_a_body_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ehr_bridge.resume.word.MAX_LINES", 20)
    with pytest.raises(Unreadable) as raised:
        lines_of(word(["x"] * 21))
    assert raised.value.code == "too_many_pages"
