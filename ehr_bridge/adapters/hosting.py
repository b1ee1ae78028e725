"""Adapters whose other side calls us: the request, the answer, and what such an adapter may ask of this house. Pure.

``serve`` is a conversation like ``deliver``: it yields what it needs to know or to have done, and returns the answer.
Whoever has the adapter's key may only what its adapter asks for; the house notes each of it in the audit log.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlsplit

import msgspec

from ehr_bridge.adapters.conversation import Conversation
from ehr_bridge.canonical import Label

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HostedRequest:
    """``path``: below the adapter's mount, with a leading slash. ``headers``: lower-case names. ``base``: the URL of
    the mount as the other side sees it."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str


@dataclass(frozen=True, slots=True)
class HostedAnswer:
    """``body`` None: none."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListPositions:
    """Answered with ``list[Offered]``: the positions that people can be invited to now."""


@dataclass(frozen=True, slots=True)
class Offered:
    id: str
    title: Label


@dataclass(frozen=True, slots=True)
class Invite:
    """An applicant and an invitation, made together with the order. The same ``callback_url`` again is the same order.
    Answered with ``OrderState``, or None if there is no such position."""

    position_id: str
    name: str
    email: str
    phone: str
    language: Literal["zh", "en"]
    callback_url: str


@dataclass(frozen=True, slots=True)
class LookAtOrder:
    """Answered with ``OrderState``, or None: this system has ordered no such thing."""

    id: str


@dataclass(frozen=True, slots=True)
class OrderState:
    """``score`` is the report's; None: none, or not assessable. Links lead to pages of ours: the candidate's own, and
    HR's, behind a sign-in."""

    id: str
    interview_id: str
    status: Literal["open", "complete", "cancelled"]
    candidate_link: str
    report_link: str
    started_at: str = ""
    ended_at: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class NoteComplaint:
    """The other side could not read an answer of ours. ``text``: its words about form, without anybody's data."""

    text: str


@dataclass(frozen=True, slots=True)
class FindEmployee:
    """Answered with ``scim.resources.Employee``, or None: none, or removed."""

    id: str


@dataclass(frozen=True, slots=True)
class FindEmployees:
    """Those with this very userName (without case), externalId or employeeNumber; all if no attribute is named.
    Answered with ``list[Employee]``, in the order in which they were made."""

    attribute: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class SaveEmployee:
    """A new one without ``id``; else a change of ``version``. Answered with ``Employee`` or ``EmployeeConflict``."""

    id: str | None
    version: int | None
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EmployeeConflict:
    reason: Literal["uniqueness", "version"]


@dataclass(frozen=True, slots=True)
class RemoveEmployee:
    """Deactivated, and not found any more by this system. Answered with None."""

    id: str


HostedEffect = (
    ListPositions | Invite | LookAtOrder | NoteComplaint | FindEmployee | FindEmployees | SaveEmployee | RemoveEmployee
)


@runtime_checkable
class Host(Protocol):
    """What a hosted adapter's speaker has besides."""

    def serve(self, request: HostedRequest) -> Conversation[HostedAnswer]: ...


def same(known: str, given: str) -> bool:
    """In a time that tells nothing about ``known``."""
    return hmac.compare_digest(known.encode(), given.encode())


def basic_user(request: HostedRequest) -> str:
    """The user name of HTTP Basic (RFC 7617); empty if there is none or a password is given."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return "" if password else user


def bearer(request: HostedRequest) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def read_body(request: HostedRequest, kind: type[T]) -> T | str:
    """The body, or what is wrong with it in words."""
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        return str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "the body is not valid JSON"


def leads_to(url: str, hosts: Sequence[str]) -> bool:
    """The URL's host is one of ``hosts`` or below it. An order's callback gets a credential of the other side's, so it
    must lead to the other side."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == allowed or host.endswith(f".{allowed}") for allowed in hosts)


def full_name(first: str, last: str) -> str:
    """As it is written in its own language: 王芳, but Harry Potter."""
    first, last = first.strip(), last.strip()
    if any("\u3400" <= letter <= "\u9fff" for letter in first + last):
        return last + first
    return f"{first} {last}".strip()
