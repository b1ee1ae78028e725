"""The model as every measured server loads it: each call is counted, and the stand-in is given its words.

Runs inside the servers' own environments: NumPy, CTranslate2 and tokenizers are all it may import. Encoding, decoding
and aligning are always computed, with the number of tokens that the words need; only then are the words put in place
of what random weights said. What that takes is kept apart (``told_ns``), so that it can be taken off a server's CPU.
"""

import os
import time
from collections import OrderedDict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import tokenizers

from bench.speech import pilot
from bench.speech.script import Heard, Script

COUNTS = ("encodes", "windows", "frames", "generates", "tokens", "aligns", "told_ns")
REMEMBERED = 64
"""Encoder outputs whose windows are known still. A server encodes and decodes in one go."""
_SURE, _UNSURE = -0.15, -1.6
"""Mean log-probabilities: of words, and of silence."""
_KNOWN, _GUESSED = 0.97, 0.4
"""Probabilities of the tokens of a word that is right, and of one that was cut."""
_POSITION_MS = 20


def counts_of(folder: Path) -> dict[str, int]:
    """Of all processes of a server together."""
    rows = [np.memmap(file, np.int64, "r", shape=len(COUNTS)) for file in sorted(folder.glob("*.counts"))]
    total = np.sum(rows, axis=0) if rows else np.zeros(len(COUNTS), np.int64)
    return {name: int(value) for name, value in zip(COUNTS, total, strict=True)}


