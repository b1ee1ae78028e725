"""How well scores hold: bad answers caught, good ones left alone, better above worse, unmoved by what must not matter.

    python -m bench.scoring [--quick] [--json FILE] [--development]

Two hundred answers that were written for measuring, by a hand that had not read the phrase lists
(bench/answers/held_back), go through the whole fold: an evidence log in, a report out. ``--development`` measures the
seen ones (tests/scoring) instead, where the figures must be better and mean less. Raters and guards are the defaults:
no network, no model.
"""

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bench import machine
from scoring.bilingual import Bilingual
from scoring.fold import InterviewFacts, fold
from scoring.invariance import other_gender, other_names, recogniser_errors, with_particles
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.positions import builtin
from scoring.report import AnswerReport, Report, to_json

ROOT = Path(__file__).parent.parent
HELD_BACK = ROOT / "bench" / "answers" / "held_back"
SEEN = ROOT / "tests" / "scoring"
KINDS = ("strong", "medium", "weak")
CAUGHT = ("stuffed", "echoed", "off_topic", "gibberish", "too_little", "wrong_language", "injection")
INTERVIEW_ANSWERS = 6
POINTS_PER_LEVEL = 20.0
FACTS = InterviewFacts(
    interview_id="iv-bench",
    applicant_name="-",
    position=Bilingual(zh="-", en="-"),
    employer=Bilingual(zh="-", en="-"),
    started_at="2026-03-02T01:30:00Z",
    ended_at="2026-03-02T01:52:00Z",
)


CLOSED = {"reason": "finished", "mode": "text", "duration_ms": 60_000}
SETTLED = {"transcript": "typed", "audio_ms": 0, "recording": None}


@dataclass(frozen=True)
class Written:
    """One answer. ``group``: of a strong, a medium and a weak one to the same question in the same language."""

    position: str
    question: str
    language: str
    kind: str
    text: str
    group: str = ""


# ------------------------------------------------------------------------------------------------ the answers
def held_back() -> list[Written]:
    found = []
    for language in ("zh", "en"):
        for entry in _yaml(HELD_BACK / f"{language}.yaml"):
            position, _, question = entry["question"].partition("/")
            group = f"{language} {entry['question']}"
            found += [Written(position, question, language, kind, entry[kind], group) for kind in KINDS]
    for kind, entries in _yaml(HELD_BACK / "bad.yaml").items():
        for entry in entries:
            position, _, question = entry["question"].partition("/")
            found.append(Written(position, question, entry["language"], kind, entry["text"]))
    return found


def development() -> list[Written]:
    """The answers to shipped questions with which rater and guards were made."""
    found = []
    for entry in _yaml(SEEN / "dev_positions.yaml"):
        for language in ("zh", "en"):
            group = f"{language} {entry['position']}/{entry['question']}"
            found += [
                Written(entry["position"], entry["question"], language, kind, entry[language][kind], group)
                for kind in (*KINDS, "negated")
                if kind in entry[language]
            ]
    names = {"keyword_stuffing": "stuffed", "question_echo": "echoed", "off_topic": "off_topic"}
    names |= {"gibberish": "gibberish", "wrong_language": "wrong_language", "prompt_injection": "injection"}
    for name, entries in _yaml(SEEN / "guards.yaml").items():
        if name in names:
            found += [Written("client_manager", e["question"], "", names[name], e["text"]) for e in entries]
    return found


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


# ------------------------------------------------------------------------------------------------ the way of a report
@cache
def _model(position: str) -> PositionModel:
    return builtin()[position]


def report_of(position: str, language: str, answers: list[tuple[str, str]]) -> Report:
    """(question id, typed text) in; the whole fold."""
    model = _model(position)
    names = [question for question, _ in answers]
    bodies: list[dict[str, Any]] = [
        {
            "kind": "interview_started",
            "interview_id": "iv-bench",
            "position_id": position,
            "position_version": model.version,
            "position": {"zh": "-", "en": "-"},
            "language": "en" if language == "en" else "zh",
            "profile": "cn-bank",
            "questions": names,
            "speech_engine": "",
            "format_version": "1.0",
        }
    ]
    for question, text in answers:
        bodies += [
            {"kind": "answer_opened", "question_id": question, "attempt": 1, "mode": "text"},
            {"kind": "text_answer", "question_id": question, "text": text, "revisions": 3, "typing_ms": 40_000},
            {
                "kind": "answer_closed",
                "question_id": question,
                "reason": "finished",
                "mode": "text",
                "duration_ms": 60_000,
            },
            {
                "kind": "answer_settled",
                "question_id": question,
                "transcript": "typed",
                "audio_ms": 0,
                "recording": None,
            },
        ]
    bodies.append({"kind": "interview_ended", "reason": "completed"})
    lines = [
        json.dumps({"seq": n, "at_ms": 500 * n, "body": body}, ensure_ascii=False).encode()
        for n, body in enumerate(bodies, 1)
    ]
    return fold(lines, model, policy_for("cn-bank"), interview=FACTS)


