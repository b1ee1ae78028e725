import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.engine import RecognisedWord, SpeechResult
from realtime.inference.words import split_words
from realtime.interview.plan import Term
from realtime.perception.terminology import Spelling, hot_words
from scoring.positions import builtin

HELD_BACK = Path(__file__).parents[3] / "bench" / "answers" / "held_back"
TERMS = (
    Term("管理资产规模", "AUM"),
    Term("反洗钱", "AML", ("反洗前",)),
    Term("关联交易", "related-party transaction", ("related party transactions",)),
)
SHIPPED = {name: tuple(Term(t.zh, t.en, t.spoken) for t in model.glossary) for name, model in builtin().items()}


def timed(text: str) -> tuple[RecognisedWord, ...]:
    """A word every 300 ms, each less sure than the one before."""
    return tuple(RecognisedWord(w, at * 300, at * 300 + 300, 0.9 - at / 100) for at, w in enumerate(split_words(text)))


def written(text: str, terms: tuple[Term, ...] = TERMS) -> str:
    result = SpeechResult("s", "u", 1, "final", text, "zh", timed(text), -0.1, 0.0)
    return Spelling.of(terms).applied(result).text


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("我管的 A U M 有两亿。", "我管的 AUM 有两亿。"),
        ("我管的 A.U.M. 有两亿", "我管的 AUM 有两亿"),
        ("My a-u-m, last year, was small.", "My AUM, last year, was small."),
        ("这是反洗前的要求，", "这是反洗钱的要求，"),
        ("A M L 和反洗前。", "AML 和反洗钱。"),
        ("They were related party transactions.", "They were related-party transaction."),
    ],
)
def test_what_sounds_the_same_is_written_as_the_term(heard: str, meant: str) -> None:
    assert written(heard) == meant


@pytest.mark.parametrize(
    "text", ["反洗钱", "我洗前先看看", "A U 和 M", "a car", "I am, u know", "U.S.A.", "e.g. this", "AUM", ""]
)
def test_what_is_only_similar_stays_as_it_was_heard(text: str) -> None:
    assert written(text, (*TERMS, Term("资本充足率", "CAR"))) == text


def test_the_time_and_the_doubt_of_what_was_heard_stay_with_it() -> None:
    heard = timed("看 A U M。")
    whole, short = Spelling.of(TERMS).written(heard)
    assert whole == heard[0]
    assert (short.text, short.start_ms, short.end_ms, short.probability) == ("AUM。", 300, 1200, heard[3].probability)


def test_no_answer_that_was_really_given_is_respelled_by_any_position() -> None:
    texts = [
        text for file in ("zh", "en") for text in _strings(yaml.safe_load((HELD_BACK / f"{file}.yaml").read_text()))
    ]
    sentences = [part for text in texts for part in re.split(r"(?<=[。！？.!?])", text) if part.strip()]
    assert len(sentences) > 400
    for terms in SHIPPED.values():
        spelling = Spelling.of(terms)
        for words in map(timed, sentences):
            assert spelling.written(words) == words


def test_every_variant_that_comes_with_viva_is_put_right() -> None:
    variants = [(name, term, spoken) for name, terms in SHIPPED.items() for term in terms for spoken in term.spoken]
    assert len(variants) >= 10
    for name, term, spoken in variants:
        assert written(f"我们谈{spoken}。", SHIPPED[name]) == f"我们谈{term.zh}。"


@given(st.lists(st.sampled_from(["A", "U", "M", "u.", "A.U.M.", "反", "洗", "前", "钱，", "the", "（A"]), max_size=12))
def test_letters_and_times_are_neither_made_nor_lost(said: list[str]) -> None:
    heard = tuple(RecognisedWord(word, at * 300, at * 300 + 300, 0.9) for at, word in enumerate(said))
    spelled = Spelling.of(TERMS).written(heard)
    plain = [re.sub(r"[^\w]", "", "".join(w.text for w in words)).casefold() for words in (heard, spelled)]
    assert plain[0].replace("反洗前", "反洗钱") == plain[1]
    if heard:
        assert (spelled[0].start_ms, spelled[-1].end_ms) == (0, heard[-1].end_ms)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(spelled))


def test_hot_words_are_those_of_the_interviews_language_and_abbreviations_in_both() -> None:
    assert hot_words(TERMS, "zh") == ("管理资产规模", "AUM", "反洗钱", "AML", "关联交易")
    assert hot_words(TERMS, "en") == ("AUM", "AML", "related-party transaction")


def _strings(data: object) -> list[str]:
    if isinstance(data, str):
        return [data]
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else []
    return [text for part in parts for text in _strings(part) if len(text) > 8]
