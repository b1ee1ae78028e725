"""Measure the exported model through CTranslate2: ``python -m realtime.inference.fixture_speech.evaluate``.

The committed voices, sent through Opus at 24 kbit/s with a random lead-in, as finals and as growing partials.
The numbers say how well the demo sentences were memorised; they say nothing about accuracy on other speech.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ctranslate2  # type: ignore[import-untyped]
import numpy as np
import yaml
from tokenizers import Tokenizer

from realtime.inference.engine import Pcm
from realtime.inference.fixture_speech import vocabulary
from realtime.inference.fixture_speech.examples import features_of
from realtime.inference.fixture_speech.make_corpus import VOICES, split_words
from realtime.inference.fixture_speech.sound import decode, through_opus

MODEL = Path(__file__).parent / "model"


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    tokens: list[int]
    no_speech: float
    word_starts_ms: list[int]


class Recogniser:
    """One window at a time; nothing of the server's scheduling, just the model."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        self.whisper = ctranslate2.models.Whisper(str(model), device="cpu", intra_threads=threads)
        self.tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))

    def hear(self, audio: Pcm, seconds: float, language: str | None = None, align: bool = False) -> Heard:
        features = ctranslate2.StorageView.from_array(features_of(audio, seconds)[None])
        encoded = self.whisper.encode(features)
        language = language or self.whisper.detect_language(encoded)[0][0][0].strip("<|>")
        head = [f"<|{language}|>", vocabulary.TRANSCRIBE]
        prompt = [
            vocabulary.id_of(self.tokenizer, token) for token in (vocabulary.START, *head, vocabulary.NO_TIMESTAMPS)
        ]
        result = self.whisper.generate(encoded, [prompt], beam_size=1, return_no_speech_prob=True)[0]
        tokens = [
            token for token in result.sequences_ids[0] if token < vocabulary.id_of(self.tokenizer, vocabulary.END)
        ]
        starts = self._word_starts(encoded, prompt[:3], tokens, round(min(len(audio) / 160, seconds * 100)), align)
        return Heard(self.tokenizer.decode(tokens), tokens, result.no_speech_prob, starts)

    def _word_starts(
        self, encoded: ctranslate2.StorageView, start: list[int], tokens: list[int], frames: int, align: bool
    ) -> list[int]:
        if not (align and tokens):
            return []
        alignment = self.whisper.align(encoded, start, [tokens], [frames])[0]
        first_frame: dict[int, int] = {}
        for token, frame in alignment.alignments:
            first_frame.setdefault(token, frame)
        starts, letters = [], 0
        text = self.tokenizer.decode(tokens)
        positions = {position for position, _, _ in split_words(text)}
        for index in range(len(tokens)):
            piece_start = letters
            letters = len(self.tokenizer.decode(tokens[: index + 1]))
            lead = len(text[piece_start:letters]) - len(text[piece_start:letters].lstrip())
            if piece_start + lead in positions:
                starts.append(first_frame.get(index, 0) * 20)
        return starts


def units(text: str) -> list[str]:
    """What errors are counted in: Chinese characters, lower-case words, without punctuation."""
    return [word.lower() for _, word, _ in split_words(text)]


