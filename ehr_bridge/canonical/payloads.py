"""How a record of ours travels: the decision of people, the panel's result.

kind      viva.decision.v1, viva.panel_result.v1
subject   the interview's id, as for its result
payload   ``RecordPayload``
"""

from typing import Annotated

import msgspec

from ehr_bridge.canonical.classes import InternalText, Personal
from ehr_bridge.canonical.persons import SCHEMA_VERSION, ApplicantFacts, same_major
from ehr_bridge.canonical.records import KINDS, OURS, Decision, PanelResult, Record
from ehr_bridge.canonical.results import sha256
from ehr_bridge.outbox import Message

RECORD_KINDS = {f"viva.{kind}.v1": KINDS[kind] for kind in OURS}
"""Kind of message → struct of its record."""


class RecordPayload(msgspec.Struct, frozen=True):
    """``external_id``: our name of the record; a later version of the same thing has the same."""

    applicant: ApplicantFacts
    external_id: InternalText
    record: Annotated[msgspec.Raw, Personal]
    schema_version: InternalText = SCHEMA_VERSION


_payload = msgspec.json.Decoder(RecordPayload)


def record_message(
    body: Decision | PanelResult, external_id: str, applicant: ApplicantFacts, source: str, now_ms: int
) -> Message:
    """The outbox message for one record; the same content is the same message, as for a result."""
    payload = msgspec.json.encode(RecordPayload(applicant, external_id, msgspec.Raw(msgspec.json.encode(body))))
    message_id = f"{external_id}.{sha256(payload)[:24]}"
    return Message(
        source, message_id, f"viva.{body.kind}.v1", body.interview_id, payload, now_ms, applicant.applicant_id
    )


def read_record(kind: str, payload: bytes) -> tuple[RecordPayload, Record]:
    """Raises ``msgspec.MsgspecError`` for anything but the payload of a record of this kind and major version."""
    decoded = _payload.decode(payload)
    same_major(decoded.schema_version)
    return decoded, msgspec.json.decode(decoded.record, type=RECORD_KINDS[kind])
