"""Pace of words whose pace is known."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.engine import RecognisedWord
from realtime.perception.pace import CHARACTERS_PER_WORD, MOST_WORDS, PaceMeter
from realtime.protocol.text import Language


def said(words: str, per_minute: float, start_ms: int = 0) -> list[RecognisedWord]:
    """Words, blanks between them, one after the other without a pause."""
    step_ms = 60_000 / per_minute
    return [
        RecognisedWord(word, round(start_ms + at * step_ms), round(start_ms + (at + 1) * step_ms), 0.9)
        for at, word in enumerate(words.split())
    ]


def pace(language: Language, *captions: list[RecognisedWord]) -> float | None:
    meter = PaceMeter(language)
    for words in captions:
        meter.add(words)
    return meter.per_minute


CHINESE = "我 在 银 行 做 了 三 年 客 户 经 理 ， 每 天 都 会 见 很 多 客 户 。 "
ENGLISH = "I worked as a client manager for three years, and I met many customers every day. "


@pytest.mark.parametrize("per_minute", [80, 150, 240])
def test_english_is_counted_in_words(per_minute: float) -> None:
    assert pace("en", said(ENGLISH * 3, per_minute)) == pytest.approx(per_minute, rel=0.01)


@pytest.mark.parametrize("per_minute", [120, 250, 400])
def test_chinese_is_counted_in_characters(per_minute: float) -> None:
    words = said(CHINESE.replace("， ", "").replace("。 ", "") * 4, per_minute)
    assert pace("zh", words) == pytest.approx(per_minute, rel=0.01)


def test_punctuation_is_no_unit_however_it_comes() -> None:
    plain = said("我 在 银 行 做 事 很 多 年", 120)
    attached = [RecognisedWord(word.text + "，", word.start_ms, word.end_ms, 0.9) for word in plain]
    apart = [*plain, RecognisedWord("。", plain[-1].end_ms, plain[-1].end_ms, 0.9)]
    assert pace("zh", attached) == pace("zh", apart) == pace("zh", plain) == pytest.approx(120)


def test_several_characters_in_one_word_are_several_units() -> None:
    words = [RecognisedWord("客户经理", at * 1_000, at * 1_000 + 1_000, 0.9) for at in range(5)]
    assert pace("zh", words) == pytest.approx(240)


def test_mixed_speech_counts_a_character_and_a_latin_word_as_one_each() -> None:
    words = said("我 用 Excel 做 了 报 表 ， 每 天 发 给 team leader 看".replace("， ", ""), 180)
    assert pace("zh", words) == pytest.approx(180, rel=0.001)


def test_the_language_with_more_units_decides_and_the_interviews_units_are_told() -> None:
    english, chinese = said(ENGLISH * 2, 150), said("我 在 银 行 做 事 很 多 年 了 每 天 都 忙", 240)
    assert pace("zh", english) == pytest.approx(150 * CHARACTERS_PER_WORD, rel=0.01)
    assert pace("en", chinese) == pytest.approx(240 / CHARACTERS_PER_WORD, rel=0.01)


def test_a_pause_over_a_second_is_not_speaking_time() -> None:
    first, second = said("one two three four five six", 120), said("one two three four five six", 120, start_ms=4_100)
    assert pace("en", first, second) == pytest.approx(120)


def test_a_breath_is_speaking_time() -> None:
    first, second = said("one two three four five six", 120), said("one two three four five six", 120, start_ms=4_000)
    assert pace("en", first, second) == pytest.approx(12 * 60_000 / 7_000)


def test_the_last_ten_seconds_count() -> None:
    assert pace("en", said(ENGLISH * 5, 90), said(ENGLISH * 4, 210, start_ms=60_000)) == pytest.approx(210, rel=0.02)


def test_too_little_gives_no_pace() -> None:
    assert pace("en") is None
    assert pace("en", said("one two three four", 120)) is None
    assert pace("en", said("one two three four five six", 120)) is not None


def test_the_order_of_captions_does_not_matter() -> None:
    first, second = said("one two three four", 120), said("five six seven eight", 120, start_ms=2_500)
    assert pace("en", second, first) == pace("en", first, second)


def test_memory_is_bounded() -> None:
    meter = PaceMeter("zh")
    meter.add(RecognisedWord("字", at, at, 0.9) for at in itertools.repeat(1, 5_000))
    assert len(meter._said) == MOST_WORDS


TIMES = st.integers(-5_000, 100_000)
WORDS = st.lists(st.builds(RecognisedWord, st.sampled_from(["字", "word", "，", ""]), TIMES, TIMES, st.just(0.5)))


@given(WORDS, st.sampled_from(["zh", "en"]))
def test_no_words_break_it(words: list[RecognisedWord], language: Language) -> None:
    """Backward, overlapping, empty: nothing, or a pace that is finite and not negative."""
    random.Random(1).shuffle(words)
    meter = PaceMeter(language)
    meter.add(words)
    value = meter.per_minute
    assert value is None or 0 <= value < float("inf")
