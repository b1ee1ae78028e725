"""An employee as SCIM has it: checked when it comes, patched, and shown.

``Attributes`` are what a client may write, spelled as the table spells them; id, meta and schemas are added when shown.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.scim.attributes import ENTERPRISE, USER, Attribute, core, enterprise
from ehr_bridge.scim.errors import ScimError, invalid
from ehr_bridge.scim.paths import Path, picked, read_path

Attributes = dict[str, Any]
MOST_VALUES, MOST_TEXT = 20, 1024


@dataclass(frozen=True, slots=True)
class Employee:
    """As it is stored. ``version`` rises by one with every change."""

    id: str
    version: int
    created_at_ms: int
    updated_at_ms: int
    attributes: Attributes


def accepted(body: object) -> Attributes:
    """What a client sent as a whole user. Raises ``ScimError``."""
    if not isinstance(body, dict):
        raise ScimError(400, "the body is no JSON object", "invalidSyntax")
    schemas = body.get("schemas")
    if not isinstance(schemas, list) or USER not in schemas:
        raise ScimError(400, f"schemas must have {USER}", "invalidSyntax")
    found = _part(body, core)
    extension = next((value for name, value in body.items() if name.lower() == ENTERPRISE.lower()), None)
    if extension is not None:
        if not isinstance(extension, dict):
            raise invalid("the enterprise extension is an object")
        kept = _part(extension, enterprise)
        if kept:
            found[ENTERPRISE] = kept
    return complete(found)


def complete(found: Attributes) -> Attributes:
    """The rules that hold for the whole: a userName, at most one primary. ``active`` is true unless it is said."""
    if not str(found.get("userName") or "").strip():
        raise invalid("userName is required")
    found.setdefault("active", True)
    for name in ("emails", "phoneNumbers"):
        if sum(bool(value.get("primary")) for value in found.get(name, [])) > 1:
            raise invalid(f"{name} has more than one primary")
    return found


def _part(body: Mapping[str, Any], known: Any) -> Attributes:
    found: Attributes = {}
    for name, value in body.items():
        attribute = known(name)
        if attribute is not None and attribute.writable and value is not None:
            checked = _checked(attribute, value)
            if checked not in ([], {}):
                found[attribute.name] = checked
    return found


def _checked(attribute: Attribute, value: Any) -> Any:
    if attribute.multi:
        values = value if isinstance(value, list) else [value]
        if len(values) > MOST_VALUES:
            raise invalid(f"{attribute.name} has more than {MOST_VALUES} values")
        return [_complex(attribute, one) for one in values]
    return _complex(attribute, value) if attribute.parts else _single(attribute, value)


def _complex(attribute: Attribute, value: Any) -> dict[str, Any]:
    if isinstance(value, str) and attribute.part("value"):
        value = {"value": value}  # as some clients send a manager or an e-mail
    if not isinstance(value, dict):
        raise invalid(f"{attribute.name} is an object")
    found = {}
    for name, inner in value.items():
        part = attribute.part(name)
        if part is not None and part.writable and inner is not None:
            found[part.name] = _single(part, inner)
    return found


def _single(attribute: Attribute, value: Any) -> Any:
    if attribute.kind == "boolean":
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"  # as Entra ID sends it
        if not isinstance(value, bool):
            raise invalid(f"{attribute.name} is true or false")
        return value
    if not isinstance(value, str):
        raise invalid(f"{attribute.name} is a text")
    if len(value) > MOST_TEXT or "\0" in value:
        raise invalid(f"{attribute.name} is longer than {MOST_TEXT} characters")
    return value


def patched(attributes: Attributes, operations: Sequence[Any]) -> Attributes:
    """RFC 7644, 3.5.2: all operations or none. Raises ``ScimError``."""
    found = copy.deepcopy(attributes)
    for operation in operations:
        if not isinstance(operation, dict):
            raise ScimError(400, "an operation is an object", "invalidSyntax")
        op, path, value = str(operation.get("op", "")).lower(), operation.get("path"), operation.get("value")
        if op not in ("add", "replace", "remove"):
            raise ScimError(400, "op is add, replace or remove", "invalidSyntax")
        if path is None:
            _without_path(found, op, value)
        elif isinstance(path, str):
            _at(found, op, read_path(path), value)
        else:
            raise ScimError(400, "path is a text", "invalidPath")
    return complete(found)


def _without_path(found: Attributes, op: str, value: Any) -> None:
    """The value is a resource, or, as some clients send it, has paths for names."""
    if op == "remove":
        raise ScimError(400, "remove wants a path", "noTarget")
    if not isinstance(value, dict):
        raise invalid("without a path the value is an object")
    for name, inner in value.items():
        if name.lower() == ENTERPRISE.lower() and isinstance(inner, dict):
            for extended, deeper in inner.items():
                _at(found, op, read_path(f"{ENTERPRISE}:{extended}"), deeper)
        elif core(name.partition(".")[0]) is not None or name.lower().startswith("urn:"):
            _at(found, op, read_path(name), inner)


def _at(found: Attributes, op: str, path: Path, value: Any) -> None:
    target, attribute = path.target, path.target.attribute
    if not attribute.writable:
        raise ScimError(400, f"{attribute.name} cannot be written", "mutability")
    holder = found.setdefault(target.schema, {}) if target.schema else found
    if op != "remove" and value is None:
        op = "remove"
    if attribute.multi:
        _many(holder, op, path, value)
    elif target.part is not None:
        inner = holder.setdefault(attribute.name, {})
        if op == "remove":
            inner.pop(target.part.name, None)
        else:
            inner[target.part.name] = _single(target.part, value)
    elif op == "remove":
        holder.pop(attribute.name, None)
    elif attribute.parts and op == "add":
        holder[attribute.name] = holder.get(attribute.name, {}) | _complex(attribute, value)
    else:
        holder[attribute.name] = _checked(attribute, value)
    _tidy(found, target.schema, attribute)


def _many(holder: Attributes, op: str, path: Path, value: Any) -> None:
    attribute, part = path.target.attribute, path.target.part
    values: list[Any] = holder.get(attribute.name, [])
    chosen = [index for index, one in enumerate(values) if picked(path.test, one)]
    if path.test is not None and not chosen and op != "add":
        raise ScimError(400, f"no value of {attribute.name} is meant by the path", "noTarget")
    if op == "remove":
        if part is None:
            values = [one for index, one in enumerate(values) if index not in chosen]
        else:
            for index in chosen:
                values[index].pop(part.name, None)
    elif part is not None:
        for index in chosen:
            values[index][part.name] = _single(part, value)
    elif path.test is not None:
        for index in chosen:
            values[index] = values[index] | _complex(attribute, value)
    else:
        new = _checked(attribute, value)
        values = new if op == "replace" else values + [one for one in new if one not in values]
    if any(one.get("primary") for one in values[len(values) - 1 :]) and op == "add":
        for one in values[:-1]:  # a new primary takes the place of the old one (RFC 7644, 3.5.2.1)
            one.pop("primary", None)
    if len(values) > MOST_VALUES:
        raise invalid(f"{attribute.name} has more than {MOST_VALUES} values")
    holder[attribute.name] = values


def _tidy(found: Attributes, schema: str, attribute: Attribute) -> None:
    """What is empty is not there."""
    holder = found[schema] if schema else found
    if holder.get(attribute.name) in ({}, []):
        del holder[attribute.name]
    if schema and not found[schema]:
        del found[schema]


def shown(employee: Employee, base: str, wanted: Sequence[str] = (), unwanted: Sequence[str] = ()) -> dict[str, Any]:
    """The resource. ``wanted`` and ``unwanted``: names of attributes; id and schemas always come (3.4.2.5)."""
    location = f"{base}/Users/{employee.id}"
    attributes = employee.attributes
    schemas = [USER, ENTERPRISE] if ENTERPRISE in attributes else [USER]
    meta = {
        "resourceType": "User",
        "created": _moment(employee.created_at_ms),
        "lastModified": _moment(employee.updated_at_ms),
        "location": location,
        "version": etag(employee),
    }
    whole = {"schemas": schemas, "id": employee.id, **attributes, "meta": meta}
    if wanted:
        return {name: value for name, value in whole.items() if name in ("schemas", "id") or _named(name, wanted)}
    return {name: value for name, value in whole.items() if name in ("schemas", "id") or not _named(name, unwanted)}


def _named(name: str, names: Sequence[str]) -> bool:
    """By its own name, or by that of a part of it: then all of it comes."""
    lowered = name.lower()
    return any(one.lower() == lowered or one.lower().startswith((f"{lowered}.", f"{lowered}:")) for one in names)


def etag(employee: Employee) -> str:
    return f'W/"{employee.version}"'


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def person_of(attributes: Attributes) -> PersonFacts:
    """Whom the employee is to the embedded EHR: the employee number is the employer's number for the person."""
    return PersonFacts(
        external_id=str(attributes.get(ENTERPRISE, {}).get("employeeNumber", "")),
        name=name_of(attributes),
        email=_first(attributes, "emails"),
        phone=_first(attributes, "phoneNumbers"),
    )


def name_of(attributes: Attributes) -> str:
    name = attributes.get("name", {})
    family, given = name.get("familyName", ""), name.get("givenName", "")
    chinese = any("\u3400" <= letter <= "\u9fff" for letter in family + given)
    joined = family + given if chinese else f"{given} {family}".strip()
    return str(name.get("formatted") or joined or attributes.get("displayName") or attributes["userName"])


def _first(attributes: Attributes, name: str) -> str:
    values = attributes.get(name, [])
    primary = next((one for one in values if one.get("primary")), values[0] if values else {})
    return str(primary.get("value", ""))
