"""The whole stream in virtual time, with a detector that hears loudness and an engine that reads the sound.

Each 100 ms of speech is a constant level that stands for one word, so the double says exactly what is in the
window it was given: what the stream commits can be compared with what was put in, word by word.
"""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.inference.engine import Pcm, RecognisedWord, SpeechRequest, SpeechResult
from realtime.inference.ladder import LADDER, Allowance, Rung
from realtime.inference.log_mel import RingWindow, whole_window
from realtime.interview.plan import Term
from realtime.perception.commit import POLICIES
from realtime.perception.speech import (
    CaptionUpdate,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
    SpeechStream,
)
from realtime.perception.terminology import Spelling

WORD_SAMPLES = 1600
WORDS = [f"w{at}" for at in range(100)]


def spoken(count: int, first: int = 0) -> Pcm:
    return np.concatenate([np.full(WORD_SAMPLES, (first + at + 1) / 1000, np.float32) for at in range(count)])


def silence(ms: int) -> Pcm:
    return np.zeros(ms * 16, np.float32)


def loud(chunks: Pcm) -> npt.NDArray[np.float32]:
    return np.asarray(np.abs(chunks).max(axis=1) > 0, np.float32)


def read(request: SpeechRequest) -> SpeechResult:
    """What a perfect recogniser answers: a word once a half of it is in the window."""
    levels = np.rint(request.audio * 1000).astype(int)
    words = []
    for value in dict.fromkeys(levels[levels > 0].tolist()):
        at = np.flatnonzero(levels == value)
        if len(at) * 2 >= WORD_SAMPLES:
            words.append(RecognisedWord(WORDS[value - 1], int(at[0]) // 16, (int(at[-1]) + 1) // 16, 0.9))
    text = " ".join(word.text for word in words)
    return SpeechResult(
        request.session_id, request.utterance_id, request.revision, request.kind, text, "en", tuple(words), -0.1, 0.0
    )


def stream(recognise: bool = True) -> SpeechStream:
    return SpeechStream("s", None, loud, recognise=recognise)


def play(speech: SpeechStream, sound: Pcm, start_ms: float = 0, latency_pushes: int = 1) -> list[SpeechEvent]:
    """60 ms at a time; an answer comes ``latency_pushes`` later."""
    events: list[SpeechEvent] = []
    waiting: list[tuple[int, SpeechRequest]] = []
    for push, at in enumerate(range(0, len(sound), 960)):
        events += speech.push(sound[at : at + 960], start_ms + at / 16)
        while request := speech.wants():
            waiting.append((push + latency_pushes, request))
        for due, request in [entry for entry in waiting if entry[0] <= push]:
            waiting.remove((due, request))
            events += speech.apply(read(request))
    for _, request in waiting:
        events += speech.apply(read(request))
    return events


def settle(speech: SpeechStream) -> list[SpeechEvent]:
    events = speech.finish()
    while request := speech.wants():
        events += speech.apply(read(request))
    return events


def captions(events: list[SpeechEvent]) -> list[CaptionUpdate]:
    return [event for event in events if isinstance(event, CaptionUpdate)]


def finals(events: list[SpeechEvent]) -> list[CaptionUpdate]:
    return [caption for caption in captions(events) if caption.final]


def test_speech_becomes_started_partials_ended_final() -> None:
    speech = stream()
    events = play(speech, np.concatenate([silence(1000), spoken(30), silence(1000)])) + settle(speech)
    started = next(event for event in events if isinstance(event, SpeechStarted))
    ended = next(event for event in events if isinstance(event, SpeechEnded))
    assert started.media_ms == pytest.approx(1000, abs=32)
    assert ended.media_ms == pytest.approx(4000, abs=32)
    (final,) = finals(events)
    assert final.committed == " ".join(WORDS[:30])
    assert [word.start_ms for word in final.words[:3]] == pytest.approx([1000, 1100, 1200], abs=2)
    assert (final.utterance_id, final.end_ms) == ("u1", ended.media_ms)
    assert speech.pending_finals() == 0
    assert speech.voiced_ms == pytest.approx(3000, abs=64)


@settings(max_examples=25, deadline=None)
@given(
    sounds=st.lists(st.tuples(st.sampled_from(["speech", "silence", "gap"]), st.integers(100, 1500)), max_size=8),
    late=st.lists(st.integers(0, 3), min_size=1, max_size=8),
)
def test_judged_late_is_judged_the_same(sounds: list[tuple[str, int]], late: list[int]) -> None:
    """However late the answers come, as long as they keep up, what is heard is what would have been at once."""
    at_once, elsewhere = SpeechStream("s", None, loud), SpeechStream("s", None, None)
    expected: list[SpeechEvent] = []
    got: list[SpeechEvent] = []
    asked: list[tuple[int, Pcm]] = []
    at_ms, push = 0.0, 0
    for kind, ms in sounds:
        if kind == "gap":
            expected += at_once.gap(at_ms, at_ms + ms)
            got += elsewhere.gap(at_ms, at_ms + ms)
            at_ms += ms
            continue
        sound = silence(ms) + (0.1 if kind == "speech" else 0)
        for begins in range(0, len(sound), 960):
            expected += at_once.push(sound[begins : begins + 960], at_ms + begins / 16)
            got += elsewhere.push(sound[begins : begins + 960], at_ms + begins / 16)
            chunks = elsewhere.wants_voice()
            asked += [(push + late[push % len(late)], chunks)] if chunks is not None else []
            if asked and asked[0][0] <= push:
                got += elsewhere.judged(loud(asked.pop()[1]))
            push += 1
        at_ms += ms
    expected += at_once.finish()
    got += elsewhere.finish()
    while not elsewhere.judged_all:
        chunks = asked.pop()[1] if asked else elsewhere.wants_voice()
        assert chunks is not None
        got += elsewhere.judged(loud(chunks))
    assert got == expected
    assert elsewhere.voiced_ms == at_once.voiced_ms
    assert elsewhere.unheard_ms == 0


def test_sound_that_is_never_judged_is_bounded_and_breaks_off() -> None:
    speech = SpeechStream("s", None, None)
    play(speech, spoken(60))
    assert speech.unheard_ms == pytest.approx(3000, abs=100)
    events = []
    while (chunks := speech.wants_voice()) is not None:
        events += speech.judged(loud(chunks))
    assert [type(event) for event in events] == [SpeechStarted, SpeechEnded]
    assert events[-1].media_ms == pytest.approx(3000, abs=64)


def test_what_could_not_be_judged_is_a_gap() -> None:
    speech = SpeechStream("s", None, None)
    events: list[SpeechEvent] = []
    for at in range(20):
        speech.push(spoken(1), at * 100)
        chunks = speech.wants_voice()
        if chunks is not None:
            events += speech.judged(None if at == 12 else loud(chunks))
    assert [type(event) for event in events] == [SpeechStarted, SpeechEnded, SpeechStarted]
    assert speech.unheard_ms == pytest.approx(100, abs=32)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_silence_and_do_not_stay(poison: float) -> None:
    heard: list[Pcm] = []

    def detect(chunks: Pcm) -> npt.NDArray[np.float32]:
        heard.append(chunks)
        return loud(chunks)

    speech = SpeechStream("s", None, detect)
    sound = spoken(30)
    sound[20_000] = poison
    events = play(speech, sound) + settle(speech)
    assert np.isfinite(np.concatenate(heard)).all()
    assert speech.damaged_ms == 60
    (final,) = finals(events)
    assert final.committed == " ".join(WORDS[:30])


def test_kept_frames_are_those_of_the_window_also_where_it_was_trimmed() -> None:
    """Twenty seconds without a pause: windows grow, are trimmed to a frame, and every request's features are those of
    its sound, found where the answers put their words."""
    speech, compared, trimmed = SpeechStream("s", None, loud, mels=80), 0, 0
    sound = np.concatenate([silence(500), spoken(90), spoken(90), silence(1000)])
    for at in range(0, len(sound), 960):
        speech.push(sound[at : at + 960], at / 16)
        while request := speech.wants():
            if request.kind == "partial":
                assert isinstance(request.features, RingWindow)
                kept = request.features.of(request.audio)
                anew = whole_window(request.audio, 80)
                np.testing.assert_allclose(kept.steps.astype(int), anew.steps.astype(int), atol=1)
                compared, trimmed = compared + 1, trimmed + (request.features.first > 0)
            else:
                assert request.features is None
            for caption in captions(speech.apply(read(request))):
                heard = [word.text for word in caption.words]
                assert heard == [WORDS[at % 90] for at in range(len(heard))]
    assert compared > 15
    assert trimmed > 5


def test_the_first_partial_is_asked_for_early_and_the_others_at_the_cadence() -> None:
    asked_ms = cadence(Allowance())
    assert asked_ms[0] == pytest.approx(550, abs=65)
    assert np.diff(asked_ms) == pytest.approx([800] * (len(asked_ms) - 1), abs=65)


def test_a_loaded_engine_is_asked_less_often() -> None:
    assert np.diff(cadence(LADDER[Rung.SLOWER].allowance)) == pytest.approx([2000] * 2, abs=65)


def test_an_engine_that_is_late_is_asked_for_finals_only() -> None:
    speech = stream()
    speech.allowance = LADDER[Rung.NO_PARTIALS].allowance
    events = play(speech, np.concatenate([spoken(60), silence(1500)]))
    (caption,) = captions(events)
    assert caption.final
    assert caption.committed


def test_windows_stay_short_where_only_short_ones_are_allowed() -> None:
    longest_s = {}
    for rung in (Rung.SLOWER, Rung.SMALLER):
        speech, lengths = stream(), []
        speech.allowance = LADDER[rung].allowance
        for at in range(0, len(sound := spoken(95)), 960):
            speech.push(sound[at : at + 960], at / 16)
            while request := speech.wants():
                lengths.append(request.samples / 16_000)
                speech.apply(read(request))
        longest_s[rung] = max(lengths)
    assert longest_s[Rung.SMALLER] <= 7.0 < longest_s[Rung.SLOWER] <= 9.0


@pytest.mark.parametrize(
    ("policy", "rung", "timed"),
    [
        ("agreement", Rung.SLOWER, False),
        ("agreement", Rung.SMALLER, True),
        ("align_att", Rung.SLOWER, True),
        ("sure_or_agreed", Rung.SLOWER, True),
    ],
)
def test_partials_are_timed_where_the_policy_or_a_sooner_cut_needs_it(policy: str, rung: Rung, timed: bool) -> None:
    speech = SpeechStream("s", None, loud, commit=POLICIES[policy])
    speech.allowance = LADDER[rung].allowance
    speech.push(spoken(20), 0)
    assert asked(speech).timed is timed


def cadence(allowance: Allowance) -> list[float]:
    speech = stream()
    speech.allowance = allowance
    sound, asked = spoken(60), []
    for at in range(0, len(sound), 960):
        speech.push(sound[at : at + 960], at / 16)
        if request := speech.wants():
            asked.append(speech.heard_ms)
            speech.apply(read(request))
    return asked


def test_one_partial_is_under_way_at_a_time_and_a_failed_one_is_forgotten() -> None:
    speech = stream()
    speech.push(spoken(20), 0)
    first = speech.wants()
    assert first is not None
    speech.push(spoken(20, 20), 2000)
    assert speech.wants() is None
    assert speech.failed(first.revision) == []
    second = speech.wants()
    assert second is not None
    assert speech.apply(read(first)) == [], "an answer that was given up changes nothing"
    assert captions(speech.apply(read(second)))


def test_committed_text_only_grows_while_it_is_spoken() -> None:
    speech = stream()
    before = ""
    for caption in captions(play(speech, np.concatenate([spoken(80), silence(700)]))):
        if not caption.final:
            assert caption.committed.startswith(before)
            before = caption.committed
    assert before


def test_a_long_utterance_is_recognised_in_windows_that_stay_short() -> None:
    speech = stream()
    sound, longest_s = spoken(99), 0.0
    last: SpeechRequest | None = None
    for at in range(0, len(sound), 960):
        speech.push(sound[at : at + 960], at / 16)
        if request := speech.wants():
            longest_s, last = max(longest_s, len(request.audio) / 16_000), request
            speech.apply(read(request))
    assert longest_s <= 9.1
    assert last is not None
    assert last.previous_text.endswith("w78 w79")
    (final,) = finals(settle(speech))
    assert final.committed == " ".join(WORDS[:99])


def test_the_final_is_asked_for_with_the_whole_utterance_and_the_text_before_it() -> None:
    speech = stream()
    events = play(speech, np.concatenate([spoken(10), silence(700)]))
    assert finals(events)[0].committed == " ".join(WORDS[:10])
    play(speech, spoken(10, 10), start_ms=1700)
    speech.finish()
    request = speech.wants()
    assert request is not None
    assert (request.kind, request.utterance_id) == ("final", "u2")
    assert request.previous_text == " ".join(WORDS[:10])


def test_a_rejected_final_is_an_empty_one_that_says_so_and_leaves_no_context() -> None:
    speech = stream()
    speech.push(spoken(10), 0)
    speech.finish()
    request = speech.wants()
    assert request is not None
    rejected = SpeechResult("s", "u1", request.revision, "final", "", "zh", (), -2.0, 0.9, rejected="no_speech")
    (caption,) = captions(speech.apply(rejected))
    assert (caption.committed, caption.words, caption.no_speech, caption.final) == ("", (), True, True)


def test_a_rejected_partial_keeps_what_was_shown() -> None:
    speech = stream()
    speech.push(spoken(20), 0)
    request = speech.wants()
    assert request is not None
    rejected = SpeechResult("s", "u1", request.revision, "partial", "", "zh", (), -2.0, 0.9, rejected="no_speech")
    assert speech.apply(rejected) == []
    assert speech.guard_hits == {"no_speech": 1}


def test_a_final_in_another_language_says_so_and_the_transcript_is_not_called_complete() -> None:
    speech = stream()
    speech.push(spoken(30), 0)
    speech.finish()
    request = asked(speech)
    foreign = SpeechResult("s", "u1", request.revision, "final", "", "zh", (), -0.5, 0.1, rejected="other_language")
    (final,) = captions(speech.apply(foreign))
    assert (final.committed, final.no_speech, final.other_language) == ("", True, True)
    assert (speech.lost_finals, speech.pending_finals(), speech.guard_hits) == (1, 0, {"other_language": 1})


def rambling(request: SpeechRequest) -> SpeechResult:
    return SpeechResult("s", "u1", request.revision, request.kind, "", "zh", (), -2.0, 0.1, rejected="loop")


def asked(speech: SpeechStream) -> SpeechRequest:
    request = speech.wants()
    assert request is not None
    return request


def test_after_a_partial_that_rambled_the_utterance_gets_no_context_and_the_next_has_some_again() -> None:
    speech = SpeechStream("s", None, loud, hot_words=("AUM",))
    play(speech, np.concatenate([spoken(10), silence(1500)]))
    speech.push(spoken(20, first=10), 2500)
    first = asked(speech)
    assert (first.previous_text, first.hot_words) == (" ".join(WORDS[:10]), ("AUM",))
    assert speech.apply(rambling(first)) == []
    speech.push(spoken(20, first=30), 4500)
    second = asked(speech)
    assert (second.kind, second.previous_text, second.hot_words) == ("partial", "", ())
    settle(speech)
    speech.apply(read(second))
    assert speech.guard_hits == {"loop": 1}


def test_a_final_that_rambled_is_asked_for_again_without_context() -> None:
    speech = stream()
    play(speech, spoken(30))
    speech.finish()
    first = asked(speech)
    assert speech.apply(rambling(first)) == []
    again = asked(speech)
    assert (again.kind, again.previous_text, again.revision > first.revision) == ("final", "", True)
    (final,) = captions(speech.apply(read(again)))
    assert (final.committed, final.final) == (" ".join(WORDS[:30]), True)
    assert speech.lost_finals == 0


def test_last_words_are_written_as_the_glossary_has_them() -> None:
    speech = SpeechStream("s", None, loud, spelling=Spelling.of([Term("管理资产规模", "AUM")]))
    speech.push(spoken(20), 0)
    speech.finish()
    request = asked(speech)
    words = tuple(RecognisedWord(text, at * 100, at * 100 + 100, 0.9) for at, text in enumerate(["A", "U", "M"]))
    heard = SpeechResult("s", "u1", request.revision, "final", "A U M", "en", words, -0.1, 0.0)
    (final,) = captions(speech.apply(heard))
    assert (final.committed, [word.text for word in final.words]) == ("AUM", ["AUM"])


@pytest.mark.parametrize(("words", "lost"), [(5, 0), (30, 1)])
def test_what_rambles_twice_and_was_never_committed_was_a_cough_or_is_lost(words: int, lost: int) -> None:
    speech = stream()
    speech.push(spoken(words), 0)
    speech.finish()
    assert speech.apply(rambling(asked(speech))) == []
    (final,) = captions(speech.apply(rambling(asked(speech))))
    assert (final.committed, final.no_speech, speech.lost_finals) == ("", not lost, lost)


def test_a_final_that_rambles_twice_leaves_what_was_committed_live() -> None:
    speech = stream()
    play(speech, spoken(30))
    speech.finish()
    assert speech.apply(rambling(asked(speech))) == []
    (final,) = captions(speech.apply(rambling(asked(speech))))
    assert final.committed == " ".join(WORDS[:14])
    assert (final.final, final.no_speech, speech.lost_finals, speech.pending_finals()) == (True, False, 1, 0)
    assert [word.text for word in final.words] == final.committed.split()
    assert speech.guard_hits == {"loop": 2}


@pytest.mark.parametrize(("retry", "attempts"), [(True, 6), (False, 1)])
def test_a_failed_final_is_tried_again_and_given_up_at_last(retry: bool, attempts: int) -> None:
    speech = stream()
    play(speech, spoken(40))
    assert [type(event) for event in speech.finish()] == [SpeechEnded]
    for _ in range(attempts):
        assert speech.pending_finals() == 1
        request = speech.wants()
        assert request is not None
        assert speech.wants() is None, "it is under way"
        gave_up = speech.failed(request.revision, retry=retry)
    assert speech.pending_finals() == 0
    (caption,) = captions(gave_up)
    assert caption.final
    assert not caption.no_speech
    assert caption.committed, "the words that were agreed on while they were spoken"
    assert " ".join(word.text for word in caption.words) == caption.committed
    assert speech.lost_finals == 1


def test_a_final_that_no_engine_had_is_asked_for_as_long_as_it_takes() -> None:
    speech = stream()
    play(speech, spoken(40))
    speech.finish()
    for _ in range(100):
        request = speech.wants()
        assert request is not None
        assert speech.failed(request.revision, tried=False) == []
    for _ in range(6):
        request = speech.wants()
        assert request is not None
        gave_up = speech.failed(request.revision)
    assert len(finals(gave_up)) == speech.lost_finals == 1


def test_sound_held_for_an_engine_that_never_answers_is_bounded() -> None:
    speech = stream()
    lost = 0
    for at in range(120):
        events = speech.push(np.concatenate([spoken(30), silence(700)]), at * 3700)
        lost += len(finals(events))
    assert lost == speech.lost_finals > 0
    assert sum(len(final.audio) for final in speech._finals) <= 180 * 16_000


def test_without_an_engine_speech_is_still_found_and_measured() -> None:
    speech = stream(recognise=False)
    events = speech.push(np.concatenate([silence(500), spoken(20), silence(1000)]), 0)
    assert [type(event) for event in events] == [SpeechStarted, SpeechEnded]
    assert speech.wants() is None
    assert speech.pending_finals() == 0
    assert speech.voiced_ms == pytest.approx(2000, abs=64)


def test_a_short_gap_is_bridged_and_a_long_one_ends_the_utterance_where_it_began() -> None:
    speech = stream()
    speech.push(spoken(10), 0)
    assert speech.gap(1000, 1200) == []
    speech.push(spoken(10, 10), 1200)
    (ended,) = speech.gap(2200, 5000)
    assert isinstance(ended, SpeechEnded)
    assert ended.media_ms == pytest.approx(2200, abs=32)
    events = speech.push(spoken(10, 20), 5000)
    assert isinstance(events[0], SpeechStarted)
    assert events[0].media_ms == pytest.approx(5000, abs=32)
    texts = [caption.committed for caption in finals(settle(speech))]
    assert texts == [" ".join(WORDS[:20]), " ".join(WORDS[20:30])]


def test_a_jump_that_nobody_told_of_is_a_gap_and_what_comes_twice_is_heard_once() -> None:
    told, untold = stream(), stream()
    for speech in (told, untold):
        speech.push(spoken(10), 0)
    told.gap(1000, 4000)
    events = [told.push(spoken(10, 10), 4000), untold.push(spoken(10, 10), 4000)]
    assert untold.heard_ms == told.heard_ms == 5000
    assert events[0] == events[1][1:]
    again = untold.push(spoken(10, 10), 4000)
    assert again == []
    assert untold.heard_ms == 5000
    assert finals(settle(untold))[1].committed == " ".join(WORDS[10:20])


def test_after_finish_nothing_is_heard() -> None:
    speech = stream()
    speech.push(spoken(10), 0)
    speech.finish()
    assert speech.push(spoken(10), 1000) == speech.gap(2000, 9000) == speech.finish() == []


@settings(max_examples=30, deadline=None)
@given(
    turns=st.lists(st.tuples(st.integers(4, 40), st.integers(700, 1500)), min_size=1, max_size=4),
    latency=st.integers(0, 25),
    first=st.integers(0, 500),
)
def test_a_perfect_recogniser_makes_a_perfect_transcript_at_any_latency(
    turns: list[tuple[int, int]], latency: int, first: int
) -> None:
    speech = stream()
    parts: list[Pcm] = [silence(first)]
    said: list[str] = []
    for words, pause_ms in turns:
        words = min(words, 99 - len(said))
        parts += [spoken(words, len(said)) if words else silence(10), silence(pause_ms)]
        said += WORDS[len(said) : len(said) + words]
    events = play(speech, np.concatenate(parts), latency_pushes=latency) + settle(speech)
    transcript = " ".join(caption.committed for caption in finals(events))
    assert transcript == " ".join(said)
    revisions = [caption.revision for caption in captions(events) if caption.utterance_id == "u1"]
    assert revisions == sorted(revisions)
