"""Whisper through CTranslate2, called at the level of its parts: encode, detect_language, generate, align.

One encoder pass a batch serves all four. What may share a batch follows from CTranslate2: one window length, and
previous-text prompts of equal length (of different languages is fine). ``transcribe`` takes any list and forms
such groups itself; a scheduler that asks ``shape`` first hands it one group at a time.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import ctranslate2  # type: ignore[import-untyped]
import numpy as np
import tokenizers
from faster_whisper.tokenizer import Tokenizer  # type: ignore[import-untyped]

from realtime.inference.alignment import TimedCharacter, spread_evenly, words_of
from realtime.inference.engine import (
    SAMPLE_RATE,
    EngineDescription,
    RecognisedWord,
    SpeechRequest,
    SpeechResult,
)
from realtime.inference.features import WINDOWS_S, window_of, window_s
from realtime.inference.guards import RAMBLING, judge, without_credits
from realtime.inference.languages import is_another, spoken_language
from realtime.inference.log_mel import FRAMES_PER_S, MelWindow
from realtime.inference.whisper_files import ModelDirectory, not_loaded, read_model_directory
from realtime.inference.words import is_cjk

PROMPT_LENGTHS = (64, 32)
"""Tokens of previous text that a prompt may have, besides none. A shorter text is left out."""
TOKENS_PER_S = {"partial": 8, "final": 12}
"""How many tokens a second of sound may yield. Mandarin at its fastest needs about ten."""
_FREE_TOKENS = 8
_MOST_TOKENS = 220
"""Half of Whisper's 448 text positions, less the start sequence; the other half is for the previous text."""
_ALIGNED_FROM_S = 8
"""Partials of longer windows are aligned too: their stream needs true times to trim what is committed."""
_WARM_UP_TOKENS = 4
_POSITION_MS = 20


@dataclass(frozen=True, slots=True)
class _Window:
    """One request, ready to be computed. ``at``: its place in the caller's list."""

    at: int
    request: SpeechRequest
    seconds: int
    prompt: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    tokens: list[int]
    language: str
    mean_log_probability: float
    no_speech_probability: float
    other_language_probability: float


