"""The judge: latencies, erasure and error rate of a session whose every message is written down here."""

import math

import pytest

from bench.speech import judge
from bench.speech.judge import Shown
from bench.speech.script import Word


def said(*words, language="en", sentence=0):
    return [Word(f" {text}", "", 1000.0 * at, 1000.0 * at + 500, sentence, language) for at, text in enumerate(words)]


def test_the_normaliser_counts_characters_in_chinese_and_words_in_english():
    assert judge.units("您好，KPI 涨了１２%！") == ["您", "好", "kpi", "涨", "了", "12"]
    assert judge.units("I don't — really.") == ["i", "don't", "really"]


def test_a_word_counts_from_its_end_to_the_first_time_it_stands_there():
    shown = [Shown(0.9, "", "first"), Shown(2.0, "first", "second"), Shown(3.0, "first second", "")]
    judged = judge.judge(said("first", "second"), shown, "en")
    assert judged.first_shown_s == pytest.approx((0.4, 0.5))
    assert judged.committed_s == pytest.approx((1.5, 1.5))
    assert judged.finals_s == pytest.approx((1.5,))
    assert (judged.wrong, judged.said, judged.erased) == (0, 2, 0)


def test_a_word_that_never_came_is_infinitely_late_and_wrong():
    judged = judge.judge(said("first", "second"), [Shown(1.0, "second", "")], "en")
    assert judged.first_shown_s[0] == math.inf
    assert judged.committed_s[1] == pytest.approx(-0.5)
    assert judged.wrong == 1
    assert judge.judge(said("first"), [], "en").wrong == 1


def test_every_sentence_has_its_own_final():
    words = [*said("one", "two"), *said("three", sentence=1)]
    words[2] = Word(" three", "", 4000, 4500, 1, "en")
    judged = judge.judge(words, [Shown(2.0, "one two", ""), Shown(6.5, "one two three", "")], "en")
    assert judged.finals_s == pytest.approx((0.5, 2.0))


def test_erasure_counts_what_was_taken_back():
    assert judge.erased([["a"], ["a", "b"], ["a", "c", "d"], ["a", "c", "d"]]) == 1
    assert judge.erased([["a", "b", "c"], []]) == 3
    assert judge.erased([]) == 0


@pytest.mark.parametrize(
    ("wanted", "heard", "wrong"), [("abc", "abc", 0), ("abc", "ac", 1), ("", "ab", 2), ("kitten", "sitting", 3)]
)
def test_distance(wanted, heard, wrong):
    assert judge.distance(list(wanted), list(heard)) == wrong


def test_percentiles_are_values_that_were_there():
    assert judge.percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert judge.percentile([1.0] * 95 + [math.inf] * 5, 0.95) == 1.0
    assert judge.percentile([1.0] * 94 + [math.inf] * 6, 0.95) == math.inf
    assert judge.percentile([], 0.5) == math.inf
