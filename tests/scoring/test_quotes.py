"""The transcript that a report shows: all that was said or typed, sentence by sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.positions import builtin
from scoring.quotes import segments
from scoring.report import Segment

MODEL = builtin()["teller"]


def shown(text: str) -> tuple[Segment, ...]:
    return segments(read_answer(typed(text), MODEL, MODEL.questions[0]))


@pytest.mark.parametrize(
    "text",
    [
        "<b>我先核对。</b>",
        "（首先）我会核对。",
        "-5% 就是亏了。再说。",
        "😀😀",
        "好的。😀 我会核对。😀",
        "$500 was lost. I told him.",
    ],
)
def test_no_symbol_before_or_after_a_sentence_is_lost(text: str) -> None:
    parts = shown(text)
    assert "".join("".join(part.text.split()) for part in parts) == "".join(text.split())
    assert all(text[part.start_char : part.end_char] == part.text for part in parts)


@given(st.text(alphabet="我会核对，。<（ ab.\n😀-5%", max_size=40))
@settings(max_examples=60, deadline=None)
def test_every_character_of_an_answer_is_in_its_transcript(text: str) -> None:
    assert "".join("".join(part.text.split()) for part in shown(text)) == "".join(text.split())


def test_nothing_said_nothing_shown() -> None:
    assert shown("") == shown(" \n") == ()
