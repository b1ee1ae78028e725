from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.alignment import TimedCharacter, spread_evenly, words_of
from realtime.inference.words import split_words


def test_an_even_spread_gives_spaces_no_time() -> None:
    times = spread_evenly("ab c", 0, 300, 0.5)
    assert [(time.text, time.start_ms, time.end_ms) for time in times] == [
        ("a", 0, 100),
        ("b", 100, 200),
        ("c", 200, 300),
    ]


def test_punctuation_takes_no_time_from_its_word() -> None:
    times = [
        TimedCharacter("好", 100, 200, 0.8),
        TimedCharacter("，", 200, 900, 0.6),
        TimedCharacter("我", 900, 1000, 1.0),
    ]
    words = words_of("好，我", times, earliest_ms=0, latest_ms=2000)
    assert [(word.text, word.start_ms, word.end_ms) for word in words] == [("好，", 100, 200), ("我", 900, 1000)]
    assert words[0].probability == 0.7


def test_times_stay_within_the_sound_and_never_run_back() -> None:
    times = [TimedCharacter("a", 0, 400, 1), TimedCharacter("b", 300, 350, 1), TimedCharacter("c", 5000, 6000, 1)]
    words = words_of("a b c", times, earliest_ms=120, latest_ms=1000)
    assert [(word.start_ms, word.end_ms) for word in words] == [(120, 400), (400, 400), (1000, 1000)]


@given(st.text(alphabet="我们ab ，.", max_size=30), st.integers(0, 5000), st.integers(0, 5000))
def test_every_word_gets_an_ordered_time(text: str, start_ms: int, length_ms: int) -> None:
    words = words_of(
        text,
        spread_evenly(text, start_ms, start_ms + length_ms, 1),
        earliest_ms=start_ms,
        latest_ms=start_ms + length_ms,
    )
    assert [word.text for word in words] == split_words(text)
    edges = [edge for word in words for edge in (word.start_ms, word.end_ms)]
    assert edges == sorted(edges)
