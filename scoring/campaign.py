"""What of a position is asked in one interview, and what can then be said about it.

A position may hold more than one interview takes: questions in reserve, and questions that hang on a feature which this
campaign has switched off. HR's own choice for one candidate goes before both. A competency that nobody asked about is
not *missing*: it takes no part, and the weights of the others are rescaled.
"""

import math
from collections.abc import Collection, Sequence

import msgspec

from scoring.position_model import FEATURES, Feature, PositionModel, Question, View

FEWEST_QUESTIONS = 2
"""With fewer answers there is no total (``ScoringPolicy.min_answers``)."""


class ChoiceInvalid(Exception):
    """Questions that cannot be asked; the caller's to repair."""

    code = "questions_invalid"
    retry = False
    fault = "client"


def questions_for(
    model: PositionModel, features: Collection[Feature] = FEATURES, chosen: Sequence[str] = ()
) -> tuple[Question, ...]:
    """The questions of one interview, in order. ``chosen``: ids that HR picked for this candidate, or none.

    Raises ``ChoiceInvalid`` for an id that is not there or is there twice, and for fewer than two questions.
    """
    if chosen:
        asked = _chosen(model, chosen)
    else:
        asked = tuple(question for question in model.questions if not question.reserve and _on(question, features))
    if len(asked) < FEWEST_QUESTIONS:
        raise ChoiceInvalid(f"an interview asks at least {FEWEST_QUESTIONS} questions of {model.id}, not {len(asked)}")
    return asked


def _on(question: Question, features: Collection[Feature]) -> bool:
    return question.feature is None or question.feature in features


def _chosen(model: PositionModel, chosen: Sequence[str]) -> tuple[Question, ...]:
    known = {question.id: question for question in model.questions}
    unknown = [name for name in chosen if name not in known]
    if unknown:
        told = f"{model.id} has no question {', '.join(unknown)[:200]}; it has {', '.join(known)}"
        raise ChoiceInvalid(told)
    if len(set(chosen)) < len(chosen):
        raise ChoiceInvalid("a question is chosen twice")
    return tuple(known[name] for name in chosen)


def not_asked(model: PositionModel, asked: Collection[str]) -> tuple[str, ...]:
    """Ids of the competencies that none of the ``asked`` questions measures."""
    measured = {name for question in model.questions if question.id in asked for name in question.measures}
    return tuple(competency.id for competency in model.competencies if competency.id not in measured)


def restricted(model: PositionModel, asked: Collection[str]) -> PositionModel:
    """The model of what was asked: weights of the other competencies add up to 100 again. The same model if all of
    them are asked about, or none is."""
    gone = set(not_asked(model, asked))
    if not gone or len(gone) == len(model.competencies):
        return model
    kept = [competency for competency in model.competencies if competency.id not in gone]
    whole = math.fsum(competency.weight for competency in kept)
    return msgspec.structs.replace(
        model,
        competencies=tuple(msgspec.structs.replace(c, weight=round(c.weight * 100 / whole, 6)) for c in kept),
        views=tuple(_without(view, gone) for view in model.views),
        questions=tuple(
            msgspec.structs.replace(q, measures={name: m for name, m in q.measures.items() if name not in gone})
            for q in model.questions
        ),
        pass_hints=tuple(hint for hint in model.pass_hints if hint.of not in gone),
    )


def _without(view: View, gone: Collection[str]) -> View:
    parts = []
    for part in view.parts:
        weights = {name: weight for name, weight in part.weights.items() if name not in gone}
        if weights:
            parts.append(msgspec.structs.replace(part, weights=weights))
    return msgspec.structs.replace(view, parts=tuple(parts))
