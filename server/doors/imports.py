"""Old data brought over: a data steward uploads a sheet, sees what it would do, applies it, undoes it, verifies it."""

from dataclasses import asdict
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from ehr_bridge.imports.csv_rows import LARGEST_BYTES
from ehr_bridge.imports.verifying import CLEAN_PASSES
from server.access import STEWARDS, hr
from server.clock import rfc3339
from server.house import house
from server.import_table import as_csv, lines
from server.imports import ImportRefused, Tried
from server.problems import Problem
from server.requests import answer, body_of
from server.store import imports, people

MOST_LINES = 500


async def list_imports(request: Request) -> Response:
    """``GET /api/v1/imports``: what was imported, and by which mappings one may."""
    user = await hr(request, STEWARDS)
    async with house(request).engine.begin() as store:
        found = await imports.listed(store)
        await people.note(store, user.name, "listed_imports", "imports", f"{len(found)} rows")
    return answer({"items": [_shown(row) for row in found], "mappings": house(request).importer.offered})


async def try_import(request: Request) -> Response:
    """``POST /api/v1/imports?mapping=&kind=&name=``: a dry run. The body is the file."""
    user = await hr(request, STEWARDS)
    wanted = request.query_params
    file = await body_of(request, LARGEST_BYTES)
    name = unquote(wanted.get("name", "")).replace("\\", "/").rpartition("/")[2] or "sheet.csv"
    try:
        tried = await house(request).importer.try_file(
            file, name, wanted.get("mapping", ""), wanted.get("kind", ""), user.name
        )
    except ImportRefused as refused:
        raise _problem(refused) from None
    return answer(_table(tried), 201)


async def read_import(request: Request) -> Response:
    """``GET /api/v1/imports/{id}``: with every pass over it."""
    await hr(request, STEWARDS)
    async with house(request).engine.connect() as store:
        row = await imports.find(store, request.path_params["id"])
    if row is None:
        raise Problem("import_unknown")
    return answer(await _whole(request, row))


async def read_table(request: Request) -> Response:
    """``GET /api/v1/imports/{id}/table?format=json|csv&language=``: before and after, as of now."""
    user = await hr(request, STEWARDS)
    form, language = request.query_params.get("format", "json"), request.query_params.get("language", "zh")
    if form not in ("json", "csv") or language not in ("zh", "en"):
        raise Problem("request_invalid", detail="format is json or csv; language is zh or en")
    try:
        tried = await house(request).importer.table(request.path_params["id"], user.name)
    except ImportRefused as refused:
        raise _problem(refused) from None
    if form == "json":
        return answer(_table(tried))
    body = as_csv(tried.planned, tried.outcomes, "zh" if language == "zh" else "en")
    disposition = f'attachment; filename="{tried.row.id}.csv"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


async def apply_import(request: Request) -> Response:
    """``POST /api/v1/imports/{id}/apply``."""
    user = await hr(request, STEWARDS)
    try:
        row = await house(request).importer.apply(request.path_params["id"], user.name)
    except ImportRefused as refused:
        raise _problem(refused) from None
    return answer(await _whole(request, row))


async def undo_import(request: Request) -> Response:
    """``POST /api/v1/imports/{id}/undo``: what somebody has changed since stays, and is counted."""
    user = await hr(request, STEWARDS)
    try:
        undone = await house(request).importer.undo(request.path_params["id"], user.name)
    except ImportRefused as refused:
        raise _problem(refused) from None
    return answer(asdict(undone))


async def verify_import(request: Request) -> Response:
    """``POST /api/v1/imports/{id}/verifications``: one more pass over every row."""
    user = await hr(request, STEWARDS)
    try:
        check = await house(request).importer.verify(request.path_params["id"], user.name)
    except ImportRefused as refused:
        raise _problem(refused) from None
    return answer(_check(check), 201)


def _problem(refused: ImportRefused) -> Problem:
    known = ("import_unknown", "import_state", "import_file_gone", "mapping_unknown", "mapping_changed")
    return Problem(refused.code if refused.code in known else "import_file_refused", detail=str(refused))


async def _whole(request: Request, row: imports.ImportRow) -> dict[str, object]:
    checks, verified = await house(request).importer.checks(row.id)
    passes = {"checks": [_check(check) for check in checks], "verified": verified, "passes_needed": CLEAN_PASSES}
    return _shown(row) | passes


def _table(tried: Tried) -> dict[str, object]:
    table = lines(tried.planned, tried.outcomes, MOST_LINES)
    return _shown(tried.row) | {"encodings": tried.encodings, "lines": table, "most_lines": MOST_LINES}


def _check(check: imports.CheckRow) -> dict[str, object]:
    found = check.found
    return {
        "number": check.number,
        "by": check.by,
        "at": rfc3339(check.at_ms),
        "clean": found.clean,
        "compared": found.compared,
        "missing": found.missing,
        "different": found.different,
        "differences": [{"line": line, "path": path} for line, path in found.differences],
    }


def _shown(row: imports.ImportRow) -> dict[str, object]:
    return {
        "id": row.id,
        "kind": row.kind,
        "mapping": row.mapping,
        "file_name": row.file_name,
        "file_sha256": row.file_sha256,
        "file_kept": row.kept,
        "state": row.state,
        "counts": row.counts,
        "created_by": row.created_by,
        "created_at": rfc3339(row.created_at_ms),
        "applied_at": rfc3339(row.applied_at_ms) if row.applied_at_ms else None,
        "undone_at": rfc3339(row.undone_at_ms) if row.undone_at_ms else None,
    }
