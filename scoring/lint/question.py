"""The rules of one question: what it measures, whether it fits the job, and whether a person can take it in."""

from collections import Counter
from collections.abc import Collection

from scoring.lint.flaw import Flaws
from scoring.lint.patterns import phrases_compile
from scoring.lint.probes import check_probe
from scoring.lint.reading_time import FASTEST, READING_S_LIMIT, reading_s
from scoring.position_model import PositionModel, Question
from scoring.yaml_source import Path

THINKING_S = (60, 120)
"""One to two minutes to think, for every question that is scored."""
ANSWER_S = (30, 900)
READING_S = (0, 60)


def check_question(
    model: PositionModel, question: Question, path: Path, flaws: Flaws, library: Collection[str] = ()
) -> None:
    """``library``: ids of competencies that exist, though not in this job."""
    _texts(question, path, flaws)
    _measures(model, question, path, flaws, library)
    _dimension(model, question, path, flaws)
    _times(question, path, flaws)
    phrases_compile(question.topic, (*path, "topic"), flaws)
    if not question.topic.zh or not question.topic.en:
        flaws.add((*path, "topic"), "topic", f"{question.id} has no topic words in both languages")
    if not question.probes:
        flaws.add((*path, "id"), "no_probe", f"{question.id} has no probe")
    if not any(flaw.rule == "pattern" for flaw in flaws.found):  # a broken one cannot be looked for
        for index, probe in enumerate(question.probes):
            check_probe(model, question, probe, (*path, "probes", index), flaws)


def _texts(question: Question, path: Path, flaws: Flaws) -> None:
    flaws.bilingual(question.text, (*path, "text"))
    seconds = reading_s(question.text)
    if seconds > READING_S_LIMIT:
        told = f"{question.id} takes {seconds:.0f} s to read, more than {READING_S_LIMIT}"
        flaws.add((*path, "text"), "question_too_long", told)
    elif 0 < question.reading_s < seconds / FASTEST:
        told = f"{question.id} is shown for {question.reading_s} s and takes {seconds:.0f} s to read"
        flaws.add((*path, "reading_s"), "reading_time", told)


def _measures(
    model: PositionModel, question: Question, path: Path, flaws: Flaws, library: Collection[str] = ()
) -> None:
    if not question.measures:
        flaws.add((*path, "id"), "question_without_indicator", f"{question.id} is tied to no competency")
    known = {competency.id: competency for competency in model.competencies}
    for name, measure in question.measures.items():
        where = (*path, "measures", name)
        if name not in known:
            if name in library:
                flaws.add(where, "question_wrong_for_job", f"`{name}` is no competency of {model.id}")
            else:
                flaws.add(where, "unknown_competency", f"there is no competency `{name}`")
            continue
        if measure.weight <= 0:
            flaws.add(where, "weights", "a weight is above 0")
        ids = {indicator.id for indicator in known[name].indicators}
        for missing in sorted(set(measure.indicators) - ids):
            flaws.add(where, "unknown_indicator", f"{name} has no indicator `{missing}`")
        if measure.indicators and not any(
            indicator.sign == "positive" and indicator.id in measure.indicators for indicator in known[name].indicators
        ):
            flaws.add(where, "question_without_indicator", f"{question.id} can show nothing good of {name}")


def _dimension(model: PositionModel, question: Question, path: Path, flaws: Flaws) -> None:
    """A question is of the dimension that it measures most; one of another dimension was written for another job."""
    dimensions = {competency.id: competency.dimension for competency in model.competencies}
    shares: Counter[str] = Counter()
    for name, measure in question.measures.items():
        if name in dimensions:
            shares[dimensions[name]] += round(measure.weight * 1000)
    if not shares:
        return
    if not shares[question.dimension]:
        told = f"{question.id} measures nothing of `{question.dimension}`"
        flaws.add((*path, "dimension"), "dimension", told)
    elif shares[question.dimension] < max(shares.values()):
        most = max(shares, key=lambda dimension: shares[dimension])
        told = f"{question.id} is called `{question.dimension}` and measures mostly `{most}`"
        flaws.add((*path, "dimension"), "dimension", told)


def _times(question: Question, path: Path, flaws: Flaws) -> None:
    for name, (low, high) in (("reading_s", READING_S), ("thinking_s", THINKING_S), ("answer_s", ANSWER_S)):
        given = getattr(question, name)
        if not low <= given <= high:
            flaws.add((*path, name), "seconds", f"{name} is {given}, not {low} to {high}")


def check_practice(practice: Question, path: Path, flaws: Flaws) -> None:
    """A practice question is not scored; it may be shorter."""
    flaws.bilingual(practice.text, (*path, "text"))
    if reading_s(practice.text) > READING_S_LIMIT:
        flaws.add((*path, "text"), "question_too_long", f"takes longer than {READING_S_LIMIT} s to read")
    if not 0 <= practice.thinking_s <= THINKING_S[1]:
        flaws.add((*path, "thinking_s"), "seconds", f"thinking_s is {practice.thinking_s}, not 0 to {THINKING_S[1]}")
    if not ANSWER_S[0] <= practice.answer_s <= ANSWER_S[1]:
        told = f"answer_s is {practice.answer_s}, not {ANSWER_S[0]} to {ANSWER_S[1]}"
        flaws.add((*path, "answer_s"), "seconds", told)
