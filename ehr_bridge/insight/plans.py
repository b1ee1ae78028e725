"""From requirement minus score to an onboarding plan: which gap, which course, and what to watch in the first reviews.

A course that was taken since answers its gap: its exam is evidence for the probation, and a passed one closes the line.
"""

from collections.abc import Sequence

import msgspec

from ehr_bridge.canonical import Label
from ehr_bridge.canonical.records import Performance, Training
from ehr_bridge.insight.advice import INTERVIEW, REQUIREMENT, TRAINING, Advice, Input, percent, points
from ehr_bridge.insight.book import Book, Course
from ehr_bridge.insight.lives import Interviewed, Life
from ehr_bridge.insight.requirements import Requirements


class Step(msgspec.Struct, frozen=True):
    """``gap``: points below what is asked. ``push``: so far below that the course is due at once and the reviews watch
    it. ``exam``: share of the points; ``done``: passed since. ``watched``: a review has looked at it."""

    competency: str
    label: Label
    required: float
    score: float
    gap: float
    push: bool
    course: Course | None
    exam: float | None = None
    done: bool = False
    watched: bool = False


def plan(life: Life, asked: Requirements, book: Book) -> tuple[Step, ...]:
    """The largest gap first; empty without an interview or without a gap."""
    one = life.interviewed
    if one is None:
        return ()
    steps = []
    for key, each in asked.asked.items():
        required = each.required if each.required is not None else book.required_score
        score = one.scores.get(key)
        if score is not None and score < required:
            course = book.course_for(key)
            taken = _taken(life, course, key)
            reviews = [review for review in life.of(Performance) if key in review.watched]
            steps.append(
                Step(
                    key,
                    each.label,
                    required,
                    score,
                    required - score,
                    score < book.push_course_below,
                    course,
                    exam=_exam(taken),
                    done=any(training.passed for training in taken),
                    watched=bool(reviews),
                )
            )
    return tuple(sorted(steps, key=lambda step: (-step.gap, step.competency)))


def _taken(life: Life, course: Course | None, competency: str) -> list[Training]:
    return [
        training
        for training in life.of(Training)
        if (course is not None and training.course_id == course.id) or training.competency == competency
    ]


def _exam(taken: Sequence[Training]) -> float | None:
    scored = [each for each in taken if each.exam_score is not None and each.exam_max_score > 0]
    return (scored[-1].exam_score or 0.0) / scored[-1].exam_max_score if scored else None


def pushes(life: Life, steps: Sequence[Step]) -> list[Advice]:
    """Courses that are due, each once with all its reasons; and what the exam showed since."""
    due: dict[str, list[Step]] = {}
    for step in steps:
        if step.push and not step.done and step.course is not None:
            due.setdefault(step.course.id, []).append(step)
    return [_push(life, own) for own in due.values()]


def _push(life: Life, steps: Sequence[Step]) -> Advice:
    course, exam = steps[0].course, next((step.exam for step in steps if step.exam is not None), None)
    assert course is not None
    inputs = []
    for step in steps:
        inputs.append(Input(step.label, points(step.score), INTERVIEW))
        inputs.append(Input(step.label, points(step.required), REQUIREMENT))
    what_zh, what_en = "、".join(s.label.zh for s in steps), ", ".join(s.label.en for s in steps)
    text = Label(
        f"{what_zh}得分较低：建议参加“{course.title.zh}”课程，并在绩效评估中重点关注其提升情况。",
        f"Low in {what_en}: the course “{course.title.en}” is suggested, and attention to it in the reviews.",
    )
    if exam is not None:
        inputs.append(Input(course.title, percent(exam), TRAINING))
        text = Label(
            f"“{course.title.zh}”考核未通过：建议补训，结果作为试用期考核依据。",
            f"The exam of “{course.title.en}” was not passed: train again; the result is evidence for the probation.",
        )
    return Advice("course_push", life.person_id, text, tuple(inputs))


def passed_exams(one: Interviewed, steps: Sequence[Step]) -> list[Advice]:
    """Gaps that training has closed: for the review that decides about the probation."""
    return [_closed(one, step) for step in steps if step.done]


def _closed(one: Interviewed, step: Step) -> Advice:
    exam = "" if step.exam is None else f" {percent(step.exam)}"
    text = Label(
        f"{step.label.zh}：面试 {points(step.score)} 分，培训后考核{exam} 通过，可作为转正依据。",
        f"{step.label.en}: {points(step.score)} in the interview, and the exam after training{exam} was passed: "
        "evidence for the probation.",
    )
    inputs = [Input(step.label, points(step.score), INTERVIEW)]
    if step.exam is not None:
        inputs.append(Input(step.label, percent(step.exam), TRAINING))
    return Advice("gap_closed", one.result_id, text, tuple(inputs))
