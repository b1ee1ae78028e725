"""The canonical model, version 1.0: what a person, an application and an interview result are to every destination.

Adapters translate from these structs and from nothing else. Each field says in its annotation what class of data
it holds (JR/T 0171-2020: C1 internal, C2 identifies or describes a person, C3 biometric), so that masking, export
and retention can follow the tag instead of a list of field names; ``data_classes`` reads the tags.

The result has the shape that assessment vendors share: status OPEN, COMPLETED or CANCELLED, a score out of a
maximum, and attributes. No field here can hold face or voice measurements: they stay with the evidence.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from ehr_bridge.outbox import Message

SCHEMA_VERSION = "1.0"
RESULT_KIND = "viva.interview_result.v1"


class DataClass(StrEnum):
    INTERNAL = "C1"
    PERSONAL = "C2"
    BIOMETRIC = "C3"


def _class(data_class: DataClass) -> msgspec.Meta:
    return msgspec.Meta(extra={"data_class": data_class})


Internal = _class(DataClass.INTERNAL)
Personal = _class(DataClass.PERSONAL)

InternalText = Annotated[str, Internal]
PersonalText = Annotated[str, Personal]


class Label(msgspec.Struct, frozen=True):
    zh: InternalText = ""
    en: InternalText = ""


class Person(msgspec.Struct, frozen=True):
    """``id`` is the EHR's own; ``external_id`` the employer's number for the person, letters and digits."""

    id: InternalText
    name: PersonalText
    email: PersonalText = ""
    phone: PersonalText = ""
    external_id: Annotated[str | None, Personal] = None
    created_at: Annotated[datetime | None, Internal] = None
    updated_at: Annotated[datetime | None, Internal] = None
    schema_version: InternalText = SCHEMA_VERSION


class Application(msgspec.Struct, frozen=True):
    """One person's application for one position."""

    id: InternalText
    person_id: InternalText
    source_id: InternalText
    position_id: InternalText
    applied_at: Annotated[datetime, Personal]
    position: Label = Label()
    schema_version: InternalText = SCHEMA_VERSION


class Attribute(msgspec.Struct, frozen=True):
    """One named line of a result. ``value`` None: not assessable, never a number made from bad data."""

    type: Annotated[Literal["TEXT", "SUB_RESULT"], Internal]
    group: InternalText
    key: InternalText
    label: Label = Label()
    value: Annotated[float | str | None, Personal] = None


class InterviewResult(msgspec.Struct, frozen=True):
    """``id`` and ``version`` are given by the EHR when it takes the result; before that they are "" and 0.

    ``report_digest`` is the seal the report carries. ``score`` None: the report could not assess enough.
    """

    interview_id: InternalText
    status: Annotated[Literal["OPEN", "COMPLETED", "CANCELLED"], Internal]
    score: Annotated[float | None, Personal]
    max_score: Annotated[float, Internal]
    report_digest: InternalText
    attributes: Annotated[list[Attribute], Personal] = []
    completed_at: Annotated[datetime | None, Personal] = None
    id: InternalText = ""
    version: Annotated[int, Internal] = 0
    person_id: InternalText = ""
    application_id: InternalText = ""
    received_at: Annotated[datetime | None, Internal] = None
    schema_version: InternalText = SCHEMA_VERSION


class ApplicantFacts(msgspec.Struct, frozen=True):
    """What the caller knows about whose report it is. ``application_id`` is the caller's own, e.g. the invitation."""

    applicant_id: InternalText
    application_id: InternalText
    position_id: InternalText
    applied_at: Annotated[datetime, Personal]
    name: PersonalText
    email: PersonalText = ""
    phone: PersonalText = ""
    external_id: PersonalText = ""
    position: Label = Label()


class ResultPayload(msgspec.Struct, frozen=True):
    """What travels. ``report`` is the published report byte for byte; ``report_sha256`` shows that it still is."""

    applicant: ApplicantFacts
    result: InterviewResult
    report: Annotated[msgspec.Raw, Personal]
    report_sha256: InternalText
    schema_version: InternalText = SCHEMA_VERSION