def answer_of(written: Written, text: str | None = None) -> AnswerReport:
    asked = [(written.question, written.text if text is None else text)]
    report = report_of(written.position, written.language, asked)
    return next(answer for answer in report.answers if answer.question_id == written.question)


def points(answer: AnswerReport) -> float | None:
    """0-100: the mean over the competencies of the question; None where it was not assessable."""
    levels = [score.level for score in answer.scores]
    return statistics.fmean(levels) * POINTS_PER_LEVEL if levels else None


def acted_on(answer: AnswerReport) -> list[str]:
    """The guards that took an effect; what is only noted for a reader does not move a score. Words that give orders to
    a rater are left out of the reading, which is an effect too."""
    findings = answer.quality.findings
    return [found.code for found in findings if found.effect != "noted" or found.code == "instruction_to_rater"]


# ------------------------------------------------------------------------------------------------ what is measured
@dataclass
class Guards:
    """Confusion: for each kind of answer, how often which guard acted ("none" for none)."""

    confusion: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    missed: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)

    def share(self, kinds: tuple[str, ...], *, caught: bool) -> float:
        rows = [self.confusion[kind] for kind in kinds]
        whole = sum(sum(row.values()) for row in rows)
        free = sum(row["none"] for row in rows)
        return ((whole - free) if caught else free) / whole if whole else 0.0


def guards(answers: list[Written]) -> Guards:
    found = Guards()
    for written in answers:
        codes = acted_on(answer_of(written))
        found.confusion[written.kind][codes[0] if codes else "none"] += 1
        shown = f"{written.kind} {written.position}/{written.question}: {written.text[:40]}"
        if written.kind in CAUGHT and not codes:
            found.missed.append(shown)
        if written.kind in ("strong", "medium") and codes:
            found.touched.append(f"{shown} {codes}")
    return found


@dataclass
class Order:
    """``whole``: strong > medium > weak; ``ends``: strong > weak. ``broken``: the groups where the first fails."""

    groups: int = 0
    whole: int = 0
    ends: int = 0
    broken: list[str] = field(default_factory=list)
    means: dict[str, float] = field(default_factory=dict)


def order(answers: list[Written]) -> Order:
    by_group: dict[str, dict[str, float]] = defaultdict(dict)
    for written in answers:
        if written.group and written.kind in KINDS:
            value = points(answer_of(written))
            by_group[written.group][written.kind] = -1.0 if value is None else value
    found = Order(groups=len(by_group))
    for group, given in by_group.items():
        strong, medium, weak = (given[kind] for kind in KINDS)
        found.whole += strong > medium > weak
        found.ends += strong > weak
        if not strong > medium > weak:
            found.broken.append(f"{group}: {strong:.0f} {medium:.0f} {weak:.0f}")
    for kind in KINDS:
        found.means[kind] = round(statistics.fmean(given[kind] for given in by_group.values()), 1)
    return found


def denied(answers: list[Written], weak_mean: float) -> dict[str, Any]:
    """Good deeds denied must not lift an answer above a weak one by more than half a level."""
    values = [(w, points(answer_of(w))) for w in answers if w.kind == "negated"]
    over = [f"{w.position}/{w.question} {v:.0f}" for w, v in values if v is not None and v > weak_mean + 10]
    return {"answers": len(values), "over": over}


CHANGES: dict[str, Callable[[str, int], str]] = {
    "one word in ten misheard": lambda text, seed: recogniser_errors(text, 0.1, seed),
    "other names": lambda text, seed: other_names(text),
    "the other gender": lambda text, seed: other_gender(text),
    "dialect particles": with_particles,
}


def invariance(answers: list[Written], interviews: int) -> dict[str, dict[str, float]]:
    """Of interviews of six answers: by how many points the mean moves."""
    found = {}
    for name, change in CHANGES.items():
        moved = sorted(_moves(answers, change, interviews))
        found[name] = {
            "p50": round(statistics.median(moved), 2),
            "p95": round(moved[int(0.95 * (len(moved) - 1))], 2),
            "max": round(moved[-1], 2),
        }
    return found


def _moves(answers: list[Written], change: Callable[[str, int], str], interviews: int) -> Iterator[float]:
    pool = {language: [w for w in answers if w.kind in KINDS and w.language == language] for language in ("zh", "en")}
    before = {id(w): points(answer_of(w)) for w in answers if w.kind in KINDS}
    chance = random.Random(7)
    for number in range(interviews):
        drawn = chance.sample(pool["zh" if number % 2 else "en"], INTERVIEW_ANSWERS)
        after = [points(answer_of(w, change(w.text, number))) for w in drawn]
        both = [(a, before[id(w)]) for w, a in zip(drawn, after, strict=True)]
        known = [(a, b) for a, b in both if a is not None and b is not None]
        if known:
            yield abs(statistics.fmean(a for a, _ in known) - statistics.fmean(b for _, b in known))


