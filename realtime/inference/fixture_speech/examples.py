"""What the model is taught: windows as the server cuts them, with the text that can be heard in them.

A window begins a little before speech (voice activity's pre-roll), sometimes in the middle of a sentence
(after a commit); it ends anywhere, so only words that have been finished are written; it is filled up with
silence to a bucket. Some windows hold no speech at all.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor  # type: ignore[import-untyped]
from tokenizers import Tokenizer

from realtime.inference.engine import SAMPLE_RATE, Pcm
from realtime.inference.fixture_speech import vocabulary
from realtime.inference.fixture_speech.make_corpus import Recording, TimedWord
from realtime.inference.fixture_speech.sound import through_opus

Features = npt.NDArray[np.float32]
FRAMES_PER_SECOND = 100
POSITION_MS = 20
IGNORE = -100
PUNCTUATION_AFTER_MS = 150
"""Punctuation is heard as a pause: it is written only when this much of the pause is in the window."""

_extract = FeatureExtractor()


@dataclass(frozen=True, slots=True)
class Piece:
    """A text token and the stretch of audio it belongs to."""

    token: int
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Example:
    """``tokens``: input; ``targets``: what comes next at each place or IGNORE; ``spans``: for each place
    the encoder positions [from, to) its answer is heard at, or (0, 0)."""

    features: Features
    tokens: list[int]
    targets: list[int]
    spans: list[tuple[int, int]]
    text: list[int]


def features_of(audio: Pcm, seconds: float) -> Features:
    """Log-mel, (80, 100 * seconds), the audio filled up with silence or cut."""
    samples = round(seconds * SAMPLE_RATE)
    padded = np.pad(audio[:samples], (0, max(0, samples - len(audio))))
    computed: Features = _extract(padded)[:, : round(seconds * FRAMES_PER_SECOND)].astype(np.float32)
    return computed


class Lessons:
    """Draws examples. The same seed and corpus draw the same ones."""

    def __init__(self, canonical: list[Recording], varied: list[Recording], tokenizer: Tokenizer, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.tokenizer = tokenizer
        self.canonical = canonical
        self.varied = varied
        self.special = {token: vocabulary.id_of(tokenizer, token) for token in vocabulary.SPECIAL}
        self.heard = {
            id(recording): [recording.pcm, *(through_opus(recording.pcm, rate) for rate in rates)]
            for recordings, rates in ((canonical, (16_000, 24_000, 32_000)), (varied, (24_000,)))
            for recording in recordings
        }

    # ------------------------------------------------------------------ one example
    def draw(self, seconds: float) -> Example:
        """An example in a window of ``seconds``; what does not fit is cut off, with its words."""
        random = self.random
        if random.random() < 0.06:
            return self._no_speech(seconds)
        audio, words, index = self._speech(seconds)
        audio, words = self._change_speed(audio, words)
        if random.random() < 0.12:
            audio, words = self._cut_start(audio, words)
        lead_ms = random.uniform(0, 600)
        audio = np.concatenate([np.zeros(round(lead_ms * 16), np.float32), audio])
        words = [_shifted(word, lead_ms) for word in words]
        limit_ms = min(seconds * 1000, len(audio) / 16 + random.uniform(0, 1200))
        if random.random() < 0.45:
            limit_ms = random.uniform(min(500, limit_ms), limit_ms)
        pieces = self._pieces(words, limit_ms)
        audio = np.pad(audio, (0, max(0, round(limit_ms * 16) - len(audio))))[: round(limit_ms * 16)]
        audio = self._room(audio)
        language = self.canonical[index].language
        features = features_of(audio, seconds)
        return self._sequence(features, pieces, language, self._previous(index))

    def _speech(self, seconds: float) -> tuple[Pcm, list[TimedWord], int]:
        """A sentence, or two with a short pause."""
        random = self.random
        index = int(random.integers(len(self.canonical)))
        audio, words = self._sentence(index)
        if random.random() < (0.15 if seconds > 6 else 0.05):
            other = index + 1 if index + 1 < len(self.canonical) and random.random() < 0.7 else self._any()
            if self.canonical[other].language == self.canonical[index].language:
                more, more_words = self._sentence(other)
                gap_ms = random.uniform(100, 700)
                shift_ms = len(audio) / 16 + gap_ms
                audio = np.concatenate([audio, np.zeros(round(gap_ms * 16), np.float32), more])
                words = words + [_shifted(word, shift_ms) for word in more_words]
        return audio, words, index

    def _any(self) -> int:
        return int(self.random.integers(len(self.canonical)))

    def _sentence(self, index: int) -> tuple[Pcm, list[TimedWord]]:
        recording = self.canonical[index]
        if self.random.random() < 0.3:
            variants = [other for other in self.varied if other.id == recording.id]
            recording = variants[int(self.random.integers(len(variants)))]
        copies = self.heard[id(recording)]
        return copies[int(self.random.integers(len(copies)))], list(recording.words)

    def _change_speed(self, audio: Pcm, words: list[TimedWord]) -> tuple[Pcm, list[TimedWord]]:
        if self.random.random() > 0.3:
            return audio, words
        factor = self.random.uniform(0.96, 1.04)
        at = np.arange(0, len(audio) - 1, factor)
        faster = np.interp(at, np.arange(len(audio)), audio).astype(np.float32)
        return faster, [
            replace(word, start_ms=round(word.start_ms / factor), end_ms=round(word.end_ms / factor)) for word in words
        ]

    def _cut_start(self, audio: Pcm, words: list[TimedWord]) -> tuple[Pcm, list[TimedWord]]:
        """As after a commit: the window begins at a word's boundary."""
        first = int(self.random.integers(0, max(1, len(words) - 2)))
        cut_ms = max(0.0, words[first].start_ms - self.random.uniform(0, 40))
        return audio[round(cut_ms * 16) :], [_shifted(word, -cut_ms) for word in words[first:]]

    def _room(self, audio: Pcm) -> Pcm:
        """Reverberation, noise and level."""
        random = self.random
        if random.random() < 0.2:
            length = round(random.uniform(0.1, 0.35) * SAMPLE_RATE)
            tail = random.standard_normal(length) * np.exp(-6.9 * np.arange(length) / length)
            wet = np.fft.irfft(np.fft.rfft(audio, len(audio) + length) * np.fft.rfft(tail, len(audio) + length))
            audio = audio + wet[: len(audio)] * random.uniform(0.01, 0.05)
        if random.random() < 0.6:
            level = 10 ** (random.uniform(-75, -32) / 20)
            audio = audio + _noise(random, len(audio)) * level
        return (audio * 10 ** (random.uniform(-12, 6) / 20)).astype(np.float32)

    def _no_speech(self, seconds: float) -> Example:
        random = self.random
        audio = np.zeros(round(random.uniform(0.5, seconds) * SAMPLE_RATE), np.float32)
        if random.random() < 0.8:
            audio += (_noise(random, len(audio)) * 10 ** (random.uniform(-90, -20) / 20)).astype(np.float32)
        if random.random() < 0.3:
            times = np.arange(len(audio)) / SAMPLE_RATE
            audio += (np.sin(2 * np.pi * random.uniform(50, 1000) * times) * random.uniform(0, 0.1)).astype(np.float32)
        if random.random() < 0.2:
            at = int(random.integers(0, max(1, len(audio) - 800)))
            audio[at : at + 400] += random.standard_normal(len(audio[at : at + 400])).astype(np.float32) * 0.2
        features = features_of(audio, seconds)
        return self._sequence(features, [], None, self._previous(int(random.integers(len(self.canonical)))))

    # ------------------------------------------------------------------ its text
    def _pieces(self, words: list[TimedWord], limit_ms: float) -> list[Piece]:
        """Tokens of the words finished before ``limit_ms``, each with its share of the word's time."""
        pieces: list[Piece] = []
        for index, word in enumerate(words):
            if word.end_ms - 0.1 * (word.end_ms - word.start_ms) > limit_ms:
                break
            latin = word.text[0].isascii()
            tokens = self.tokenizer.encode(f" {word.text}" if latin and index else word.text).ids
            edges = np.linspace(word.start_ms, word.end_ms, len(tokens) + 1)
            pieces += [Piece(token, edges[i], edges[i + 1]) for i, token in enumerate(tokens)]
            last = index + 1 == len(words)
            next_ms = word.end_ms + 300 if last else words[index + 1].start_ms
            if word.after and min(word.end_ms + PUNCTUATION_AFTER_MS, next_ms) <= limit_ms:
                end_ms = max(next_ms, word.end_ms + 60)
                pieces += [Piece(t, word.end_ms, end_ms) for t in self.tokenizer.encode(word.after).ids]
        return pieces

    def _previous(self, index: int) -> list[int]:
        """Committed text before this window; with its own class of lengths, as the scheduler sends it."""
        if self.random.random() > 0.3:
            return []
        answer = self.canonical[index].id.rsplit("-", 1)[0]
        before = [r.text for r in self.canonical[:index] if r.id.rsplit("-", 1)[0] == answer]
        if not before or self.random.random() < 0.3:
            before = [self.canonical[int(self.random.integers(len(self.canonical)))].text]
        joiner = "" if self.canonical[index].language == "zh" else " "
        tokens: list[int] = self.tokenizer.encode(joiner.join(before)).ids
        return tokens[-int(self.random.choice([8, 16, 32, 64])) :]

    def _sequence(self, features: Features, pieces: list[Piece], language: str | None, previous: list[int]) -> Example:
        special, random = self.special, self.random
        told = language if language and random.random() < 0.9 else str(random.choice(vocabulary.LANGUAGES))
        prompt = [special[vocabulary.PREVIOUS], *previous] if previous else []
        text = [piece.token for piece in pieces]
        start = special[vocabulary.START]
        head = [start, special[f"<|{told}|>"], special[vocabulary.TRANSCRIBE], special[vocabulary.NO_TIMESTAMPS]]
        first = special[f"<|{language}|>"] if language else special[vocabulary.NO_SPEECH]
        targets = [IGNORE] * len(prompt) + [first, IGNORE, IGNORE] + text + [special[vocabulary.END]]
        last_ms = pieces[-1].end_ms if pieces else 0.0
        spans = [_span(piece.start_ms, piece.end_ms, features) for piece in pieces]
        spans.append(_span(last_ms, last_ms + 200, features) if pieces else (0, 0))
        return Example(
            features,
            [*prompt, *head, *text],
            targets,
            [(0, 0)] * (len(prompt) + 3) + spans,
            text,
        )


def _shifted(word: TimedWord, by_ms: float) -> TimedWord:
    return replace(word, start_ms=round(word.start_ms + by_ms), end_ms=round(word.end_ms + by_ms))


def _span(start_ms: float, end_ms: float, features: Features) -> tuple[int, int]:
    positions = features.shape[1] // 2
    start = min(round(start_ms / POSITION_MS), positions - 1)
    return start, max(start + 1, min(positions, round(end_ms / POSITION_MS)))


def _noise(random: np.random.Generator, samples: int) -> npt.NDArray[np.float64]:
    """White, or falling by 3 or 6 dB an octave; unit power."""
    spectrum = np.fft.rfft(random.standard_normal(samples))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** (random.choice([0.0, 0.5, 1.0]))
    noise: npt.NDArray[np.float64] = np.fft.irfft(spectrum, samples)
    noise /= noise.std() + 1e-12
    return noise
