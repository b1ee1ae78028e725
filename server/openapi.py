"""The OpenAPI 3.1 document, made from the table of doors."""

import re
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from server.door import Door

_SECURITY = {
    "session": {"type": "http", "scheme": "bearer", "description": "Session token from POST /api/v1/join"},
    "sign-in": {"type": "http", "scheme": "bearer", "description": "Token from POST /api/v1/sign-in"},
    "api-key": {"type": "http", "scheme": "bearer", "description": "API key (vk_…) with scopes"},
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    from server.routes import DOORS

    bodies = [door.body for door in DOORS if door.body is not None]
    references, schemas = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    body_schema = dict(zip(bodies, references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for door in DOORS:
        path = re.sub(r":\w+}", "}", door.path)
        paths.setdefault(path, {})[door.method.lower()] = _operation(door, path, body_schema)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Viva",
            "version": version("viva"),
            "description": "Live interviews: invitation, interview, report, employee record. "
            "The interview's WebSocket protocol is described by its own JSON Schema.",
        },
        "paths": paths,
        "components": {"schemas": {**schemas, "Problem": _PROBLEM}, "securitySchemes": _SECURITY},
    }


_TEXT = {"type": "object", "required": ["zh", "en"], "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "message", "retry", "fault"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; see docs/reference/errors.md"},
        "message": _TEXT,
        "detail": {"type": "string"},
        "retry": {"type": "boolean"},
        "fault": {"enum": ["client", "server", "network"]},
    },
}


def _operation(door: "Door", path: str, body_schema: dict[Any, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in door.query]
    problem = {
        "description": "A problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    done: dict[str, Any] = {"description": "Done"}
    if door.status != 204:
        done["content"] = {door.sends: {}}
    operation: dict[str, Any] = {
        "summary": door.summary,
        "operationId": f"{door.endpoint.__module__.rsplit('.', 1)[-1]}_{door.endpoint.__name__}_{door.method.lower()}",
        "parameters": parameters,
        "responses": {str(door.status): done, "default": problem},
    }
    if door.auth != "none":
        operation["security"] = [{door.auth: []}]
    if door.body is not None:
        operation["requestBody"] = {"required": True, "content": {door.takes: {"schema": body_schema[door.body]}}}
    elif door.method in ("POST", "PATCH") and door.takes != "application/json":
        operation["requestBody"] = {"required": True, "content": {door.takes: {"schema": {"type": "string"}}}}
    return operation
