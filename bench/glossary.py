"""Does telling a speech model the words of a job do harm? It must not, where nobody says them.

    python -m bench.glossary [--quick] [--json FILE] [--model FOLDER] [--manifest FILE]

Every sentence is recognised as it is and with each position's glossary as hot words, at the start of an answer and
behind the sentence before; wrong words are counted. The sentences are the demo's, or those of a manifest of yours: JSON
lines with ``file`` (beside it), ``text`` and ``language``. A model that passes may say ``"hot_words": true`` in its
``viva.json``; without that the server does not tell it any.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bench import machine
from bench.commit.measures import distance
from realtime.inference.engine import Pcm, SpeechRequest
from realtime.inference.fixture_speech.make_corpus import VOICES
from realtime.inference.fixture_speech.sound import decode
from realtime.inference.whisper import CTranslate2Whisper
from realtime.inference.whisper_files import fixture_directory, read_model_directory
from realtime.inference.words import keys, split_words
from realtime.interview.plan import Term
from realtime.perception.terminology import hot_words
from realtime.protocol.text import Language
from scoring.positions import builtin

LEAD = np.zeros(4_800, np.float32)
BATCH = 8


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    language: Language
    sound: Pcm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="3 glossaries in place of all")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--model", type=Path, default=fixture_directory(), help="a CTranslate2 Whisper folder")
    parser.add_argument("--manifest", type=Path, help="sentences of yours")
    options = parser.parse_args()
    print(machine.line())
    figures = run(options.model, options.manifest, options.quick)
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False))


def run(model: Path, manifest: Path | None, quick: bool) -> dict[str, Any]:
    engine = CTranslate2Whisper(replace(read_model_directory(model), hot_words=True))
    sentences = _of_manifest(manifest) if manifest else _of_the_demo()
    glossaries = {name: _terms(name) for name in sorted(builtin())[: 3 if quick else None]}
    rows = []
    for behind in (False, True):
        plain = _wrong(engine, sentences, (), behind)
        for name, terms in glossaries.items():
            told = _wrong(engine, sentences, terms, behind)
            rows.append({"glossary": name, "behind_a_sentence": behind, "wrong": told, "wrong_without": plain})
    worst = max(row["wrong"] - row["wrong_without"] for row in rows)
    return {
        "bench": "glossary",
        "quick": quick,
        "machine": machine.describe(),
        "engine": str(engine.description),
        "sentences": len(sentences),
        "words": sum(len(split_words(sentence.text)) for sentence in sentences),
        "rows": rows,
        "targets": [{"name": "wrong_words_more", "value": worst, "target": 0, "met": worst <= 0}],
    }


def _wrong(engine: CTranslate2Whisper, sentences: list[Sentence], terms: tuple[Term, ...], behind: bool) -> int:
    """Wrong words of all sentences together. ``behind``: each has the one before it as its context."""
    requests = [
        SpeechRequest(
            session_id=str(at),
            utterance_id="u",
            revision=1,
            kind="final",
            audio=sentence.sound,
            language=None,
            previous_text=sentences[at - 1].text if behind and at else "",
            hot_words=hot_words(terms, sentence.language),
        )
        for at, sentence in enumerate(sentences)
    ]
    wrong = 0
    for at in range(0, len(requests), BATCH):
        results = engine.transcribe(requests[at : at + BATCH])
        for sentence, result in zip(sentences[at : at + BATCH], results, strict=True):
            wrong += distance(keys(split_words(sentence.text)), keys(split_words(result.text)))
    return wrong


def _terms(position: str) -> tuple[Term, ...]:
    return tuple(Term(term.zh, term.en, term.spoken) for term in builtin()[position].glossary)


def _of_the_demo() -> list[Sentence]:
    catalogue = yaml.safe_load((VOICES / "catalogue.yaml").read_text(encoding="utf-8"))
    return [_sentence(entry, VOICES) for entry in catalogue["utterances"]]


def _of_manifest(manifest: Path) -> list[Sentence]:
    lines = manifest.read_text(encoding="utf-8").splitlines()
    return [_sentence(json.loads(line), manifest.parent) for line in lines if line.strip()]


def _sentence(entry: dict[str, Any], folder: Path) -> Sentence:
    return Sentence(entry["text"], entry["language"], np.concatenate([LEAD, decode(folder / entry["file"])]))


def _show(figures: dict[str, Any]) -> None:
    print(f"{figures['engine']}: {figures['sentences']} sentences, {figures['words']} words; wrong words")
    print(f"  {'':22}{'at the start':>24}{'behind a sentence':>24}")
    print(f"  {'glossary':22}{'without':>12}{'with':>12}{'without':>12}{'with':>12}")
    for name in sorted({row["glossary"] for row in figures["rows"]}):
        rows = [row for row in figures["rows"] if row["glossary"] == name]
        print(f"  {name:22}" + "".join(f"{row['wrong_without']:>12}{row['wrong']:>12}" for row in rows))
    for target in figures["targets"]:
        met = "met" if target["met"] else "MISSED"
        print(f"  {target['name']}: {target['value']} (at most {target['target']}) {met}")


if __name__ == "__main__":
    main()