class ReportUnreadable(Exception):
    """The report is not the published JSON: a defect on our side, not something a retry can heal."""

    code = "report_unreadable"
    retry = False
    fault = "server"


class _Score(msgspec.Struct, frozen=True):
    value: float | None


class _Line(msgspec.Struct, frozen=True):
    id: str
    label: Label
    score: _Score


class _View(msgspec.Struct, frozen=True):
    id: str
    parts: list[_Line]


class _Interview(msgspec.Struct, frozen=True):
    interview_id: str
    ended: str = ""
    ended_at: str = ""


class _PublishedReport(msgspec.Struct, frozen=True):
    """The few fields of ``scoring.report.Report`` that a result needs; whatever else is in it may change freely."""

    digest: str
    interview: _Interview
    total: _Score
    views: list[_View]
    competencies: list[_Line]


_report = msgspec.json.Decoder(_PublishedReport)
_payload = msgspec.json.Decoder(ResultPayload)


def from_report(report_json: bytes) -> InterviewResult:
    """The result that a published report amounts to. Raises ``ReportUnreadable``."""
    try:
        report = _report.decode(report_json)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReportUnreadable(str(error)) from None
    lines = [_attribute(view.id, line) for view in report.views for line in view.parts]
    lines += [_attribute("competency", line) for line in report.competencies]
    return InterviewResult(
        interview_id=report.interview.interview_id,
        status="CANCELLED" if report.interview.ended in ("withdrawn", "expired") else "COMPLETED",
        score=report.total.value,
        max_score=100.0,
        report_digest=report.digest,
        attributes=lines,
        completed_at=_moment_of(report.interview.ended_at),
    )


def _attribute(group: str, line: _Line) -> Attribute:
    return Attribute("SUB_RESULT", group, line.id, line.label, line.score.value)


def _moment_of(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def result_message(report_json: bytes, applicant: ApplicantFacts, source: str, now_ms: int) -> Message:
    """The outbox message for one report. Its id follows from its content: enqueueing the same report of the same
    applicant twice is one message; a report that was scored again, or facts that were corrected, are another.
    Raises ``ReportUnreadable``."""
    result = from_report(report_json)
    payload = msgspec.json.encode(ResultPayload(applicant, result, msgspec.Raw(report_json), sha256(report_json)))
    message_id = f"{result.interview_id}.{sha256(payload)[:24]}"
    return Message(source, message_id, RESULT_KIND, result.interview_id, payload, now_ms)


def read_payload(payload: bytes) -> ResultPayload:
    """Raises ``msgspec.MsgspecError`` for anything but the payload of this schema's major version."""
    decoded = _payload.decode(payload)
    if decoded.schema_version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        raise msgspec.ValidationError(f"schema version {decoded.schema_version} is not {SCHEMA_VERSION}")
    return decoded


def moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def data_classes(struct: type[msgspec.Struct]) -> dict[str, DataClass]:
    """Field name → class of data. Raises ``ValueError`` for a field without a tag: none may be forgotten."""
    hints = get_type_hints(struct, include_extras=True)
    return {field.name: _data_class(struct, field.name, hints[field.name]) for field in msgspec.structs.fields(struct)}


def _data_class(struct: type[msgspec.Struct], name: str, hint: Any) -> DataClass:
    for tag in _tags(hint):
        return tag
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return max(data_classes(hint).values())
    raise ValueError(f"{struct.__name__}.{name} says nothing about its class of data")


def _tags(hint: Any) -> Iterator[DataClass]:
    if get_origin(hint) is Annotated:
        for meta in get_args(hint)[1:]:
            if isinstance(meta, msgspec.Meta) and meta.extra and "data_class" in meta.extra:
                yield DataClass(meta.extra["data_class"])
