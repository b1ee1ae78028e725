from realtime.inference.engine import RecognisedWord, SpeechResult
from realtime.inference.words import split_words
from realtime.perception.captions import LiveCaption
from realtime.perception.commit import AlignAtt


def result(text: str, step_ms: int = 500) -> SpeechResult:
    words = tuple(
        RecognisedWord(word, at * step_ms, (at + 1) * step_ms, 0.9) for at, word in enumerate(split_words(text))
    )
    return SpeechResult("s", "u", 1, "partial", text, "en", words, -0.1, 0.0)


def test_words_get_their_media_time_when_they_are_committed() -> None:
    caption = LiveCaption(window_ms=10_000)
    assert caption.update(result("one two"), 10_000, 10_000 + 5_000)
    assert caption.update(result("one two three"), 10_000, 10_000 + 5_000)
    assert [(word.text, word.start_ms) for word in caption.words] == [("one", 10_000), ("two", 10_500)]
    assert (caption.committed, caption.partial) == ("one two", "three")
    assert (
        not caption.update(result("one two three".upper()), 10_000, 10_000 + 5_000)
        or caption.committed.casefold() == "one two three"
    )


def test_a_short_window_is_not_trimmed_and_a_long_one_begins_behind_what_is_settled() -> None:
    caption = LiveCaption(window_ms=0)
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    caption.update(result(text), 0, 0 + 5_000)
    caption.update(result(text + " fifteen"), 0, 0 + 5_000)
    caption.trim(8_000)
    assert (caption.window_ms, caption.trimmed_text) == (0, "")
    caption.trim(9_500)
    assert caption.window_ms == 7_000
    assert caption.trimmed_text == text
    caption.update(result("fifteen sixteen"), 7_000, 7_000 + 5_000)
    assert caption.committed == text + " fifteen"
    assert caption.words[-1].start_ms == 7_000


def test_nothing_settled_nothing_trimmed() -> None:
    caption = LiveCaption(window_ms=0)
    caption.update(result("one two"), 0, 0 + 5_000)
    caption.trim(20_000)
    assert caption.window_ms == 0


def test_a_mark_that_came_late_reaches_the_word_that_was_committed_without_it() -> None:
    caption = LiveCaption(window_ms=0, policy=AlignAtt(400))
    caption.update(result("one two"), 0, 5_000)
    assert [word.text for word in caption.words] == ["one", "two"]
    caption.update(result("one two. Three"), 0, 5_000)
    assert [word.text for word in caption.words] == ["one", "two.", "Three"]
    assert caption.committed == "one two. Three"
