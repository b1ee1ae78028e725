"""The instrument itself: latencies, erasure and revoked words of captions that are known."""

import numpy as np
import pytest

from bench.commit.corpus import Answer, TrueWord
from bench.commit.measures import Tally, distance, matched
from bench.commit.play import Played, Shown
from realtime.perception.speech import CaptionUpdate


def shown(at_ms: float, committed: str, partial: str = "", final: bool = False) -> Shown:
    return Shown(at_ms, CaptionUpdate("u1", 1, committed, partial, "en", 0, 3000, final))


def tally(*updates: Shown) -> Tally:
    words = tuple(TrueWord(word, (at + 1) * 1000.0) for at, word in enumerate(["one", "two", "three"]))
    counted = Tally()
    counted.add(Played(Answer("a", "clean", np.zeros(16_000, np.float32), (words,)), list(updates)))
    return counted


def test_a_word_is_late_by_the_time_from_its_end_to_the_update_that_shows_or_settles_it() -> None:
    counted = tally(shown(1200, "", "one"), shown(2500, "one", "two"), shown(3900, "one two three", final=True))
    assert sorted(counted.first_ms) == [200, 500, 900]
    assert sorted(counted.committed_ms) == [900, 1500, 1900]
    assert (counted.settled_live, counted.wrong, counted.erased) == (1, 0, 0)


def test_a_word_that_is_taken_back_is_erased_and_one_that_was_settled_is_revoked() -> None:
    counted = tally(
        shown(2000, "one", "too few"), shown(2500, "one too", "three"), shown(3900, "one two three", final=True)
    )
    assert counted.erased == 1 + 2
    assert (counted.revoked, counted.committed_words, counted.live_wrong) == (1, 2, 1)


def test_an_utterance_that_was_not_heard_is_wrong_and_shifts_no_other() -> None:
    first = tuple(TrueWord(word, (at + 1) * 1000.0) for at, word in enumerate(["one", "two"]))
    second = tuple(TrueWord(word, 10_000 + at * 1000.0) for at, word in enumerate(["three", "four"]))
    heard = Shown(12_000, CaptionUpdate("u2", 2, "three four", "", "en", 9_500, 11_200, final=True))
    counted = Tally()
    counted.add(Played(Answer("a", "clean", np.zeros(16_000, np.float32), (first, second)), [heard]))
    assert (counted.wrong, counted.true_words, sorted(counted.committed_ms)) == (2, 4, [1000, 2000])


def test_a_word_that_is_never_heard_has_no_latency_and_is_an_error() -> None:
    counted = tally(shown(3900, "one three", final=True))
    assert len(counted.committed_ms) == 2
    assert (counted.wrong, counted.true_words) == (1, 3)


@pytest.mark.parametrize(
    ("said", "places"),
    [("one two three", [0, 1, 2]), ("zero one two", [0, 1]), ("two", [1]), ("one one two", [0, 1]), ("", [])],
)
def test_words_are_found_whatever_stands_around_them(said: str, places: list[int]) -> None:
    assert sorted(matched(["one", "two", "three"], said.split())) == places


def test_distance_is_levenshteins() -> None:
    assert distance("kitten", "sitting") == 3
