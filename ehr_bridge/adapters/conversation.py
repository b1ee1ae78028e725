"""How an adapter speaks: a generator that yields what it wants done and is sent what came of it. Pure.

    def deliver(self, record):
        answer = yield Request("POST", url, headers, body)
        ...
        return Acknowledgement(...)

An adapter so reads from top to bottom like the protocol it speaks, and runs without a network: the golden tests
answer it from a file, ``ehr_bridge.adapters.remote`` answers it from the world.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from ehr_bridge.adapters.destination import DeliveryFailed, RetryableFailure
from ehr_bridge.answers import Answer, failure, not_json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. ``pace`` names the limit of the other side that it counts against (``Speaker.paces``)."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    pace: str = ""


@dataclass(frozen=True, slots=True)
class ListFiles:
    """The names in a folder, sorted. Answered with ``list[str]``; a folder that is not there is a failure."""

    folder: str


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Answered with the file's bytes, or None if it is not there."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class WriteFile:
    """The file appears under its name complete, or not at all. ``new``: the name is claimed, only if it is free.
    Answered with whether it was written."""

    folder: str
    name: str
    content: bytes
    new: bool = False


@dataclass(frozen=True, slots=True)
class FindOrder:
    """The order by which an outside system had us hold this interview. Answered with ``Order`` or None."""

    interview_id: str


@dataclass(frozen=True, slots=True)
class Order:
    """``id`` is ours and what the other system calls the interview; ``callback_url`` is where it wants to be told."""

    id: str
    interview_id: str
    callback_url: str


Effect = Request | ListFiles | ReadFile | WriteFile | FindOrder
"""What every shell carries out; hosted adapters also yield ``hosting.HostedEffect``."""
Conversation = Generator[Any, Any, T]


def json_request(method: str, url: str, headers: Mapping[str, str], body: object, pace: str = "") -> Request:
    sent = {**headers, "Content-Type": "application/json; charset=utf-8"}
    return Request(method, url, sent, msgspec.json.encode(body), pace)


def json_answer(answer: Answer, kind: type[T]) -> T:
    """The answer's body. A destination that suddenly speaks HTML, or another JSON, is ill: the message waits."""
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise not_json(answer) from None


def refusal(answer: Answer, now_ms: int) -> DeliveryFailed:
    """What an answer that takes nothing means for the message, by its status alone."""
    return failure(answer, now_ms / 1000) or RetryableFailure("destination_error", f"HTTP {answer.status}")
