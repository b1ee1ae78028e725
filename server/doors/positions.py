"""HR's door to the position models: what there is, one in full, a new one."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from scoring.position_model import PositionModel, Question
from scoring.positions import builtin, examine
from server.access import RECRUITERS, hr
from server.clock import rfc3339
from server.house import house
from server.positions import VersionTaken, errors_of, position_row, publish, publish_builtin
from server.problems import Problem
from server.requests import answer, body_of, json_of
from server.store import interviews, people
from server.store.interviews import PositionRow


class FromBuiltin(msgspec.Struct, frozen=True):
    id: str


async def list_positions(request: Request) -> Response:
    """The newest version of each, by id."""
    await hr(request)
    async with house(request).engine.connect() as store:
        rows = await interviews.list_positions(store)
    items = [_summary(row) for row in sorted(rows, key=lambda row: row.id)]
    return answer({"items": items, "builtin": sorted(builtin())})


async def read_position(request: Request) -> Response:
    """What is weighed and asked, what the rules of today say against it, and the whole model as YAML."""
    await hr(request)
    async with house(request).engine.connect() as store:
        row = await interviews.find_position(store, request.path_params["id"])
    if row is None:
        raise Problem("position_unknown")
    model = await house(request).loader.model_of(row)
    return answer({**_summary(row), **_outline(model), "errors": await errors_of(row), "yaml": row.source_yaml})


async def create_position(request: Request) -> Response:
    """YAML of an own model, or ``{"id": …}`` of one that ships with Viva."""
    user = await hr(request, RECRUITERS)
    rooms = house(request)
    if request.headers.get("content-type", "").startswith("application/json"):
        wanted = await json_of(request, FromBuiltin)
        if wanted.id not in builtin():
            raise Problem("position_unknown")
        async with rooms.engine.begin() as store:
            row = await publish_builtin(store, builtin()[wanted.id])
            await people.note(store, user.name, "created_position", f"{row.id}@{row.version}")
        return answer(_summary(row), 201)
    row = await asyncio.to_thread(_parsed, await body_of(request))  # reading YAML takes its time
    try:
        async with rooms.engine.begin() as store:
            row = await publish(store, row)
            await people.note(store, user.name, "created_position", f"{row.id}@{row.version}")
    except VersionTaken as error:
        raise Problem("position_version_taken", detail=str(error)) from None
    return answer(_summary(row), 201)


def _parsed(body: bytes) -> PositionRow:
    try:
        source = body.decode()
    except UnicodeDecodeError:
        raise Problem("position_invalid", detail="upload.yaml: not UTF-8") from None
    examined = examine(source, file="upload.yaml")
    if examined.model is None or examined.errors:
        raise Problem("position_invalid", detail="\n".join(map(str, examined.errors)))
    return position_row(examined.model, None if examined.picks else source)


def _summary(row: PositionRow) -> dict[str, object]:
    return {
        "id": row.id,
        "version": row.version,
        "title": row.title,
        "digest": row.digest,
        "created_at": rfc3339(row.created_at),
    }


def _outline(model: PositionModel) -> dict[str, object]:
    return {
        "summary": model.summary,
        "features": model.features,
        "competencies": [
            {
                "id": competency.id,
                "version": competency.version,
                "dimension": competency.dimension,
                "label": competency.label,
                "weight": competency.weight,
            }
            for competency in model.competencies
        ],
        "questions": [_question(question) for question in model.questions],
        "pass_hints": [{"of": hint.of, "at_least": hint.at_least} for hint in model.pass_hints],
    }


def _question(question: Question) -> dict[str, object]:
    return {
        "id": question.id,
        "kind": question.kind,
        "dimension": question.dimension,
        "text": question.text,
        "feature": question.feature,
        "reserve": question.reserve,
        "reading_s": question.reading_s,
        "thinking_s": question.thinking_s,
        "answer_s": question.answer_s,
        "competencies": list(question.measures),
    }
