"""Hints across sources: what the résumé or the written test says beside what the interview showed. Rules are data."""

from ehr_bridge.canonical import Label
from ehr_bridge.canonical.records import Resume, WrittenTest
from ehr_bridge.insight.advice import INTERVIEW, RESUME, WRITTEN_TEST, Advice, Input, percent, points
from ehr_bridge.insight.book import Book, Hint, Limit
from ehr_bridge.insight.lives import Interviewed, Life


def hints(life: Life, book: Book) -> list[Advice]:
    """In the order of the book."""
    one = life.interviewed
    if one is None:
        return []
    found = []
    for hint in book.hints:
        inputs = _inputs(life, one, hint)
        if inputs:
            found.append(Advice(hint.id, life.person_id, hint.text, tuple(inputs)))
    return found


def _inputs(life: Life, one: Interviewed, hint: Hint) -> list[Input]:
    """What the hint rests on; empty: it does not hold."""
    inputs: list[Input] = []
    if hint.resume_says:
        words = _said(life, hint.resume_says)
        if not words:
            return []
        inputs.append(Input(Label("简历提到", "the résumé says"), "、".join(words), RESUME))
    for limit, below in ((hint.score_below, True), (hint.score_from, False)):
        if limit is None:
            continue
        score = one.scores.get(limit.key, one.parts.get(limit.key))
        if score is None or (score >= limit.points if below else score < limit.points):
            return []
        inputs.append(Input(_label(one, limit), points(score), INTERVIEW))
    if hint.written_from is not None:
        written = _written(life)
        if written is None or written < hint.written_from:
            return []
        inputs.append(Input(Label("笔试", "written test"), percent(written), WRITTEN_TEST))
    return inputs


def _label(one: Interviewed, limit: Limit) -> Label:
    return one.labels.get(limit.key, Label(limit.key, limit.key))


def _said(life: Life, words: tuple[str, ...]) -> list[str]:
    texts: list[str] = []
    for resume in life.of(Resume):
        texts += [*resume.employers, *resume.skills, *resume.certificates, resume.subject]
        texts += [fact.value for fact in resume.facts]
    folded = " ".join(texts).casefold()
    return [word for word in words if word.casefold() in folded]


def _written(life: Life) -> float | None:
    """The newest test's share of its points."""
    scored = [each for each in life.of(WrittenTest) if each.score is not None and each.max_score > 0]
    return (scored[-1].score or 0.0) / scored[-1].max_score if scored else None
