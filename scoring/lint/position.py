"""The rules of a whole position: what holds between its parts."""

import re
from collections import Counter
from collections.abc import Collection, Iterator

from scoring.lint.competency import check_competency
from scoring.lint.flaw import Flaws
from scoring.lint.glossary import check_glossary
from scoring.lint.question import check_practice, check_question
from scoring.position_model import DIMENSIONS, FORMAT, PositionModel, View
from scoring.yaml_source import Path

ENOUGH_QUESTIONS = 6
FEWEST_QUESTIONS = 2
"""``ScoringPolicy.min_answers``: with fewer answers there is no total."""

LONGEST_ABSENCE_MINUTES = 7 * 24 * 60
"""As long as a link is usually good."""

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def check_position(model: PositionModel, picked: Collection[int], flaws: Flaws, library: Collection[str]) -> None:
    """``picked``: the indices of the competencies that come from the library, which is checked on its own."""
    check_identity(model.id, model.version, flaws)
    if not 1 <= model.format <= FORMAT:
        flaws.add(("format",), "format", f"the format {model.format} is not known here; this Viva reads 1 to {FORMAT}")
    flaws.bilingual(model.title, ("title",))
    flaws.bilingual(model.summary, ("summary",))
    for path, repeated in _repeated(model):
        flaws.add(path, "id_repeated", f"the id `{repeated}` is used twice")
    _weights(model, flaws)
    for index, competency in enumerate(model.competencies):
        if index not in picked:
            check_competency(competency, ("competencies", index), flaws)
    for index, question in enumerate(model.questions):
        check_question(model, question, ("questions", index), flaws, library)
    if model.practice is None:
        flaws.add((), "no_practice", f"{model.id} has no practice question")
    else:
        check_practice(model.practice, ("practice",), flaws)
    _coverage(model, flaws)
    for index, view in enumerate(model.views):
        _view(model, view, ("views", index), flaws)
    _hints(model, flaws)
    check_glossary(model.glossary, flaws)
    if not 1 <= model.absence.wait_minutes <= LONGEST_ABSENCE_MINUTES:
        told = f"{model.absence.wait_minutes} minutes are no time to come back in"
        flaws.add(("absence", "wait_minutes"), "absence", told)


def check_identity(identifier: str, version: str, flaws: Flaws) -> None:
    if not _IDENTIFIER.fullmatch(identifier):
        flaws.add(("id",), "identifier", f"`{identifier[:60]}` is no id")
    if not _VERSION.fullmatch(version):
        flaws.add(("version",), "version", f"`{version[:60]}` is no version")


def _repeated(model: PositionModel) -> Iterator[tuple[Path, str]]:
    groups: list[tuple[Path, list[str]]] = [
        (("competencies",), [competency.id for competency in model.competencies]),
        (("questions",), [question.id for question in model.questions]),
        (("views",), [view.id for view in model.views]),
    ]
    groups += [
        (("competencies", index, "indicators"), [indicator.id for indicator in competency.indicators])
        for index, competency in enumerate(model.competencies)
    ]
    for path, ids in groups:
        for repeated, count in Counter(ids).items():
            if count > 1:
                last = max(index for index, value in enumerate(ids) if value == repeated)
                yield (*path, last, "id"), repeated
    if model.practice and any(question.id == model.practice.id for question in model.questions):
        yield ("practice", "id"), model.practice.id


def _weights(model: PositionModel, flaws: Flaws) -> None:
    total = sum(competency.weight for competency in model.competencies)
    if abs(total - 100) > 1e-6:
        flaws.add(("competencies",), "weights", f"the weights of the competencies add up to {total:g}, not 100")
    for index, competency in enumerate(model.competencies):
        if competency.weight <= 0:
            flaws.add(("competencies", index, "weight"), "weights", f"the weight of {competency.id} is not above 0")


def _coverage(model: PositionModel, flaws: Flaws) -> None:
    """Everything that has a weight is asked about, in every interview by this model."""
    asked = [question for question in model.questions if not question.reserve]
    measured = {competency for question in asked for competency in question.measures}
    dimensions = {competency.dimension for competency in model.competencies}
    for missing in [dimension for dimension in DIMENSIONS if dimension not in dimensions]:
        flaws.add(("competencies",), "dimension_missing", f"{model.id} has no competency of `{missing}`")
    for index, competency in enumerate(model.competencies):
        if competency.id not in measured:
            told = f"no question asks about {competency.id}"
            flaws.add(("competencies", index), "competency_not_asked", told)
            continue
        heard = {
            indicator.id
            for question in model.questions
            if competency.id in question.measures
            for indicator in model.indicators_for(question, competency.id)
        }
        for lost in [indicator.id for indicator in competency.indicators if indicator.id not in heard]:
            told = f"no question can show `{lost}` of {competency.id}"
            flaws.add(("competencies", index), "indicator_not_asked", told)
    if len(model.questions) < ENOUGH_QUESTIONS:
        flaws.add(("questions",), "few_questions", f"{model.id} has fewer than {ENOUGH_QUESTIONS} questions")
    if sum(question.feature is None for question in asked) < FEWEST_QUESTIONS:
        told = f"fewer than {FEWEST_QUESTIONS} questions are neither scenario nor logic"
        flaws.add(("questions",), "too_little_left", told)


def _view(model: PositionModel, view: View, path: Path, flaws: Flaws) -> None:
    known = {competency.id: competency.dimension for competency in model.competencies}
    flaws.bilingual(view.label, (*path, "label"))
    for index, part in enumerate(view.parts):
        where = (*path, "parts", index, "weights")
        flaws.bilingual(part.label, (*path, "parts", index, "label"))
        if not part.weights or any(weight <= 0 for weight in part.weights.values()):
            flaws.add(where, "weights", f"{part.id} needs weights above 0")
        for missing in sorted(set(part.weights) - set(known)):
            flaws.add((*where, missing), "unknown_competency", f"there is no competency `{missing}`")
    if view.id == "dimensions":
        at = {part.id: index for index, part in enumerate(view.parts)}
        for name, dimension in known.items():
            if [part.id for part in view.parts if name in part.weights] != [dimension]:
                where = (*path, "parts", at[dimension]) if dimension in at else (*path, "parts")
                flaws.add(where, "view_incomplete", f"{name} is not in `{dimension}`, or not only there")


def _hints(model: PositionModel, flaws: Flaws) -> None:
    names = {"total"} | {competency.id for competency in model.competencies}
    names |= {f"{view.id}.{part.id}" for view in model.views for part in view.parts}
    for index, hint in enumerate(model.pass_hints):
        if hint.of not in names:
            flaws.add(("pass_hints", index, "of"), "unknown_score", f"there is no score `{hint.of}`")
        if not 0 <= hint.at_least <= 100:
            flaws.add(("pass_hints", index, "at_least"), "hint", f"{hint.at_least:g} is no score")
