"""The development answers: a competency of which the rater knows only the name, in both languages.

They were in view when the word lists and weights were made. They show that the rules do what they were made for, and
nothing about strangers; for those see ``test_unseen.py``.
"""

from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

from scoring import guards
from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.bilingual import Bilingual
from scoring.position_model import Competency, Indicator, Measure, Phrases, PositionModel, Question
from scoring.positions import builtin
from scoring.raters import AnswerToRate
from scoring.rubric import RubricRater

TOPICS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "dev.yaml").read_text(encoding="utf-8"))
ON_POSITIONS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "dev_positions.yaml").read_text(encoding="utf-8")
)
LANGUAGES = ("zh", "en")


def bare(topic: dict[str, Any]) -> PositionModel:
    """A position with one question and one competency, whose indicators no answer has."""
    label, definition, text = (Bilingual(**topic[name]) for name in ("label", "definition", "question"))
    competency = Competency(
        id="c",
        dimension="general",
        label=label,
        definition=definition,
        weight=100,
        anchors={level: Bilingual(zh="无", en="None") for level in range(1, 6)},
        indicators=(
            Indicator(id="i", label=Bilingual(zh="无", en="None"), phrases=Phrases(zh=("甲乙丙丁",), en=("xyzzy",))),
        ),
        exercise=Bilingual(zh="无", en="None"),
    )
    question = Question(id="q", kind=topic["kind"], text=text, measures={"c": Measure()})
    return PositionModel(
        id="bare",
        version="1.0.0",
        title=label,
        summary=label,
        competencies=(competency,),
        views=(),
        questions=(question,),
    )


def level(model: PositionModel, text: str) -> float:
    question = model.questions[0]
    return RubricRater().rate(AnswerToRate(model, question, read_answer(typed(text), model, question)))[0].level


def test_strong_above_medium_above_weak_above_nothing() -> None:
    reversed_: list[tuple[str, str, list[float]]] = []
    for topic in TOPICS:
        model = bare(topic)
        for language in LANGUAGES:
            levels = [level(model, topic[language][kind]) for kind in ("strong", "medium", "weak", "negated")]
            if not levels[0] > levels[1] > max(levels[2:]):
                reversed_.append((topic["topic"], language, levels))
    assert len(reversed_) <= 0.05 * len(TOPICS) * len(LANGUAGES), reversed_


def test_the_same_on_the_shipped_positions() -> None:
    positions = builtin()
    for entry in ON_POSITIONS:
        model = positions[entry["position"]]
        question = model.question(entry["question"])
        assert question is not None
        for language in LANGUAGES:
            means: list[float] = []
            for kind in ("strong", "medium", "weak", "negated"):
                reading = read_answer(typed(entry[language][kind]), model, question)
                ratings = RubricRater().rate(AnswerToRate(model, question, reading))
                means.append(fmean(rating.level for rating in ratings))
                codes = {found.code for found in guards.after_reading(reading, model, question).findings}
                assert kind == "negated" or codes <= {"unfamiliar_wording"}, (entry["question"], language, kind, codes)
            assert means[0] > means[1] > max(means[2:]), (entry["question"], language, means)


def test_no_guard_touches_an_honest_answer() -> None:
    for topic in TOPICS:
        model = bare(topic)
        for language in LANGUAGES:
            for kind in ("strong", "medium", "weak"):
                reading = read_answer(typed(topic[language][kind]), model, model.questions[0])
                codes = {found.code for found in guards.after_reading(reading, model, model.questions[0]).findings}
                assert codes <= {"unfamiliar_wording"}, (topic["topic"], language, kind, codes)
