"""One answer, read and guarded: what every rater gets, inside and outside."""

from collections.abc import Iterable
from dataclasses import dataclass

from scoring import guards
from scoring.analysis.reading import Reading, read_answer, without
from scoring.answers import GatheredAnswer, GatheredInterview, gather
from scoring.bilingual import Bilingual
from scoring.campaign import restricted
from scoring.guards import Verdict
from scoring.position_model import PositionModel, Question
from scoring.raters import AnswerToRate


@dataclass(frozen=True)
class Examined:
    """``reading`` of all that was said; ``usable`` without what the guards left out. ``known`` False: the position
    does not have this question."""

    answer: GatheredAnswer
    question: Question
    known: bool
    reading: Reading
    usable: Reading
    verdict: Verdict

    @property
    def ratable(self) -> bool:
        return self.known and self.verdict.reason is None


def examine(question_id: str, gathered: GatheredInterview, model: PositionModel) -> Examined:
    answer = gathered.answers.get(question_id) or GatheredAnswer(question_id)
    known = model.question(question_id)
    question = known or Question(id=question_id, kind="practice", text=Bilingual(zh=question_id, en=question_id))
    reading = read_answer(answer.transcript, model, question)
    verdict = _verdict(answer, reading, model, known)
    usable = without(reading, verdict.ignored, model, question)
    return Examined(answer, question, known is not None, reading, usable, verdict)


def _verdict(answer: GatheredAnswer, reading: Reading, model: PositionModel, question: Question | None) -> Verdict:
    first = guards.before_reading(answer, reading.transcript)
    if first.reason:
        return first
    if question is None:
        return guards.refuse("unknown_question")
    second = guards.after_reading(reading, model, question)
    return Verdict((*second.findings, *first.findings), second.ignored)


def planned_questions(gathered: GatheredInterview, model: PositionModel) -> tuple[str, ...]:
    if gathered.started:
        return tuple(gathered.started.questions)
    return tuple(question.id for question in model.questions if not question.reserve)


def answers_to_rate(records: Iterable[bytes], model: PositionModel) -> list[tuple[AnswerToRate, Examined]]:
    """The answers of an interview that an outside rater may be asked about. EvidenceInvalid if the log is damaged."""
    gathered = gather(records)
    model = restricted(model, planned_questions(gathered, model))
    examined = [examine(question_id, gathered, model) for question_id in sorted(gathered.answers)]
    return [(AnswerToRate(model, each.question, each.usable), each) for each in examined if each.ratable]
