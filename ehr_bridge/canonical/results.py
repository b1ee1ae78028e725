"""The result of an interview, and how it travels beside its report.

The result has the shape that assessment vendors share: status OPEN, COMPLETED or CANCELLED, a score out of a
maximum, and attributes. No field here can hold face or voice measurements: they stay with the evidence.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from ehr_bridge.canonical.classes import Internal, InternalText, Personal
from ehr_bridge.canonical.persons import SCHEMA_VERSION, ApplicantFacts, Label, same_major
from ehr_bridge.outbox import Message

RESULT_KIND = "viva.interview_result.v1"


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
    One applicant's messages keep their order; those of different people need none.
    Raises ``ReportUnreadable``."""
    result = from_report(report_json)
    payload = msgspec.json.encode(ResultPayload(applicant, result, msgspec.Raw(report_json), sha256(report_json)))
    message_id = f"{result.interview_id}.{sha256(payload)[:24]}"
    return Message(source, message_id, RESULT_KIND, result.interview_id, payload, now_ms, applicant.applicant_id)


def read_payload(payload: bytes) -> ResultPayload:
    """Raises ``msgspec.MsgspecError`` for anything but the payload of this schema's major version."""
    decoded = _payload.decode(payload)
    same_major(decoded.schema_version)
    return decoded