class CTranslate2Whisper:
    """``SpeechEngine``. Stateless between calls; call it from one thread.

    ``threads``: cores for one batch. ``compute_type``: as CTranslate2 names them, ``int8`` suits a CPU.
    """

    def __init__(
        self,
        model: ModelDirectory,
        *,
        threads: int = 1,
        compute_type: str = "int8",
        device: str = "cpu",
    ) -> None:
        self._directory = model
        try:
            self._model = ctranslate2.models.Whisper(
                str(model.path), device=device, intra_threads=threads, inter_threads=1, compute_type=compute_type
            )
        except (RuntimeError, ValueError) as error:
            raise not_loaded(model.path, str(error)) from error
        self._mels: int = self._model.n_mels
        self._description = replace(model.description, mels=self._mels)
        self._name = str(self._description)
        text = tokenizers.Tokenizer.from_file(str(model.path / "tokenizer.json"))
        self._tokenizers = {
            language: Tokenizer(text, multilingual=True, task="transcribe", language=language)
            for language in model.description.languages
        }
        self._tokenizer = next(iter(self._tokenizers.values()))
        self._stage_s: defaultdict[str, float] = defaultdict(float)
        self._try_out()

    @classmethod
    def from_directory(
        cls, directory: Path, *, threads: int = 1, compute_type: str = "int8", device: str = "cpu"
    ) -> "CTranslate2Whisper":
        """Raises ``ModelInvalid``, which says what is wrong with the directory and what to do."""
        return cls(read_model_directory(directory), threads=threads, compute_type=compute_type, device=device)

    def _try_out(self) -> None:
        """A tenth of a second through every part: what does not fit together is found before anybody speaks."""
        request = SpeechRequest("", "", 0, "final", np.zeros(SAMPLE_RATE // 10, np.float32), None)
        mel = self._heard(request).features(1)[None]
        try:
            encoded = self._model.encode(ctranslate2.StorageView.from_array(mel))
            language, _ = self._languages([_Window(0, request, 1, ())], encoded)[0]
            prompt = self._prompt(_Window(0, request, 1, ()), language)
            self._model.generate(encoded, [prompt], beam_size=1, max_length=len(prompt) + 2)
            self._model.align(encoded, self._tokenizers[language].sot_sequence, [[self._tokenizer.eot]], [10])
        except (RuntimeError, ValueError) as error:
            raise not_loaded(self._directory.path, str(error)) from error

    @property
    def description(self) -> EngineDescription:
        return self._description

    def stage_ms(self) -> dict[str, float]:
        """What was spent so far on features, encode, detect, generate and align."""
        return {stage: spent * 1e3 for stage, spent in self._stage_s.items()}

    def shape(self, request: SpeechRequest) -> tuple[int, int]:
        """(window in seconds, tokens of previous text): equal shapes share a batch."""
        return window_s(request.samples) or 0, len(self._previous_tokens(request))

    def warm_up(self, batches: Sequence[int] = (1,)) -> None:
        """Every window length, partial and final, in each batch size, a few tokens each."""
        for seconds in WINDOWS_S:
            audio = np.zeros((seconds - 1) * SAMPLE_RATE, np.float32)
            for kind in TOKENS_PER_S:
                request = SpeechRequest("warm-up", "", 0, kind, audio, None)  # type: ignore[arg-type]
                for size in batches:
                    windows = [_Window(at, request, seconds, ()) for at in range(size)]
                    self._compute(windows, most_tokens=_WARM_UP_TOKENS)
        self._stage_s.clear()

    def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
        results: dict[int, SpeechResult] = {}
        groups: dict[tuple[int, int, str], list[_Window]] = {}
        for at, request in enumerate(requests):
            seconds = window_s(request.samples)
            if (fault := _fault(request, self._mels)) is not None or seconds is None:
                results[at] = _rejected(request, fault or "audio_too_long", self._guess(request))
                continue
            window = _Window(at, request, seconds, self._previous_tokens(request))
            groups.setdefault((seconds, len(window.prompt), request.kind), []).append(window)
        for group in groups.values():
            for window, result in zip(group, self._compute(group), strict=True):
                results[window.at] = result
        return [replace(results[at], engine=self._name) for at in range(len(requests))]

    def _compute(self, group: Sequence[_Window], most_tokens: int = _MOST_TOKENS) -> list[SpeechResult]:
        with self._stage("features"):
            heard = [self._heard(window.request) for window in group]
            mel = np.stack([part.features(window.seconds) for part, window in zip(heard, group, strict=True)])
        with self._stage("encode"):
            encoded = self._model.encode(ctranslate2.StorageView.from_array(mel))
        with self._stage("detect"):
            languages = self._languages(group, encoded)
        with self._stage("generate"):
            hypotheses = self._generate(group, encoded, languages, most_tokens)
        with self._stage("align"):
            times = self._times(group, encoded, hypotheses)
        return [
            self._result(window.request, part.voiced_ms, hypothesis, timed)
            for window, part, hypothesis, timed in zip(group, heard, hypotheses, times, strict=True)
        ]

    def _heard(self, request: SpeechRequest) -> MelWindow:
        window = window_of(request, self._mels)
        assert window is not None, "refused by _fault"
        return window

    def _languages(self, group: Sequence[_Window], encoded: ctranslate2.StorageView) -> list[tuple[str, float]]:
        """The language asked for, or the likelier of those this model may use; and how likely it is none of them."""
        asked = [self._asked(window.request) for window in group]
        if None not in asked:
            return [(language, 0.0) for language in asked if language]
        chosen = []
        for language, ranking in zip(asked, self._model.detect_language(encoded), strict=True):
            likely = [(token.strip("<|>"), probability) for token, probability in ranking]
            chosen.append((language, 0.0) if language else spoken_language(likely, self._tokenizers))
        return chosen

    def _generate(
        self,
        group: Sequence[_Window],
        encoded: ctranslate2.StorageView,
        languages: list[tuple[str, float]],
        most_tokens: int,
    ) -> list[_Hypothesis]:
        kind = group[0].request.kind
        prompts = [self._prompt(window, language) for window, (language, _) in zip(group, languages, strict=True)]
        longest_s = max(window.request.samples for window in group) / SAMPLE_RATE
        tokens = min(most_tokens, _FREE_TOKENS + int(TOKENS_PER_S[kind] * longest_s))
        answers = self._model.generate(
            encoded,
            prompts,
            beam_size=1 if kind == "partial" else self._directory.final_beam,
            max_length=_max_length(tokens, len(prompts[0])),
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            _Hypothesis(
                tokens=list(answer.sequences_ids[0]),
                language=language,
                mean_log_probability=_mean_log_probability(answer.scores[0], len(answer.sequences_ids[0])),
                no_speech_probability=answer.no_speech_prob,
                other_language_probability=other,
            )
            for answer, (language, other) in zip(answers, languages, strict=True)
        ]

    def _times(
        self, group: Sequence[_Window], encoded: ctranslate2.StorageView, hypotheses: list[_Hypothesis]
    ) -> list[list[TimedCharacter] | None]:
        """Per request the time of every character, or None where an even spread has to do.

        ``align`` takes one start sequence a call, so a batch of two languages is aligned twice; rows that are not
        meant get a single token then, which costs next to nothing.
        """
        times: list[list[TimedCharacter] | None] = [None] * len(group)
        wanted = [_is_timed(window) for window in group]
        frames = [min(w.seconds * FRAMES_PER_S, w.request.samples // 160 + 20) for w in group]
        for language in sorted({hypothesis.language for hypothesis in hypotheses}):
            tokenizer = self._tokenizers[language]
            rows = [at for at, h in enumerate(hypotheses) if wanted[at] and h.language == language and h.tokens]
            if not rows:
                continue
            text = [hypotheses[at].tokens if at in rows else [tokenizer.eot] for at in range(len(group))]
            answers = self._model.align(encoded, tokenizer.sot_sequence, text, frames)
            for at in rows:
                times[at] = _character_times(
                    tokenizer, hypotheses[at].tokens, answers[at].alignments, answers[at].text_token_probs
                )
        return times

    def _result(
        self,
        request: SpeechRequest,
        voiced_ms: tuple[int, int],
        hypothesis: _Hypothesis,
        timed: list[TimedCharacter] | None,
    ) -> SpeechResult:
        whole = self._tokenizers[hypothesis.language].decode(hypothesis.tokens).strip()
        text = without_credits(whole) or whole
        start_ms, end_ms = voiced_ms
        voiced_s = (end_ms - start_ms) / 1000
        rejected: str | None = judge(
            text,
            voiced_s=voiced_s,
            no_speech_probability=hypothesis.no_speech_probability,
            mean_log_probability=hypothesis.mean_log_probability,
            hot_words=request.hot_words if self._directory.hot_words else (),
        )
        if (rejected is None or rejected in RAMBLING) and is_another(
            hypothesis.other_language_probability,
            mean_log_probability=hypothesis.mean_log_probability,
            voiced_s=voiced_s,
        ):
            rejected = "other_language"
        words: tuple[RecognisedWord, ...] = ()
        if rejected is None:
            even = spread_evenly(text, start_ms, end_ms, math.exp(hypothesis.mean_log_probability))
            words = words_of(text, timed or even, earliest_ms=start_ms, latest_ms=end_ms)
        return SpeechResult(
            session_id=request.session_id,
            utterance_id=request.utterance_id,
            revision=request.revision,
            kind=request.kind,
            text="" if rejected else text,
            language=hypothesis.language,
            words=words,
            mean_log_probability=hypothesis.mean_log_probability,
            no_speech_probability=hypothesis.no_speech_probability,
            rejected=rejected,
            credits_cut=rejected is None and text != whole,
        )

    def _asked(self, request: SpeechRequest) -> str | None:
        return request.language if request.language in self._tokenizers else None

    def _guess(self, request: SpeechRequest) -> str:
        return self._asked(request) or self.description.languages[0]

    def _prompt(self, window: _Window, language: str) -> list[int]:
        tokenizer = self._tokenizers[language]
        previous = [tokenizer.sot_prev, *window.prompt] if window.prompt else []
        return [*previous, *tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _previous_tokens(self, request: SpeechRequest) -> tuple[int, ...]:
        """Hot words and the end of what was said before, together of a length that a batch may have, or nothing."""
        if not self._directory.previous_text:
            return ()
        # The first hot word is the most telling, so it stands last and is the last to be cut.
        told = request.hot_words[::-1] if self._directory.hot_words else ()
        words = ("，" if is_cjk("".join(told)) else ", ").join(told)
        return shared_prompt(self._encoded(words), self._encoded(request.previous_text))

    def _encoded(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(" " + text.strip())) if text.strip() else []

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._stage_s[name] += time.perf_counter() - started


def _is_timed(window: _Window) -> bool:
    return window.request.kind == "final" or window.request.timed or window.seconds > _ALIGNED_FROM_S


def shared_prompt(hot_words: list[int], previous: list[int]) -> tuple[int, ...]:
    """The tokens of a prompt: the end of ``previous`` behind the end of ``hot_words``, which get half of it, or as much
    as the other leaves over. Exactly one of ``PROMPT_LENGTHS`` or none: padding would be text that nobody said."""
    length = next((length for length in PROMPT_LENGTHS if length <= len(hot_words) + len(previous)), 0)
    if not length:
        return ()
    room = max(length // 2, length - len(previous))
    words = hot_words[-room:]
    return (*words, *previous[len(previous) - (length - len(words)) :])


def _max_length(new_tokens: int, prompt_tokens: int) -> int:
    """CTranslate2 yields min(max_length / 2, max_length - prompt + 1) tokens at most: the half that it keeps free
    for previous text is gone whether there is any or not."""
    return max(2 * new_tokens, new_tokens + prompt_tokens - 1)


def _mean_log_probability(score: float, tokens: int) -> float:
    """CTranslate2's score is a mean over the tokens, so of none it is no number; Whisper counts the end token too."""
    return score * tokens / (tokens + 1) if tokens else 0.0


def _character_times(
    tokenizer: Tokenizer, tokens: list[int], steps: Sequence[tuple[int, int]], probabilities: Sequence[float]
) -> list[TimedCharacter] | None:
    """From the path through (token, position) to a time for every character that is not a space.

    A token of several characters gives each its share; a character of several tokens gets the time of all.
    """
    if not steps:
        return None
    path = np.asarray(steps)
    first = np.pad(np.diff(path[:, 0]), (1, 0), constant_values=1).astype(bool)
    begins_ms = path[first, 1] * _POSITION_MS
    if len(begins_ms) != len(tokens) + 1:
        return None
    characters: list[TimedCharacter] = []
    at = 0
    for unit, unit_tokens in zip(*tokenizer.split_tokens_on_unicode(tokens), strict=True):
        ends = at + len(unit_tokens)
        probability = float(np.mean(probabilities[at:ends]))
        characters += spread_evenly(unit, int(begins_ms[at]), int(begins_ms[ends]), probability)
        at = ends
    return characters


def _fault(request: SpeechRequest, mels: int) -> str | None:
    if request.samples == 0:
        return "no_speech"
    if isinstance(request.features, MelWindow):
        return None if request.features.mels == mels else "other_features"
    return None if np.isfinite(request.audio).all() else "invalid_audio"


def _rejected(request: SpeechRequest, why: str, language: str) -> SpeechResult:
    return SpeechResult(
        session_id=request.session_id,
        utterance_id=request.utterance_id,
        revision=request.revision,
        kind=request.kind,
        text="",
        language=language,
        words=(),
        mean_log_probability=0.0,
        no_speech_probability=1.0 if why == "no_speech" else 0.0,
        rejected=why,
    )
