"""How long a question takes to read, by the figures of the study."""

import pytest

from scoring.bilingual import Bilingual
from scoring.lint.reading_time import reading_s, shown_s


def test_a_minute_is_255_characters_or_228_words() -> None:
    assert reading_s(Bilingual(zh="字" * 255, en="word")) == pytest.approx(60)
    assert reading_s(Bilingual(zh="字", en="word " * 228)) == pytest.approx(60)


def test_the_slower_language_counts_and_marks_do_not() -> None:
    assert reading_s(Bilingual(zh="字" * 85, en="word")) == pytest.approx(20)
    assert reading_s(Bilingual(zh="字，" * 85 + "？！", en="word")) == pytest.approx(20)
    assert reading_s(Bilingual(zh="字", en="don't stop-go, 2.5 " * 19)) == pytest.approx(57 / 3.8)


def test_latin_words_in_chinese_are_words() -> None:
    assert reading_s(Bilingual(zh="KYC " * 38, en="KYC")) == pytest.approx(10)


def test_shown_in_whole_seconds_and_never_for_a_blink() -> None:
    assert shown_s(Bilingual(zh="字", en="word")) == 3
    assert shown_s(Bilingual(zh="字" * 86, en="word")) == 21
