"""Speak every sentence of ``sentences.yaml``: ``python -m realtime.inference.fixture_speech.make_corpus``.

Writes the demo's voices (``loadtest/voices``: Ogg Opus and ``catalogue.yaml``, both committed) and, into a work
folder that is not, the same sentences with other speeds and pitches for training.
"""

import argparse
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from realtime.inference.engine import Pcm
from realtime.inference.fixture_speech.espeak import Mark, Spoken, Voice, say
from realtime.inference.fixture_speech.sound import encode_opus, resample

HERE = Path(__file__).parent
SENTENCES = HERE / "sentences.yaml"
VOICES = HERE.parents[2] / "loadtest" / "voices"
WORK = HERE.parents[2] / "var" / "fixture_speech"

BIT_RATE = 24_000
PEAK = 0.5
"""Of full scale: -6 dBFS, a good microphone level."""

# The voice `cmn` of espeak-ng 1.51 spells most characters as pinyin with an English mouth; the pinyin voice
# has the same dictionary and speaks Mandarin.
CANONICAL = {"zh": Voice("cmn-latn-pinyin", 225, 45), "en": Voice("en-us", 165, 42)}
VARIANTS = ((0.92, 30), (1.08, 58), (0.96, 70), (1.15, 45))
"""(speed factor, pitch) for training only."""


@dataclass(frozen=True, slots=True)
class TimedWord:
    """``text`` has no punctuation; ``after`` is the punctuation (and nothing else) that follows it."""

    text: str
    after: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Recording:
    """One sentence in one voice, 16 kHz."""

    id: str
    language: str
    text: str
    words: tuple[TimedWord, ...]
    pcm: Pcm


def split_words(text: str) -> list[tuple[int, str, str]]:
    """(position, word, punctuation after it): a Chinese character or a run of Latin letters and digits."""
    found = list(re.finditer(r"[\u4e00-\u9fff]|[A-Za-z0-9']+", text))
    ends = [*(match.start() for match in found[1:]), len(text)][: len(found)]
    return [
        (match.start(), match.group(), text[match.end() : end].strip()) for match, end in zip(found, ends, strict=True)
    ]


def time_words(text: str, marks: tuple[Mark, ...], duration_ms: int) -> tuple[TimedWord, ...]:
    """Join the synthesiser's marks to the words. A word ends where a pause phoneme or the next word begins.

    espeak-ng runs some pairs together ("of the"): words without a mark share the span by their letters.
    """
    words = split_words(text)
    starts = {mark.position: mark.at_ms for mark in marks if mark.position >= 0}
    pauses = [mark.at_ms for mark in marks if mark.position < 0 and mark.phoneme.startswith("_")]
    spoken: list[TimedWord] = []
    index = 0
    while index < len(words):
        group = [words[index]]
        while index + len(group) < len(words) and words[index + len(group)][0] not in starts:
            group.append(words[index + len(group)])
        start = starts[group[0][0]]
        index += len(group)
        limit = starts[words[index][0]] if index < len(words) else duration_ms
        end = min((pause for pause in pauses if start < pause <= limit), default=limit)
        spoken += _share(group, start, end)
    return tuple(spoken)


def _share(group: list[tuple[int, str, str]], start_ms: int, end_ms: int) -> list[TimedWord]:
    letters = np.cumsum([0] + [len(word) for _, word, _ in group])
    edges = start_ms + (end_ms - start_ms) * letters / letters[-1]
    return [
        TimedWord(word, after, round(edges[index]), round(edges[index + 1]))
        for index, (_, word, after) in enumerate(group)
    ]


def record(identity: str, language: str, text: str, voice: Voice) -> Recording:
    spoken: Spoken = say(text, voice)
    pcm = resample(spoken.pcm, spoken.sample_rate)
    words = time_words(text, spoken.marks, round(len(pcm) / 16))
    return Recording(identity, language, text, words, pcm * np.float32(PEAK / np.abs(pcm).max()))


def sentences() -> list[tuple[str, str, str]]:
    """(id, language, text) of every sentence, in order."""
    answers = yaml.safe_load(SENTENCES.read_text())["answers"]
    return [
        (f"{answer_id}-{number}", answer["language"], text)
        for answer_id, answer in answers.items()
        for number, text in enumerate(answer["sentences"], start=1)
    ]


def write_catalogue(recordings: list[Recording]) -> None:
    source = yaml.safe_load(SENTENCES.read_text())
    VOICES.mkdir(parents=True, exist_ok=True)
    entries: list[dict[str, Any]] = []
    for recording in recordings:
        file = f"{recording.id}.ogg"
        (VOICES / file).write_bytes(encode_opus(recording.pcm, BIT_RATE))
        entries.append(
            {
                "id": recording.id,
                "language": recording.language,
                "text": recording.text,
                "file": file,
                "duration_ms": round(len(recording.pcm) / 16),
                "words": [
                    {"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms} for word in recording.words
                ],
            }
        )
    answers = {
        answer_id: {
            "question": answer["question"],
            "language": answer["language"],
            "pause_ms": source["pause_ms"],
            "utterances": [f"{answer_id}-{number}" for number in range(1, len(answer["sentences"]) + 1)],
        }
        for answer_id, answer in source["answers"].items()
    }
    catalogue = {"answers": answers, "utterances": entries}
    head = "# Made by realtime.inference.fixture_speech.make_corpus; edit sentences.yaml there instead.\n"
    (VOICES / "catalogue.yaml").write_text(
        head + yaml.safe_dump(catalogue, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None)
    )


def write_training_set(recordings: list[Recording], path: Path) -> None:
    """One .npz: the samples of all recordings, and what is said in them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = [{**asdict(recording), "pcm": None} for recording in recordings]
    samples = [recording.pcm for recording in recordings]
    np.savez(path, *samples, table=np.array(yaml.safe_dump(table, allow_unicode=True)))


def read_training_set(path: Path) -> list[Recording]:
    with np.load(path) as archive:
        table = yaml.load(str(archive["table"]), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return [
            Recording(
                row["id"],
                row["language"],
                row["text"],
                tuple(TimedWord(**word) for word in row["words"]),
                archive[f"arr_{index}"],
            )
            for index, row in enumerate(table)
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK)
    work: Path = parser.parse_args().work
    canonical = [record(*sentence, CANONICAL[sentence[1]]) for sentence in sentences()]
    write_catalogue(canonical)
    varied = [
        record(identity, language, text, Voice(voice.name, round(voice.speed * factor), pitch))
        for factor, pitch in VARIANTS
        for identity, language, text in sentences()
        for voice in (CANONICAL[language],)
    ]
    write_training_set(canonical, work / "canonical.npz")
    write_training_set(varied, work / "varied.npz")
    seconds = sum(len(recording.pcm) for recording in canonical) / 16_000
    print(f"{len(canonical)} sentences, {seconds:.0f} s; {len(varied)} training variants in {work}")


if __name__ == "__main__":
    main()
