"""Paths and filters (RFC 7644, figures 1 and 7), read into small trees by one parser of a hundred lines.

userName eq "bjensen" and (emails[type eq "work"].value co "@bank.cn" or not (active eq true))
emails[type eq "work"].value
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ehr_bridge.scim.attributes import ENTERPRISE, USER, Attribute, core, enterprise
from ehr_bridge.scim.errors import ScimError

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"]
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr")
MOST_CHARACTERS, MOST_CONDITIONS = 2000, 100
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[()\[\]]|[^\s()\[\]"]+)')


@dataclass(frozen=True, slots=True)
class Target:
    """One attribute: ``schema`` is the extension's or empty, ``attribute`` as the table spells it, ``part`` within."""

    schema: str
    attribute: Attribute
    part: Attribute | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    target: Target
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class Within:
    """``emails[type eq "work"]``: one value of the list satisfies all of it."""

    target: Target
    test: "Filter"


@dataclass(frozen=True, slots=True)
class Both:
    left: "Filter"
    right: "Filter"


@dataclass(frozen=True, slots=True)
class Either:
    left: "Filter"
    right: "Filter"


@dataclass(frozen=True, slots=True)
class Not:
    test: "Filter"


Filter = Compare | Within | Both | Either | Not


@dataclass(frozen=True, slots=True)
class Path:
    """Of a patch: ``test`` picks among the values of a list."""

    target: Target
    test: Filter | None = None


def read_filter(text: str) -> Filter:
    """Raises ``ScimError`` (invalidFilter)."""
    parser = _Parser(text, "invalidFilter")
    found = parser.either(None)
    parser.end()
    return found


def read_path(text: str) -> Path:
    """Raises ``ScimError`` (invalidPath)."""
    parser = _Parser(text, "invalidPath")
    target, test = parser.target(None), None
    if parser.peek() == "[":
        parser.take()
        test = parser.either(target.attribute)
        parser.expect("]")
        if parser.peek().startswith("."):
            target = Target(target.schema, target.attribute, parser.part_of(target.attribute, parser.take()[1:]))
    parser.end()
    return Path(target, test)


class _Parser:
    """``scim_type``: what a mistake is called."""

    def __init__(self, text: str, scim_type: str) -> None:
        self._scim_type = scim_type
        if len(text) > MOST_CHARACTERS:
            raise self.wrong(f"longer than {MOST_CHARACTERS} characters")
        self._tokens = _TOKEN.findall(text)
        if not self._whole(text):
            raise self.wrong("a quotation mark is left open")
        self._at = 0
        self._conditions = 0

    def _whole(self, text: str) -> bool:
        """Every character belongs to a token or stands between two."""
        end = 0
        for found in _TOKEN.finditer(text):
            if found.start() != end:
                return False
            end = found.end()
        return not text[end:].strip()

    def wrong(self, problem: str) -> ScimError:
        return ScimError(400, problem, self._scim_type)

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        self._at += 1
        return token

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise self.wrong(f"{token} is missing")

    def end(self) -> None:
        if self.peek():
            raise self.wrong("there is more behind its end")

    def either(self, inside: Attribute | None) -> Filter:
        found = self.both(inside)
        while self.peek().lower() == "or":
            self.take()
            found = Either(found, self.both(inside))
        return found

    def both(self, inside: Attribute | None) -> Filter:
        found = self.one(inside)
        while self.peek().lower() == "and":
            self.take()
            found = Both(found, self.one(inside))
        return found

    def one(self, inside: Attribute | None) -> Filter:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise self.wrong("too many conditions")
        negated = self.peek().lower() == "not"
        if negated:
            self.take()
        if self.peek() == "(":
            self.take()
            found = self.either(inside)
            self.expect(")")
            return Not(found) if negated else found
        if negated:
            raise self.wrong("not wants a parenthesis")
        return self.comparison(inside)

    def comparison(self, inside: Attribute | None) -> Filter:
        target = self.target(inside)
        if self.peek() == "[":
            self.take()
            test = self.either(target.attribute)
            self.expect("]")
            return Within(target, test)
        operator = self.take().lower()
        if operator not in OPERATORS:
            raise self.wrong("an operator is missing")
        return Compare(target, operator, None if operator == "pr" else self.value())  # type: ignore[arg-type]

    def value(self) -> Any:
        token = self.take()
        try:
            value = msgspec.json.decode(token)
        except msgspec.DecodeError:
            raise self.wrong("a value is missing, or a text without quotation marks") from None
        if isinstance(value, dict | list):
            raise self.wrong("a value is a text, a number, true, false or null")
        return value

    def target(self, inside: Attribute | None) -> Target:
        token = self.take()
        if inside is not None:
            return Target("", inside, self.part_of(inside, token))
        schema, name = _schema_of(token)
        name, _, part = name.partition(".")
        attribute = enterprise(name) if schema else core(name)
        if attribute is None:
            raise self.wrong("there is no such attribute")
        return Target(schema, attribute, self.part_of(attribute, part) if part else None)

    def part_of(self, attribute: Attribute, name: str) -> Attribute:
        part = attribute.part(name)
        if part is None:
            raise self.wrong(f"{attribute.name} has no such part")
        return part