def throughput(answers: list[Written], seconds: float) -> float:
    """Answers a second of CPU, the whole fold."""
    long = [w for w in answers if w.kind == "strong"]
    count, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        answer_of(long[count % len(long)])
        count += 1
    return count / (time.process_time() - began)


def digest(answers: list[Written]) -> str:
    whole = hashlib.sha256()
    for written in answers:
        whole.update(to_json(report_of(written.position, written.language, [(written.question, written.text)])))
    return whole.hexdigest()


def same_bytes(seen: bool) -> bool:
    """Two processes with another order of hashing each."""
    command = [sys.executable, "-m", "bench.scoring", "--digest", *(["--development"] if seen else [])]
    runs = [
        subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True, cwd=ROOT)
        for seed in ("1", "2")
    ]
    return runs[0].stdout == runs[1].stdout != ""


# ------------------------------------------------------------------------------------------------ the door
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer interviews and less time")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--development", action="store_true", help="the seen answers instead of the held-back ones")
    parser.add_argument("--digest", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    answers = development() if options.development else held_back()
    if options.digest:
        print(digest(answers))
        return
    figures = measure(answers, options.quick, options.development)
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False))


def measure(answers: list[Written], quick: bool, seen: bool) -> dict[str, Any]:
    caught, ordered = guards(answers), order(answers)
    figures: dict[str, Any] = {
        "bench": "scoring",
        "machine": machine.describe(),
        "part": "development" if seen else "held back",
        "quick": quick,
        "answers": len(answers),
        "confusion": {kind: dict(row) for kind, row in caught.confusion.items()},
        "missed": caught.missed,
        "touched": caught.touched,
        "order": {"groups": ordered.groups, "whole": ordered.whole, "ends": ordered.ends, "broken": ordered.broken},
        "means": ordered.means,
        "denied": denied(answers, ordered.means["weak"]),
        "invariance": invariance(answers, 40 if quick else 200),
        "answers_per_s": round(throughput(answers, 1 if quick else 5), 1),
        "same_bytes": same_bytes(seen),
    }
    figures["targets"] = _targets(figures, caught, ordered)
    return figures


def _targets(figures: dict[str, Any], caught: Guards, ordered: Order) -> list[dict[str, Any]]:
    def at_least(name: str, value: float, target: float) -> dict[str, Any]:
        return {"name": name, "value": round(value, 3), "target": target, "met": value >= target}

    def at_most(name: str, value: float, target: float) -> dict[str, Any]:
        return {"name": name, "value": round(value, 3), "target": target, "met": value <= target}

    moved, negated = figures["invariance"], figures["denied"]
    calm = [name for name in moved if name != "one word in ten misheard"]
    good = ("strong", "medium")
    return [
        at_least("bad answers caught", caught.share(CAUGHT, caught=True), 0.95),
        at_most("good answers touched", 1 - caught.share(good, caught=False), 0.03),
        at_least("strong > medium > weak", ordered.whole / ordered.groups, 0.95),
        at_most("denied deeds above a weak answer", len(negated["over"]) / negated["answers"], 0.05),
        at_most("recogniser errors move a total by, p95", moved["one word in ten misheard"]["p95"], 5.0),
        at_most("names, gender, particles move it by, p95", max(moved[name]["p95"] for name in calm), 1.0),
        at_least("answers a second on one core", figures["answers_per_s"], 200),
        at_least("two processes, same bytes", float(figures["same_bytes"]), 1.0),
    ]


def show(figures: dict[str, Any]) -> None:
    print(f"{figures['answers']} answers, {figures['part']}\n\nwhich guard acted on what")
    for kind, row in figures["confusion"].items():
        told = ", ".join(f"{code} {count}" for code, count in sorted(row.items(), key=lambda item: -item[1]))
        print(f"  {kind:16} {told}")
    for name in ("missed", "touched"):
        for line in figures[name]:
            print(f"  {name}: {line}")
    ordered, means = figures["order"], figures["means"]
    print(f"\nmean points: {', '.join(f'{kind} {means[kind]}' for kind in KINDS)}")
    print(f"strong > medium > weak in {ordered['whole']} of {ordered['groups']}; strong > weak in {ordered['ends']}")
    for line in ordered["broken"]:
        print(f"  not so: {line}")
    for line in figures["denied"]["over"]:
        print(f"  denied, and yet: {line}")
    print("\nby how many points an interview of six answers moves")
    for name, moved in figures["invariance"].items():
        print(f"  {name:28} p50 {moved['p50']:.2f}  p95 {moved['p95']:.2f}  max {moved['max']:.2f}")
    print()
    for target in figures["targets"]:
        verdict = "met   " if target["met"] else "MISSED"
        print(f"  {verdict}  {target['name']}: {target['value']} (target {target['target']})")


if __name__ == "__main__":
    main()
