"""Stored opinions: which count, and which of their quotes."""

from dataclasses import replace

import msgspec
import pytest

from scoring.analysis.reading import Reading, read_answer
from scoring.analysis.transcript import typed
from scoring.bilingual import Bilingual
from scoring.outside.opinions import (
    Opinion,
    OpinionInvalid,
    OpinionRating,
    counted,
    digest_of,
    encode,
    latest,
    read,
    verbatim,
)
from scoring.position_model import PositionModel

TEXT = "我会先提醒同事停下来，再报告给主管。"
WHY = Bilingual(zh="因", en="why")


@pytest.fixture
def reading(model: PositionModel) -> Reading:
    question = model.question("q4")
    assert question is not None
    return read_answer(typed(TEXT), model, question)


def opinion(level: float = 4, quote: str = "我会先提醒同事停下来", **changes: object) -> Opinion:
    said = Opinion("q4", "llm 1 x", "x", digest_of(typed(TEXT)), (OpinionRating("compliance", level, (quote,), WHY),))
    return msgspec.structs.replace(said, **changes)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("先提醒同事停下来", True),
        ("  先提醒同事停下来 ", True),
        ("先提醒了同事停下来", False),
        ("先提醒同事……报告给主管", False),
        ("我会", False),
        ("", False),
    ],
)
def test_a_quote_stands_verbatim_or_not_at_all(reading: Reading, quote: str, found: bool) -> None:
    span = verbatim(reading, quote)
    assert (span is not None) is found
    assert span is None or TEXT[slice(*span)] == quote.strip()


def test_a_level_without_a_quote_or_off_the_scale_does_not_count(reading: Reading) -> None:
    assert [one.rating.level for one in counted(opinion(), reading, ["compliance"])] == [4]
    assert counted(opinion(quote="没有说过的话在这里"), reading, ["compliance"]) == []
    assert counted(opinion(level=9), reading, ["compliance"]) == []
    assert counted(opinion(), reading, ["teamwork"]) == []


def test_the_last_word_on_this_transcript_counts() -> None:
    first, second, other = opinion(2), opinion(4), opinion(5, transcript="sha256:0")
    assert latest([first, second, other], "q4", typed(TEXT)) == [second]
    assert latest([other], "q4", typed(TEXT)) == []
    failed = opinion(failure="rater_busy", ratings=())
    assert latest([first, failed], "q4", typed(TEXT)) == [first]
    assert latest([failed, first], "q4", typed(TEXT)) == [first]


def test_what_is_stored_is_read_back_and_damage_is_named() -> None:
    assert read([encode(opinion())]) == [opinion()]
    with pytest.raises(OpinionInvalid, match="opinion 2"):
        read([encode(opinion()), b'{"kind":"opinion"}'])


def test_a_blanked_stretch_cannot_be_quoted(reading: Reading) -> None:
    blind = replace(reading, transcript=reading.transcript.without([(0, 10)]))
    assert verbatim(blind, "我会先提醒同事停下来") is None