def _schema_of(token: str) -> tuple[str, str]:
    """The extension's URN, or nothing, and what is behind it."""
    for urn, schema in ((ENTERPRISE, ENTERPRISE), (USER, "")):
        if token.lower().startswith(urn.lower() + ":"):
            return schema, token[len(urn) + 1 :]
    return "", token


def holds(test: Filter, resource: dict[str, Any]) -> bool:
    """``resource``: a user, or within brackets one value of a list."""
    match test:
        case Both():
            return holds(test.left, resource) and holds(test.right, resource)
        case Either():
            return holds(test.left, resource) or holds(test.right, resource)
        case Not():
            return not holds(test.test, resource)
        case Within():
            return any(_within(test.test, value) for value in _values(test.target, resource) if isinstance(value, dict))
    return _compared(test, _leaves(test.target, resource))


def _within(test: Filter, value: dict[str, Any]) -> bool:
    match test:
        case Compare():
            part = test.target.part
            assert part is not None
            return _compared(test, [value[part.name]] if part.name in value else [])
        case Both():
            return _within(test.left, value) and _within(test.right, value)
        case Either():
            return _within(test.left, value) or _within(test.right, value)
        case Not():
            return not _within(test.test, value)
    return False


def picked(test: Filter | None, value: Any) -> bool:
    """Whether a patch's path means this value of a list."""
    return test is None or (isinstance(value, dict) and _within(test, value))


def _values(target: Target, resource: dict[str, Any]) -> list[Any]:
    holder = resource.get(target.schema, {}) if target.schema else resource
    value = holder.get(target.attribute.name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _leaves(target: Target, resource: dict[str, Any]) -> list[Any]:
    """What is compared; of a complex value without a part named its ``value`` (RFC 7644, 3.4.2.2)."""
    values = _values(target, resource)
    if not target.attribute.parts:
        return values
    name = target.part.name if target.part else "value"
    return [value[name] for value in values if isinstance(value, dict) and name in value]


def _compared(test: Compare, leaves: list[Any]) -> bool:
    if test.operator == "pr":
        return any(leaf not in ("", None) for leaf in leaves)
    if test.operator == "ne":
        return not any(_matches("eq", leaf, test) for leaf in leaves)
    if test.operator == "eq" and test.value is None:
        return not leaves
    return any(_matches(test.operator, leaf, test) for leaf in leaves)


def _matches(operator: Operator, leaf: Any, test: Compare) -> bool:
    value = test.value
    if isinstance(leaf, bool) or isinstance(value, bool) or not isinstance(leaf, str) or not isinstance(value, str):
        return operator == "eq" and type(leaf) is type(value) and leaf == value
    exact = (test.target.part or test.target.attribute).exact
    left, right = (leaf, value) if exact else (leaf.casefold(), value.casefold())
    match operator:
        case "eq":
            return left == right
        case "co":
            return right in left
        case "sw":
            return left.startswith(right)
        case "ew":
            return left.endswith(right)
        case "gt":
            return left > right
        case "ge":
            return left >= right
        case "lt":
            return left < right
    return left <= right
