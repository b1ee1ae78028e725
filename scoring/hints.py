"""The position's pass hints, compared with the scores: a line for HR to read. Nothing is decided by them."""

from collections.abc import Iterator

from scoring.bilingual import Bilingual
from scoring.position_model import PositionModel
from scoring.report import Note, Report

_TOTAL = Bilingual(zh="总分", en="Total")


def hint_notes(model: PositionModel, report: Report) -> tuple[Note, ...]:
    """One note per hint whose score is part of this report."""
    scores = dict(_scores(report))
    notes: list[Note] = []
    for hint in model.pass_hints:
        if hint.of in scores:
            label, value = scores[hint.of]
            notes.append(Note("pass_hint", _told(label, hint.at_least, value), audience="hr"))
    return tuple(notes)


def _scores(report: Report) -> Iterator[tuple[str, tuple[Bilingual, float | None]]]:
    yield "total", (_TOTAL, report.total.value)
    for competency in report.competencies:
        yield competency.id, (competency.label, competency.score.value)
    for view in report.views:
        for part in view.parts:
            yield f"{view.id}.{part.id}", (part.label, part.score.value)


def _told(label: Bilingual, at_least: float, value: float | None) -> Bilingual:
    if value is None:
        return Bilingual(
            zh=f"岗位参考线：{label.zh} ≥ {at_least:g}；本次无法评价。",
            en=f"Reference for this job: {label.en} ≥ {at_least:g}; not assessable here.",
        )
    zh, en = ("达到", "met") if value >= at_least else ("未达到", "not met")
    return Bilingual(
        zh=f"岗位参考线：{label.zh} ≥ {at_least:g}；本次 {value:g}，{zh}。仅供参考，由人决定。",
        en=f"Reference for this job: {label.en} ≥ {at_least:g}; here {value:g}, {en}. A human decides.",
    )
