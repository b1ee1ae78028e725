"""Records of a person's life, from the employer's system: written idempotently, read page by page, all audited.

``PUT /api/v1/ehr/records/{kind}/{external_id}`` writes one; ``POST /api/v1/ehr/records`` up to a hundred, each by
itself: one that is refused says why in its place, and the others are stored.
"""

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge import reading
from ehr_bridge.canonical import PersonFacts
from ehr_bridge.canonical.records import KINDS, OURS, Record
from ehr_bridge.canonical.schemas import schema_json
from ehr_bridge.field_keys import FieldKeysUnavailable
from ehr_bridge.joining import root_of
from ehr_bridge.records import KnownRecord, New, RecordRefused, Stored, find_record, record, records_of, revealed
from server.access import RECORDS_READ, RECORDS_WRITE, SENSITIVE_READ, consumer
from server.clock import wall_ms
from server.consumers import opened
from server.house import house
from server.problems import Problem
from server.representation import represent
from server.requests import answer, json_of
from server.store import people, scorecards

MAX_EXTERNAL_ID = 160
MAX_BATCH = 100
THEIRS = tuple(kind for kind in KINDS if kind not in OURS)


class NewRecord(msgspec.Struct, frozen=True):
    """``person_id``: the EHR's own id of the person; else ``person`` says whom the record is about. ``application``:
    the name under which the application was sent, if the record belongs to one."""

    record: msgspec.Raw
    person: PersonFacts = PersonFacts()
    person_id: str = ""
    application: str = ""


class BatchItem(msgspec.Struct, frozen=True):
    kind: str
    external_id: str
    record: msgspec.Raw
    person: PersonFacts = PersonFacts()
    person_id: str = ""
    application: str = ""

    @property
    def new(self) -> NewRecord:
        return NewRecord(self.record, self.person, self.person_id, self.application)


class Batch(msgspec.Struct, frozen=True):
    items: list[BatchItem]


async def put_record(request: Request) -> Response:
    """201 for a new one or a new version, 200 where nothing changed."""
    await consumer(request, RECORDS_WRITE)
    wanted = await json_of(request, NewRecord)
    stored = await _store(request, request.path_params["kind"], request.path_params["external_id"], wanted)
    return answer(stored, 201 if stored.changed else 200)


async def put_records(request: Request) -> Response:
    """207: each item with its own outcome, in the order in which they were sent."""
    await consumer(request, RECORDS_WRITE)
    batch = await json_of(request, Batch)
    if len(batch.items) > MAX_BATCH:
        raise Problem("request_invalid", detail=f"at most {MAX_BATCH} records at once")
    outcomes = [await _outcome(request, item) for item in batch.items]
    return answer({"items": outcomes}, 207)


async def _outcome(request: Request, item: BatchItem) -> dict[str, object]:
    named = {"kind": item.kind, "external_id": item.external_id}
    try:
        return {**named, "stored": await _store(request, item.kind, item.external_id, item.new)}
    except Problem as problem:
        refused = problem.refused
        why = {"code": refused.code, "message": refused.message, "retry": refused.retry, "detail": problem.detail}
        return {**named, "problem": why}


async def _store(request: Request, kind: str, external_id: str, wanted: NewRecord) -> Stored:
    if not 0 < len(external_id) <= MAX_EXTERNAL_ID:
        raise Problem("request_invalid", detail=f"external_id has 1 to {MAX_EXTERNAL_ID} characters")
    body = _body(kind, wanted.record)
    try:
        async with opened(request, RECORDS_WRITE) as ehr:
            source = f"key/{ehr.key.name}"[:120]
            new = New(source, external_id, wanted.person_id or wanted.person, body, wanted.application)
            stored = await record(ehr.store, ehr.keys, new, wall_ms())
            if stored.changed:
                await ehr.note(f"wrote_{kind}", stored.person_id, f"{stored.id} version {stored.version}")
    except RecordRefused as refused:
        raise Problem(refused.code) from None
    except FieldKeysUnavailable:
        raise Problem("field_keys_unavailable") from None
    return stored


def _body(kind: str, raw: msgspec.Raw) -> Record:
    if kind not in KINDS or kind in OURS:
        raise Problem(
            "record_kind_unknown", detail=f"kinds are {', '.join(name for name in KINDS if name not in OURS)}"
        )
    try:
        return msgspec.json.decode(raw, type=KINDS[kind])
    except msgspec.ValidationError as error:
        raise Problem("request_invalid", detail=f"record: {error}") from None


async def list_records(request: Request) -> Response:
    """``GET /api/v1/ehr/persons/{id}/records?kind=``: the latest versions, oldest event first."""
    kind = request.query_params.get("kind", "")
    if kind and kind not in KINDS:
        raise Problem("record_kind_unknown", detail=f"kinds are {', '.join(KINDS)}")
    async with opened(request, RECORDS_READ) as ehr:
        person_id = await root_of(ehr.store, request.path_params["id"])
        if await reading.person(ehr.store, person_id) is None:
            raise Problem("person_unknown")
        found = await records_of(ehr.store, person_id, [kind] if kind else [])
        await ehr.note("read_records", person_id, kind)
    return represent(request, {"items": found}, items="items")


async def read_record(request: Request) -> Response:
    """``?version=`` an earlier one; ``?sensitive=true`` with what is encrypted, for keys that may."""
    sensitive = request.query_params.get("sensitive") == "true"
    async with opened(request, RECORDS_READ, *([SENSITIVE_READ] if sensitive else [])) as ehr:
        found = await _found(request, ehr.store, sensitive=sensitive)
        await ehr.note("read_sensitive" if sensitive else "read_record", found.person_id, found.id)
    return represent(request, found)


async def asked_for(request: Request, actor: str, *, sensitive: bool, rater: str = "") -> KnownRecord:
    """One record, and the line in the audit log that says who has seen it, and whether with its sensitive fields.
    ``rater``: who may be a member of the interview's panel, and then sees nothing of it before handing in a card."""
    async with house(request).engine.begin() as store:
        found = await _found(request, store, sensitive=sensitive)
        interview_id = getattr(found.body, "interview_id", "")
        if rater and interview_id and await scorecards.must_stay_blind(store, interview_id, rater):
            raise Problem("blind_until_submitted")
        await people.note(store, actor, "read_sensitive" if sensitive else "read_record", found.person_id, found.id)
    return found


async def _found(request: Request, store: AsyncConnection, *, sensitive: bool) -> KnownRecord:
    record_id, version = request.path_params["id"], request.query_params.get("version")
    if version is not None and not (version.isdecimal() and len(version) < 9):
        raise Problem("request_invalid", detail="version is a whole number")
    number = int(version) if version else None
    try:
        if sensitive:
            found = await revealed(store, house(request).field_keys, record_id, number)
        else:
            found = await find_record(store, record_id, number)
    except FieldKeysUnavailable:
        raise Problem("field_keys_unavailable") from None
    if found is None:
        raise Problem("record_unknown")
    return found


async def schema(_request: Request) -> Response:
    return Response(schema_json(), media_type="application/schema+json")
