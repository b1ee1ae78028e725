"""Every report in both languages: whole, and each in its own."""

import re
from collections.abc import Callable
from datetime import date

import pytest

from scoring.bilingual import Language
from scoring.validity import (
    bias_report,
    calibration_report,
    drift_report,
    fitting,
    power_report,
    trial_report,
    weight_report,
)
from scoring.validity.bias import Person, audit
from scoring.validity.document import Document
from scoring.validity.drift import Seen, compare
from scoring.validity.ratings import pair, with_machine
from scoring.validity.simulate import Population, make
from scoring.validity.trial import run
from scoring.validity.weighing import weigh

CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
MADE = make(Population(reliability=0.44, machine_shift=-0.8), 120, 1)


def _trial(language: Language) -> Document:
    pairing = pair(MADE.ratings())
    after = run(pair(with_machine(MADE.ratings(), fitting.fit(pairing).held_out)), times=20)
    return trial_report.document(run(pairing, MADE.attributes(), times=20), language, after)


def _weights(language: Language) -> Document:
    names = ("communication", "risk_awareness")
    levels = [dict(zip(names, row, strict=True)) for row in MADE.machine.tolist()]
    scores = dict(zip(MADE.candidates(), levels, strict=True))
    grades = dict(zip(MADE.candidates(), (MADE.truth[:, 0] * 2 + MADE.truth[:, 1]).tolist(), strict=True))
    found = weigh(scores, grades, {"communication": 40.0, "risk_awareness": 60.0}, criterion_reliability=0.6)
    return weight_report.document(found, "p", language, "1.0.1")


def _bias(language: Language) -> Document:
    people = [Person(str(i), {"sex": "MFX"[(i > 0) + (i > 60)]}, float(i), i % 3 == 0) for i in range(120)]
    return bias_report.document(audit(people, ["sex"], []), language, about="p", on="2026-03-01")


def _drift(language: Language) -> Document:
    windows = [
        [
            Seen(date(2026, 1, 1), "zh", model, {"total": float(40 + i % 50 + up)}, frozenset({"off_topic"}))
            for i in range(80)
        ]
        for model, up in (("m1", 0), ("m2", 9))
    ]
    return drift_report.document(compare(*windows), language, "a", "b")


def _calibration(language: Language) -> Document:
    return calibration_report.document(fitting.fit(pair(MADE.ratings())), language, "p")


def _power(language: Language) -> Document:
    return power_report.document(language, shares=(0.9,), repetitions=3)


@pytest.mark.parametrize("made", [_trial, _weights, _bias, _drift, _calibration, _power])
def test_english_has_no_chinese_and_both_have_the_same_tables(made: Callable[[Language], Document]) -> None:
    chinese, english = made("zh"), made("en")
    assert CHINESE.search(chinese.title)
    for form in ("text", "markdown", "html"):
        body = re.sub(r"<style>.*?</style>", "", english.render(form))  # type: ignore[arg-type]
        assert not CHINESE.search(body)
    assert len(chinese.blocks) == len(english.blocks)
    for ours, theirs in zip(chinese.tables(), english.tables(), strict=True):
        assert (len(ours.columns), len(ours.rows)) == (len(theirs.columns), len(theirs.rows))
        assert all(len(row) == len(ours.columns) for row in ours.rows)
        assert all(CHINESE.search(column) or not column.isascii() or len(column) < 12 for column in ours.columns)


def test_people_who_disagree_are_said_once_with_all_their_names() -> None:
    text = _trial("en").render("text")
    assert text.count("Raters who differ cannot show that a machine is right") == 1
    assert re.search(r"fewer than 80% of cases: communication \d+\.\d %, risk_awareness \d+\.\d %, overall", text)