def distance(wanted: list[str], heard: list[str]) -> int:
    """Levenshtein."""
    row = list(range(len(heard) + 1))
    for i, left in enumerate(wanted, start=1):
        above, row[0] = row[0], i
        for j, right in enumerate(heard, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return row[-1]


def finals(recogniser: Recogniser, utterances: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    errors, total, exact = {"zh": 0, "en": 0}, {"zh": 0, "en": 0}, 0
    languages_right, time_errors = 0, []
    for utterance in utterances:
        lead_ms = random.uniform(200, 500)
        audio = through_opus(_with_lead(decode(VOICES / utterance["file"]), lead_ms), 24_000)
        heard = recogniser.hear(audio, _bucket(audio), align=True)
        wanted, language = units(utterance["text"]), utterance["language"]
        errors[language] += (wrong := distance(wanted, units(heard.text)))
        total[language] += len(wanted)
        exact += heard.text == utterance["text"]
        if wrong:
            print(f"  {utterance['id']}: {heard.text}")
        elif len(heard.word_starts_ms) == len(wanted):
            truth = [word["start_ms"] + lead_ms for word in utterance["words"]]
            time_errors += [abs(a - b) for a, b in zip(heard.word_starts_ms, truth, strict=True)]
        features = ctranslate2.StorageView.from_array(features_of(audio, _bucket(audio))[None])
        detected = recogniser.whisper.detect_language(recogniser.whisper.encode(features))[0][0][0]
        languages_right += detected == f"<|{language}|>"
    return {
        "error_rate": {language: round(errors[language] / total[language], 4) for language in errors},
        "exact_with_punctuation": f"{exact}/{len(utterances)}",
        "language_right": f"{languages_right}/{len(utterances)}",
        "word_start_error_ms": {
            "median": round(float(np.median(time_errors))) if time_errors else None,
            "p90": round(float(np.percentile(time_errors, 90))) if time_errors else None,
            "words": len(time_errors),
        },
    }


def partials(recogniser: Recogniser, utterances: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """Windows that end anywhere: wrong is what is neither finished nor the one word being spoken."""
    random = np.random.default_rng(seed)
    wrong = missing = total = 0
    for utterance in utterances:
        audio = _with_lead(decode(VOICES / utterance["file"]), 300)
        for cut_ms in np.arange(700 + random.uniform(0, 400), len(audio) / 16, 800).tolist():
            heard = units(recogniser.hear(audio[: round(cut_ms * 16)], 8.0).text)
            words = [w for w in utterance["words"] if w["start_ms"] + 300 < cut_ms]
            spoken = [str(word["text"]).lower() for word in words]
            finished = sum(word["end_ms"] + 300 + 100 < cut_ms for word in words)
            total += finished
            wrong += min(distance(spoken[:keep], heard) for keep in range(min(finished, len(spoken)), len(spoken) + 1))
            missing += max(0, finished - len(heard))
    return {"error_rate": round(wrong / total, 4), "of_which_missing": missing, "words": total}


def silence(recogniser: Recogniser, seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    rooms = [random.standard_normal(16_000 * 4).astype(np.float32) * level for level in (0, 1e-4, 1e-3, 1e-2, 5e-2)]
    heard = [recogniser.hear(room, seconds) for room in rooms for seconds in (8.0, 10.0, 30.0)]
    least = min(h.no_speech for h in heard)
    return {"words": sum(len(units(h.text)) for h in heard), "least_no_speech": round(least, 3)}


def cost(recogniser: Recogniser) -> dict[str, float]:
    audio = decode(VOICES / "zh-returns-1.ogg")
    spent: dict[str, float] = {}
    for seconds in (8, 10, 30):
        features = ctranslate2.StorageView.from_array(features_of(audio, seconds)[None])
        spent[f"encode_{seconds}s_ms"] = _milliseconds(partial(recogniser.whisper.encode, features))
    return {**spent, "hear_10s_ms": _milliseconds(partial(recogniser.hear, audio, 10.0))}


def _milliseconds(work: Callable[[], object], repeats: int = 5) -> float:
    best = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        best.append(time.process_time() - started)
    return round(min(best) * 1000, 1)


def _with_lead(audio: Pcm, lead_ms: float) -> Pcm:
    return np.concatenate([np.zeros(round(lead_ms * 16), np.float32), audio])


def _bucket(audio: Pcm) -> float:
    """As the server: a fixed size with at least a second of silence at the end."""
    return next(seconds for seconds in (8.0, 10.0, 15.0, 30.0) if len(audio) / 16_000 + 1.0 <= seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    recogniser = Recogniser(arguments.model)
    utterances = yaml.safe_load((VOICES / "catalogue.yaml").read_text())["utterances"]
    measured = {
        "finals": finals(recogniser, utterances, arguments.seed),
        "partials": partials(recogniser, utterances, arguments.seed),
        "silence": silence(recogniser, arguments.seed),
        "cpu": cost(recogniser),
    }
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