class Teller:
    """Turns what is heard into the tokens, times and answers of CTranslate2."""

    def __init__(self, script: Script, tokenizer: tokenizers.Tokenizer) -> None:
        self.script = script
        self._tokenizer = tokenizer
        self.end = tokenizer.token_to_id("<|endoftext|>")
        self.no_timestamps = tokenizer.token_to_id("<|notimestamps|>") or 0
        self._pieces = dict[str, list[int]]()

    def listen(self, features: npt.NDArray[np.float32]) -> list[Heard]:
        return [self.script.heard(pilot.read(window)) for window in features]

    def tokens(self, heard: Heard, *, timestamps: bool) -> list[int]:
        """With timestamps: each sentence between two of them, as Whisper writes segments."""
        text, sentence, last_ms = list[int](), None, 0.0
        for word in heard.words:
            if timestamps and word.word.sentence != sentence:
                text += [] if sentence is None else [self._stamp(last_ms)]
                text.append(self._stamp(word.start_ms))
                sentence = word.word.sentence
            text += self._encode(word.text) + self._punctuation(word)
            last_ms = word.end_ms
        return [*text, self._stamp(last_ms)] if timestamps and text else text

    def path(self, heard: Heard, asked: list[int], frames: int) -> SimpleNamespace:
        """An alignment of ``asked`` (text tokens of this window, perhaps not all) with the times of the script."""
        timed = [(word, at) for word in heard.words for at in self._timed(word)]
        begins = [at for _, at in timed]
        known = [token for token, _ in begins]
        at = next((n for n in range(len(known)) if known[n : n + len(asked)] == asked), None) if asked else None
        if at is None:
            times = np.linspace(0, max(1, frames // 2 - 1), len(asked) + 1).astype(int).tolist()
            sure = [_GUESSED] * len(asked)
        else:
            last_ms = heard.words[-1].end_ms if at + len(asked) == len(begins) else begins[at + len(asked)][1]
            times = [round(ms / _POSITION_MS) for _, ms in begins[at : at + len(asked)]] + [
                round(last_ms / _POSITION_MS)
            ]
            spoken = [word for word, _ in timed[at : at + len(asked)]]
            sure = [_KNOWN if word.text == word.word.text else _GUESSED for word in spoken]
        return SimpleNamespace(alignments=list(enumerate(times)), text_token_probs=sure)

    def _timed(self, word: Any) -> list[tuple[int, float]]:
        own = self._encode(word.text)
        share_ms = (word.end_ms - word.start_ms) / len(own)
        timed = [(token, word.start_ms + n * share_ms) for n, token in enumerate(own)]
        return timed + [(token, word.end_ms) for token in self._punctuation(word)]

    def _punctuation(self, word: Any) -> list[int]:
        """It is heard as a pause: not behind a word that was cut."""
        return self._encode(word.word.after) if word.word.after and word.text == word.word.text else []

    def _encode(self, text: str) -> list[int]:
        if text not in self._pieces:
            self._pieces[text] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return self._pieces[text]

    def _stamp(self, ms: float) -> int:
        return self.no_timestamps + 1 + min(1500, max(0, round(ms / _POSITION_MS)))


def counted(whisper: Any, folder: Path, script: Script | None) -> Any:
    """A subclass of ``ctranslate2.models.Whisper`` that counts into ``folder``, one file a process. ``script``: the
    tape, for the stand-in; without it the model's own words stand."""
    counts = np.memmap(folder / f"{os.getpid()}.counts", np.int64, "w+", shape=len(COUNTS))

    def count(name: str, by: int = 1) -> None:
        counts[COUNTS.index(name)] += by

    class CountedWhisper(whisper):  # type: ignore[misc]
        def __init__(self, model_path: str, *arguments: Any, **options: Any) -> None:
            super().__init__(model_path, *arguments, **options)
            self._teller: Teller | None = None
            if script is not None:
                tokenizer = tokenizers.Tokenizer.from_file(str(Path(model_path) / "tokenizer.json"))
                self._teller = Teller(script, tokenizer)
            self._heard = OrderedDict[int, tuple[Any, list[Heard]]]()

        def encode(self, features: Any, *arguments: Any, **options: Any) -> Any:
            count("encodes")
            count("windows", features.shape[0])
            count("frames", features.shape[0] * features.shape[2])
            encoded = super().encode(features, *arguments, **options)
            if self._teller is not None:
                with _Telling(count):
                    # The output is kept too, so that no other one can have its id.
                    self._heard[id(encoded)] = (encoded, self._teller.listen(_array(features)))
                    while len(self._heard) > REMEMBERED:
                        self._heard.popitem(last=False)
            return encoded

        def detect_language(self, features: Any) -> Any:
            found = super().detect_language(features)
            if self._teller is None:
                return found
            ordered = [("en", "zh") if heard.language == "en" else ("zh", "en") for heard in self._of(features)]
            return [[(f"<|{first}|>", 0.98), (f"<|{second}|>", 0.02)] for first, second in ordered]

        def generate(self, features: Any, prompts: Any, **options: Any) -> Any:
            count("generates")
            if self._teller is None:
                answers = super().generate(features, prompts, **options)
                count("tokens", sum(len(answer.sequences_ids[0]) for answer in answers))
                return answers
            teller = self._teller
            with _Telling(count):
                heard = self._of(features)
                rows = [
                    teller.tokens(one, timestamps=teller.no_timestamps not in prompt)
                    for one, prompt in zip(heard, prompts, strict=True)
                ]
            steps = max(map(len, rows)) + 1  # and one to end
            forbidden = [-1] if options.get("suppress_tokens") is None else list(options["suppress_tokens"])
            if -1 not in forbidden:
                options["suppress_tokens"] = sorted({*forbidden, teller.end})
            options["max_length"] = max(2 * steps, steps + len(prompts[0]) - 1)
            super().generate(features, prompts, **options)
            count("tokens", steps * len(rows))
            return [_answer(one, row) for one, row in zip(heard, rows, strict=True)]

        def align(self, features: Any, start: Any, text: Any, frames: Any, **options: Any) -> Any:
            count("aligns")
            found = super().align(features, start, text, frames, **options)
            if self._teller is None:
                return found
            with _Telling(count):
                each = frames if isinstance(frames, list) else [frames] * len(text)
                rows = zip(self._of(features), text, each, strict=True)
                return [self._teller.path(heard, list(asked), of) for heard, asked, of in rows]

        def _of(self, features: Any) -> list[Heard]:
            known = self._heard.get(id(features))
            if known is not None:
                return known[1]
            array = _array(features)
            if array.ndim == 3 and array.shape[1] in (80, 128) and self._teller is not None:
                return self._teller.listen(array)  # features straight into generate
            return [Heard((), False)] * array.shape[0]

    return CountedWhisper


class _Telling:
    """Keeps account of the time that is the bench's own."""

    def __init__(self, count: Any) -> None:
        self._count = count

    def __enter__(self) -> None:
        self._began = time.thread_time_ns()

    def __exit__(self, *_: object) -> None:
        self._count("told_ns", time.thread_time_ns() - self._began)


def _array(features: Any) -> npt.NDArray[np.float32]:
    return np.asarray(features, np.float32)


def _answer(heard: Heard, tokens: list[int]) -> SimpleNamespace:
    score, no_speech = (_SURE, 0.02) if tokens else (_UNSURE, 0.4 if heard.voiced else 0.97)
    return SimpleNamespace(sequences_ids=[tokens], sequences=[[]], scores=[score], no_speech_prob=no_speech, logits=[])
