"""A person's life as one list: what each record says in one line. Pure; ``ehr_bridge.reading`` fetches the records.

Nothing sensitive can be in an entry: it is made of records without their sensitive fields.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from ehr_bridge.canonical import Internal, InternalText, Label, Personal, moment
from ehr_bridge.canonical.records import (
    TITLES,
    Decision,
    Interaction,
    Leave,
    Offer,
    Onboarding,
    PanelResult,
    Performance,
    Record,
    Resume,
    SecondInterview,
    Training,
    WrittenTest,
)
from ehr_bridge.records import KnownRecord


class TimelineEntry(msgspec.Struct, frozen=True):
    """One thing that happened to a person; ``ref`` is the id of the record that tells it all. ``title``: for people;
    ``state``: the record's own word for how it stands; ``withheld``: sensitive fields that it has and does not show."""

    at: Annotated[datetime, Personal]
    kind: InternalText
    ref: InternalText
    position_id: InternalText = ""
    version: Annotated[int, Internal] = 1
    score: Annotated[float | None, Personal] = None
    max_score: Annotated[float, Internal] = 100.0
    state: InternalText = ""
    title: Label = Label()
    detail: Annotated[str, Personal] = ""
    interview_id: InternalText = ""
    withheld: Annotated[tuple[str, ...], Internal] = ()


class _Line(msgspec.Struct, frozen=True):
    """What is different between the kinds."""

    score: float | None = None
    max_score: float = 100.0
    state: str = ""
    title: Label | None = None
    detail: str = ""
    position_id: str = ""
    interview_id: str = ""


def entry(record: KnownRecord) -> TimelineEntry:
    line = _line(record.body)
    return TimelineEntry(
        at=moment(record.at_ms),
        kind=record.kind,
        ref=record.id,
        position_id=line.position_id,
        version=record.version,
        score=line.score,
        max_score=line.max_score,
        state=line.state,
        title=line.title or TITLES[record.kind],
        detail=line.detail,
        interview_id=line.interview_id,
        withheld=record.withheld,
    )


def _line(body: Record) -> _Line:
    match body:
        case Resume():
            return _Line(detail=", ".join(filter(None, [body.school, body.subject, *body.certificates])))
        case WrittenTest():
            return _Line(body.score, body.max_score, _passed(body.passed), titled(body.kind, body.name))
        case SecondInterview():
            return _Line(body.score, body.max_score, body.outcome, detail=body.remarks)
        case Offer():
            return _Line(state=body.state, position_id=body.position_id)
        case Onboarding():
            done = sum(step.state == "done" for step in body.steps)
            detail = f"{done}/{len(body.steps)}" if body.steps else ""
            return _Line(state=body.state, position_id=body.position_id, detail=detail)
        case Training():
            return _Line(body.exam_score, body.exam_max_score, _passed(body.passed), titled(body.kind, body.course))
        case Performance():
            return _Line(body.score, body.max_score, body.grade, detail=body.period)
        case Leave():
            return _Line(state=body.cause)
        case Interaction():
            return _Line(state=body.direction, detail=body.text)
        case Decision():
            return _Line(body.holds, interview_id=body.interview_id, detail=body.reason)
        case PanelResult():
            return _Line(body.score, interview_id=body.interview_id, detail=str(body.raters))


def _passed(passed: bool | None) -> str:
    return "" if passed is None else "passed" if passed else "failed"


def titled(kind: str, name: Label) -> Label:
    """What it is, and which: "Training: Risk control"."""
    title = TITLES[kind]
    zh = f"{title.zh}：{name.zh or name.en}" if name.zh or name.en else title.zh
    return Label(zh, f"{title.en}: {name.en or name.zh}" if name.en or name.zh else title.en)


def in_order(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Oldest first. Of what happened at one moment the earlier stage of a life comes first."""
    stage = {kind: number for number, kind in enumerate(TITLES)}
    return sorted(entries, key=lambda each: (each.at, stage[each.kind], each.ref, each.version))
