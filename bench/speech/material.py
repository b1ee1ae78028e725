"""What the sessions say: the project's own recorded answers, with the time of every word, or a folder of real speech.

Everything lies on one *tape*; a session plays a part of it. Only what plays a stand-in model carries a pilot.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from bench.speech import pilot
from bench.speech.pilot import RATE, Pcm
from bench.speech.script import Script, Word
from realtime.inference.fixture_speech.make_corpus import VOICES
from realtime.inference.fixture_speech.sound import decode

LEAD_MS, PAUSE_MS, TAIL_MS = 600, 1200, 1500
ANSWERS = ("zh-returns", "en-returns", "zh-complaint", "en-complaint")


@dataclass(frozen=True, slots=True)
class Part:
    """What one session says. ``words``: times from its own start. ``exact``: they are known, not estimated."""

    name: str
    language: str
    pcm: Pcm
    words: tuple[Word, ...]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / RATE


@dataclass(frozen=True, slots=True)
class Material:
    """``script`` is of the whole tape. ``exact``: the times of words are known; else spread over the clip."""

    parts: tuple[Part, ...]
    script: Script
    exact: bool

    def part(self, session: int) -> Part:
        return self.parts[session % len(self.parts)]


@dataclass(frozen=True, slots=True)
class _Clip:
    pcm: Pcm
    words: list[tuple[str, str, float, float]]
    """(text, punctuation after it, start and end in ms of the clip)"""
    language: str


def voices(*, with_pilot: bool, most_sentences: int | None = None) -> Material:
    """The recorded answers, sentence after sentence with pauses, as a candidate would speak."""
    catalogue = yaml.safe_load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"))
    utterances = {utterance["id"]: utterance for utterance in catalogue["utterances"]}
    answers = {
        name: [_clip(utterances[u]) for u in catalogue["answers"][name]["utterances"][:most_sentences]]
        for name in ANSWERS
    }
    return _material(answers, with_pilot=with_pilot, exact=True)


def real_speech(folder: Path, *, seconds: float = 40.0) -> Material:
    """Clips of ``manifest.jsonl`` (file, language, text), joined into parts of about ``seconds`` in one language."""
    entries = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    answers = dict[str, list[_Clip]]()
    for language in ("zh", "en"):
        number, length = 0, 0.0
        for entry in (entry for entry in entries if entry["language"].startswith(language)):
            pcm = decode(folder / entry["file"])
            answers.setdefault(f"{language}-real-{number}", []).append(_spread(pcm, entry["text"], language))
            length += len(pcm) / RATE
            if length >= seconds:
                number, length = number + 1, 0.0
    ordered = sorted(answers, key=lambda name: (name.rsplit("-", 1)[1], name[:2] == "en"))[:4]
    return _material({name: answers[name] for name in ordered}, with_pilot=False, exact=False)


def _material(answers: dict[str, list[_Clip]], *, with_pilot: bool, exact: bool) -> Material:
    pieces, words, cuts = list[Pcm](), list[Word](), list[tuple[str, int, int, int, int]]()
    at_ms, sentence = 0, 0
    for name, clips in answers.items():
        begins_ms, first_word = at_ms, len(words)
        at_ms += LEAD_MS
        pieces.append(_silence(LEAD_MS))
        for clip in clips:
            length_ms = len(clip.pcm) * 1000 // RATE // 10 * 10
            pieces += [clip.pcm[: length_ms * RATE // 1000], _silence(PAUSE_MS)]
            for text, after, start_ms, end_ms in clip.words:
                shown = text if clip.language == "zh" else f" {text}"
                words.append(Word(shown, after, at_ms + start_ms, at_ms + end_ms, sentence, clip.language))
            at_ms += length_ms + PAUSE_MS
            sentence += 1
        pieces.append(_silence(TAIL_MS))
        at_ms += TAIL_MS
        cuts.append((name, begins_ms, at_ms, first_word, len(words)))
    script = Script(words, at_ms)
    pcm = np.concatenate(pieces)
    if with_pilot:
        pcm = pilot.add(pcm, script.symbols)
    return Material(tuple(_part(pcm, words, *cut) for cut in cuts), script, exact)


def _part(pcm: Pcm, words: list[Word], name: str, from_ms: int, to_ms: int, first: int, last: int) -> Part:
    own = tuple(
        Word(w.text, w.after, w.start_ms - from_ms, w.end_ms - from_ms, w.sentence, w.language)
        for w in words[first:last]
    )
    return Part(name, name[:2], pcm[from_ms * RATE // 1000 : to_ms * RATE // 1000], own)


def _silence(ms: int) -> Pcm:
    return np.zeros(ms * RATE // 1000, np.float32)


def _clip(utterance: dict[str, object]) -> _Clip:
    text, at, words = str(utterance["text"]), 0, list[tuple[str, str, float, float]]()
    spoken: list[dict[str, float | str]] = utterance["words"]  # type: ignore[assignment]
    for number, word in enumerate(spoken):
        at = text.index(str(word["text"]), at) + len(str(word["text"]))
        upto = text.index(str(spoken[number + 1]["text"]), at) if number + 1 < len(spoken) else len(text)
        words.append((str(word["text"]), text[at:upto].strip(), float(word["start_ms"]), float(word["end_ms"])))
    return _Clip(decode(VOICES / str(utterance["file"])), words, str(utterance["language"]))


def _spread(pcm: Pcm, text: str, language: str) -> _Clip:
    """Times by length: all that a transcript without times allows."""
    spoken = re.findall(r"[\u4e00-\u9fff]" if language == "zh" else r"\S+", text)
    total = sum(map(len, spoken)) or 1
    length_ms, at, words = len(pcm) * 1000 / RATE, 0, list[tuple[str, str, float, float]]()
    for word in spoken:
        start_ms = length_ms * at / total
        at += len(word)
        words.append((word, "", start_ms, length_ms * at / total))
    return _Clip(pcm, words, language)
