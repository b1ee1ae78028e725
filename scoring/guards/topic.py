"""The guard for answers to another question, or to none: hardly a word of the subject or of work."""

from scoring.analysis.finding import finder
from scoring.analysis.reading import Reading
from scoring.analysis.vocabulary import subject_terms
from scoring.guards.verdict import finding, units
from scoring.position_model import PositionModel, Question
from scoring.report import Finding

OFF_TOPIC_UNITS = 25.0
OFF_TOPIC_CAP = 1


def look(reading: Reading, model: PositionModel, question: Question) -> list[Finding]:
    if units(reading.transcript.words) < OFF_TOPIC_UNITS or not off_topic(reading, model, question):
        return []
    return [finding("off_topic", "capped", cap=OFF_TOPIC_CAP)]


def off_topic(reading: Reading, model: PositionModel, question: Question) -> bool:
    """More of everyday life than of the question and of work together; or neither anything of the question nor an
    act of work."""
    subject = len(reading.vocabulary & subject_terms(model, question)) + 2 * _topic(reading, question)
    work = len(reading.marks.wordings("workplace"))
    everyday = len(reading.marks.wordings("everyday"))
    heard = len({hit.indicator_id for hit in reading.hits})
    if everyday >= 2 and everyday >= work + (subject + heard) / 2:
        return True
    if subject + heard + work == 0:
        return not reading.substance.flaws  # "I always do my best" is hollow, not about something else
    return everyday > 0 and subject + heard + work <= 1


def _topic(reading: Reading, question: Question) -> int:
    """Different words of the question's topic in the answer."""
    found: set[str] = set()
    for language in reading.marks.languages:
        for start, end in finder(getattr(question.topic, language), language).find(reading.marks.index):
            found.add(reading.marks.lowered[start:end])
    return len(found)
