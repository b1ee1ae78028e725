"""A message as fields that can be compared one by one: path → value. Pure.

    applicant.name · applicant.email · applicant.phone · applicant.external_id · applicant.position_id
    result.status · result.score · result.<group>.<key> · result.report_digest · report_sha256
    record.<field>, nested ones as JSON

An adapter's ``ReadBack.fields`` uses the same paths for what its system holds.
"""

from typing import Any

import msgspec

from ehr_bridge.adapters.destination import Value
from ehr_bridge.canonical import RESULT_KIND, ApplicantFacts, InterviewResult, read_payload
from ehr_bridge.canonical.payloads import RECORD_KINDS, read_record
from ehr_bridge.canonical.records import Record
from ehr_bridge.outbox import Message

CONTACT = ("name", "email", "phone", "external_id")
TOLERANCE = 1e-6


def fields_of(message: Message) -> dict[str, Value]:
    """What a message says. Raises ``msgspec.MsgspecError`` for a payload that is none of ours."""
    if message.kind == RESULT_KIND:
        payload = read_payload(message.payload)
        return {
            **applicant_fields(payload.applicant),
            **result_fields(payload.result),
            "report_sha256": payload.report_sha256,
        }
    if message.kind in RECORD_KINDS:
        envelope, body = read_record(message.kind, message.payload)
        return {**applicant_fields(envelope.applicant), **record_fields(body)}
    raise msgspec.ValidationError(f"kind {message.kind} has no fields")


def applicant_fields(facts: ApplicantFacts) -> dict[str, Value]:
    """Only what is known: an empty text says nothing, and must not be held against what is known over there."""
    known = {name: str(getattr(facts, name)).strip() for name in (*CONTACT, "position_id", "application_id")}
    return {f"applicant.{name}": value for name, value in known.items() if value}


def result_fields(result: InterviewResult) -> dict[str, Value]:
    plain: dict[str, Value] = {
        "result.status": result.status,
        "result.score": result.score,
        "result.max_score": result.max_score,
        "result.report_digest": result.report_digest,
    }
    return plain | {f"result.{each.group}.{each.key}": each.value for each in result.attributes}


def record_fields(body: Record) -> dict[str, Value]:
    fields = msgspec.to_builtins(body)
    return {f"record.{name}": _scalar(value) for name, value in fields.items() if name != "schema_version"}


def equal(ours: Value, theirs: Value) -> bool:
    """Numbers within rounding of their last digit, texts without the spaces around them; null and "" are both
    "nothing"."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return abs(ours - theirs) <= TOLERANCE
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours.strip() == theirs.strip()
    return (ours in (None, "")) and (theirs in (None, ""))


def _scalar(value: Any) -> Value:
    return value if isinstance(value, str | int | float | bool | None) else msgspec.json.encode(value).decode()
