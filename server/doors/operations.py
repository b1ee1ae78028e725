"""Operators' doors: is it alive, is it ready, what are its numbers, what does it offer."""

import math
from dataclasses import fields, is_dataclass

from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge import reading
from ehr_bridge.ledger import states_of
from ehr_bridge.rates import rates
from server import patience
from server.access import hr
from server.clock import wall_ms
from server.house import house
from server.openapi import document
from server.problems import Problem
from server.readiness import reasons_against
from server.requests import answer, page_of

DAY_MS = 24 * 3_600_000


async def healthz(_request: Request) -> Response:
    """The process answers; nothing more is claimed."""
    return answer({"status": "ok"})


async def readyz(request: Request) -> Response:
    """503 with reasons while candidates should not be sent here."""
    rooms = house(request)
    reasons = await reasons_against(rooms)
    speech, face = rooms.inference.speech, rooms.inference.face
    state = {
        "ready": not reasons,
        "reasons": reasons,
        "interviews": {"live": rooms.switchboard.active, "capacity": rooms.switchboard.capacity},
        "speech": {"engine": str(speech), "notice": speech.notice} if speech else None,
        "face": {"engine": str(face)} if face else None,
    }
    return answer(state, 200 if not reasons else 503)


async def metrics(request: Request) -> Response:
    rooms = house(request)
    numbers = rooms.metrics
    numbers.live.set(rooms.switchboard.active)
    numbers.rung.set(rooms.relief.ladder.rung)
    numbers.rung_changes.set(rooms.relief.ladder.changes)
    numbers.capacity.set(rooms.switchboard.capacity)
    numbers.terms_lost.set(rooms.switchboard.keeper.terms_lost)
    numbers.admission.labels("waiting").set(rooms.switchboard.admission.waiting)
    for name, value in _figures(rooms.switchboard.admission.counters):
        numbers.admission.labels(name).set(value)
    numbers.dropped_events.set(sum(interview.dropped_events for interview in rooms.switchboard.live))
    while rooms.finisher.report_seconds:
        numbers.report_seconds.observe(rooms.finisher.report_seconds.pop())
    for name, value in _figures(rooms.inference.statistics()):
        numbers.inference.labels(name).set(value)
    if rooms.senses.voices is not None:
        for name, value in _figures(rooms.senses.voices.statistics()):
            numbers.voice.labels(name).set(value)
    for guard, hits in rooms.senses.guard_hits.items():
        numbers.guards.labels(guard).set(hits)
    for name, value in _figures(rooms.webrtc.counters):
        numbers.media.labels(name).set(value)
    for name, value in _figures(patience.counters):
        numbers.http.labels(name).set(value)
    async with rooms.engine.connect() as store:
        for kind, count in {**await reading.counts(store), **await reading.record_counts(store)}.items():
            numbers.records.labels(kind).set(count)
        for (destination, state), count in (await states_of(store)).items():
            numbers.deliveries.labels(destination, state).set(count)
        for of in await rates(store, wall_ms() - DAY_MS, wall_ms() + 1, wall_ms()):
            for name in ("sync_success", "conflict", "integration"):
                share = getattr(of, name).value
                numbers.shares.labels(of.destination, name).set(math.nan if share is None else share)
    return Response(numbers.exposition(), media_type="text/plain; version=0.0.4")


def _figures(statistics: object) -> list[tuple[str, float]]:
    if not is_dataclass(statistics):
        return []
    values = ((item.name, getattr(statistics, item.name)) for item in fields(statistics))
    return [(name, float(value)) for name, value in values if isinstance(value, int | float)]


async def traces(request: Request) -> Response:
    """Of the utterances that this process published last: where their time went. Not a word of them."""
    await hr(request, frozenset({"admin", "operator"}))
    kind = request.query_params.get("kind", "final")
    if kind not in ("partial", "final"):
        raise Problem("request_invalid", detail="kind is partial or final")
    _, limit = page_of(request)
    found = house(request).senses.traces.last("final" if kind == "final" else "partial", limit)
    return answer({"items": found})


async def openapi(_request: Request) -> Response:
    return answer(document())
