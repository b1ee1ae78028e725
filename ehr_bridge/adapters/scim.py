"""SCIM 2.0: the employer's directory or HR system keeps our employees up to date (RFC 7644). It calls us.

    GET /ServiceProviderConfig, /ResourceTypes, /Schemas
    GET, POST /Users    POST /Users/.search    GET, PUT, PATCH, DELETE /Users/{id}

Each employee is also a person of the embedded EHR, found by the merge keys; ``employeeNumber`` is the employer's
number for that person, ``externalId`` the calling system's own id. DELETE deactivates: the client gets 404 from then
on, as the RFC demands, and the person's history here stays. It is a destination that nothing is delivered to.
"""

from typing import Annotated, Any
from urllib.parse import unquote

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Record, Secret
from ehr_bridge.adapters.conversation import Conversation
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack
from ehr_bridge.adapters.hosting import (
    EmployeeConflict,
    FindEmployee,
    FindEmployees,
    HostedAnswer,
    HostedRequest,
    RemoveEmployee,
    SaveEmployee,
    bearer,
    same,
)
from ehr_bridge.canonical import Label
from ehr_bridge.scim.documents import MOST_RESULTS, listed, provider_config, resource_type, schemas
from ehr_bridge.scim.errors import ScimError, invalid
from ehr_bridge.scim.paths import Compare, Filter, holds, read_filter
from ehr_bridge.scim.resources import Employee, accepted, etag, patched, shown

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCHED = {"username": "userName", "externalid": "externalId", "employeenumber": "employeeNumber"}
"""What the store can find by itself; everything else is looked for among all."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Secret

    def __post_init__(self) -> None:
        if len(self.token) < 16:
            raise ValueError("the token has at least 16 characters")


class _Patch(msgspec.Struct, frozen=True):
    schemas: list[str]
    Operations: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=100)]


class _Search(msgspec.Struct, frozen=True):
    filter: str = ""
    startIndex: int = 1
    count: int = 100
    attributes: list[str] = []
    excludedAttributes: list[str] = []


class Scim:
    paces: dict[str, float] = {}  # noqa: RUF012 - it calls us

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def serve(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        try:
            if not same(self._settings.token, bearer(request)):
                return _answer(ScimError(401, "a bearer token is wanted").body, 401, {"WWW-Authenticate": "Bearer"})
            return (yield from self._route(request))
        except ScimError as error:
            return _answer(error.body, error.status)

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        raise PermanentFailure("kind_unknown", record.message.kind)
        yield

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        raise PermanentFailure("read_back_unsupported", "nothing is delivered by SCIM")
        yield

    def check(self, now_ms: int) -> Conversation[str]:
        return "it calls us: nothing to call. Give it the address and the token"
        yield

    def _route(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        base = request.base
        match [request.method, *map(unquote, request.path.strip("/").split("/"))]:
            case ["GET", "ServiceProviderConfig"]:
                return _answer(provider_config(base))
            case ["GET", "ResourceTypes"]:
                return _answer(listed([resource_type(base)], 1, 1))
            case ["GET", "ResourceTypes", "User"]:
                return _answer(resource_type(base))
            case ["GET", "Schemas"]:
                return _answer(listed(schemas(base), 2, 1))
            case ["GET", "Schemas", urn] if any(one["id"] == urn for one in schemas(base)):
                return _answer(next(one for one in schemas(base) if one["id"] == urn))
            case ["GET", "Users"]:
                return (yield from self._search(_asked(request), base))
            case ["POST", "Users", ".search"]:
                return (yield from self._search(_read(request, _Search), base))
            case ["POST", "Users"]:
                return (yield from self._create(request))
            case ["GET" | "PUT" | "PATCH" | "DELETE", "Users", user_id]:
                return (yield from self._user(request, user_id))
            case [_, "Users" | "ServiceProviderConfig" | "ResourceTypes" | "Schemas", *_]:
                raise ScimError(405, f"{request.method} is not known here")
        raise ScimError(404, "Users, ServiceProviderConfig, ResourceTypes and Schemas are here")

    def _search(self, asked: _Search, base: str) -> Conversation[HostedAnswer]:
        """Pages are counted from 1; a count of 0 asks for the number alone (3.4.2.4)."""
        test = read_filter(asked.filter) if asked.filter else None
        found: list[Employee] = yield FindEmployees(*_searched(test))
        matching = [one for one in found if test is None or holds(test, shown(one, base))]
        start, count = max(asked.startIndex, 1), min(max(asked.count, 0), MOST_RESULTS)
        page = matching[start - 1 : start - 1 + count]
        told = [shown(one, base, asked.attributes, asked.excludedAttributes) for one in page]
        return _answer(listed(told, len(matching), start))

    def _create(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        made = yield SaveEmployee(None, None, accepted(_json(request)))
        return self._saved(request, made, 201)

    def _user(self, request: HostedRequest, user_id: str) -> Conversation[HostedAnswer]:
        employee: Employee | None = yield FindEmployee(user_id)
        if employee is None:
            raise ScimError(404, "there is no such user")
        wished = request.headers.get("if-match", "")
        if wished not in ("", "*") and etag(employee) not in [one.strip() for one in wished.split(",")]:
            raise ScimError(412, "the user was changed meanwhile")
        match request.method:
            case "GET":
                return self._got(request, employee)
            case "DELETE":
                yield RemoveEmployee(user_id)
                return HostedAnswer(204)
            case "PUT":
                attributes = accepted(_json(request))
            case _:
                patch = _read(request, _Patch)
                if PATCH not in patch.schemas:
                    raise ScimError(400, f"schemas must have {PATCH}", "invalidSyntax")
                attributes = patched(employee.attributes, patch.Operations)
        if attributes == employee.attributes:
            return self._got(request, employee)
        saved = yield SaveEmployee(user_id, employee.version, attributes)
        return self._saved(request, saved, 200)

    def _got(self, request: HostedRequest, employee: Employee) -> HostedAnswer:
        if request.method == "GET" and etag(employee) == request.headers.get("if-none-match", ""):
            return HostedAnswer(304, None, {"ETag": etag(employee)})
        asked = _asked(request)
        told = shown(employee, request.base, asked.attributes, asked.excludedAttributes)
        return _answer(told, 200, {"ETag": etag(employee)})

    def _saved(self, request: HostedRequest, saved: Employee | EmployeeConflict, status: int) -> HostedAnswer:
        if isinstance(saved, EmployeeConflict):
            if saved.reason == "uniqueness":
                raise ScimError(409, "another user has this userName", "uniqueness")
            raise ScimError(412, "the user was changed meanwhile")
        told = shown(saved, request.base)
        return _answer(told, status, {"ETag": etag(saved), "Location": told["meta"]["location"]})


def _searched(test: Filter | None) -> tuple[str, str]:
    """The attribute and the text that the store can look for, or two empty texts."""
    match test:
        case Compare(operator="eq", value=str(value)) if test.target.part is None:
            return SEARCHED.get(test.target.attribute.name.lower(), ""), value
    return "", ""


def _asked(request: HostedRequest) -> _Search:
    query = request.query

    def number(name: str, otherwise: int) -> int:
        text = query.get(name, "")
        if not text:
            return otherwise
        if not text.lstrip("-").isdecimal() or len(text) > 9:
            raise invalid(f"{name} is a whole number")
        return int(text)

    return _Search(
        query.get("filter", ""),
        number("startIndex", 1),
        number("count", 100),
        _names(query.get("attributes", "")),
        _names(query.get("excludedAttributes", "")),
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _json(request: HostedRequest) -> Any:
    try:
        return msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ScimError(400, "the body is not valid JSON", "invalidSyntax") from None


def _read(request: HostedRequest, kind: type[Any]) -> Any:
    try:
        return msgspec.convert(_json(request), kind)
    except msgspec.ValidationError as error:
        raise ScimError(400, str(error), "invalidSyntax") from None


def _answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> HostedAnswer:
    return HostedAnswer(status, body, {"Content-Type": "application/scim+json", **(headers or {})})


ADAPTER = Adapter(
    Label("SCIM 2.0 员工目录", "SCIM 2.0 directory of employees"), Settings, Scim, (), hosted=True, reads_back=False
)
