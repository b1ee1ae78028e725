"""The demo's voices as answers, with the time of every word: as they are, in a noisy room, and spoken faster than any
voice the fixture model has learned. In the last two it guesses, which is what policies are for; on the voices as they
are it hardly ever does."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import yaml

from realtime.inference.engine import SAMPLE_RATE, Pcm
from realtime.inference.fixture_speech.make_corpus import VOICES
from realtime.inference.fixture_speech.sound import decode

LEAD_MS = 300
ROOM = 0.0005
NOISE_DB = 5.0
"""Of the speech above the noise."""
FASTER = 1.15
CONDITIONS = ("clean", "noisy", "unfamiliar")


@dataclass(frozen=True, slots=True)
class TrueWord:
    text: str
    end_ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """``utterances``: the words of each, with their place in ``sound``."""

    name: str
    condition: str
    sound: Pcm
    utterances: tuple[tuple[TrueWord, ...], ...]

    @property
    def seconds(self) -> float:
        return len(self.sound) / SAMPLE_RATE


def answers(quick: bool) -> list[Answer]:
    """Every answer in every condition; two of each language when ``quick``."""
    catalogue = yaml.safe_load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"))
    by_id = {utterance["id"]: utterance for utterance in catalogue["utterances"]}
    names = sorted(catalogue["answers"])
    if quick:
        names = [name for language in ("en", "zh") for name in [n for n in names if n.startswith(language)][:2]]
    clean = [_answer(name, catalogue["answers"][name], by_id) for name in names]
    return [made for answer in clean for made in (_in_room(answer), _noisy(answer), _unfamiliar(answer))]


def _answer(name: str, spoken: dict[str, Any], by_id: dict[str, Any]) -> Answer:
    parts, utterances = [np.zeros(LEAD_MS * 16, np.float32)], []
    for utterance in (by_id[id] for id in spoken["utterances"]):
        at_ms = sum(map(len, parts)) / 16
        utterances.append(tuple(TrueWord(word["text"], word["end_ms"] + at_ms) for word in utterance["words"]))
        parts += [decode(VOICES / utterance["file"])[: utterance["duration_ms"] * 16]]
        parts += [np.zeros(spoken["pause_ms"] * 16, np.float32)]
    return Answer(name, "clean", np.concatenate(parts), tuple(utterances))


def _in_room(answer: Answer) -> Answer:
    return replace(answer, sound=_with_noise(answer.sound, ROOM))


def _noisy(answer: Answer) -> Answer:
    loud = answer.sound[np.abs(answer.sound) > 0.01]
    level = float(np.sqrt(np.mean(np.square(loud)))) / 10 ** (NOISE_DB / 20)
    return replace(answer, condition="noisy", sound=_with_noise(answer.sound, level))


def _unfamiliar(answer: Answer) -> Answer:
    """Played faster: higher and hastier at once."""
    at = np.arange(int(len(answer.sound) / FASTER)) * FASTER
    sound = np.interp(at, np.arange(len(answer.sound)), answer.sound).astype(np.float32)
    words = tuple(
        tuple(replace(word, end_ms=word.end_ms / FASTER) for word in utterance) for utterance in answer.utterances
    )
    return Answer(answer.name, "unfamiliar", _with_noise(sound, ROOM), words)


def _with_noise(sound: Pcm, level: float) -> Pcm:
    noise = np.random.default_rng(len(sound)).normal(0, level, len(sound))
    return (sound + noise).astype(np.float32)
