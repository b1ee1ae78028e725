"""What a destination's answer means: taken, try again, or refused for good. Pure functions over status and body.

| answer | means |
|---|---|
| 2xx | taken (RFC 9110, 15.3) |
| 3xx | the address has moved; nothing is sent to where it points, because nobody has allowed that place |
| 401, 403, 407 | our key is not good there: configuration; tried again, so that a new key heals it |
| 404, 405, 410 | there is nothing at this address |
| 408, 425, 429, 5xx | ill or busy: later, after Retry-After where it says so |
| any other | this message will never be taken as it is |
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from ehr_bridge.adapters.destination import DeliveryFailed, PermanentFailure, RetryableFailure

LONGEST_WAIT_S = 24 * 3_600.0
_FIELD = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_.\-/\[\]\u4e00-\u9fff]{0,79}")
_FIELD_KEYS = ("field", "fieldname", "field_name", "param", "parameter", "path", "pointer", "loc", "name")
_LIST_KEYS = ("errors", "error", "invalid-params", "invalid_params", "details", "detail", "violations", "field_errors")


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers``: lower-case names. ``body``: whole, and never longer than the limit it was read with."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def says_json(self) -> bool:
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    def json(self) -> Any:
        """Raises ``RetryableFailure``: a page where JSON was promised is a log-in or maintenance page, and passes."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise not_json(self) from None


def not_json(answer: Answer) -> RetryableFailure:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    html = kind in ("text/html", "application/xhtml+xml") or answer.body[:256].lstrip().lower().startswith(
        (b"<!doctype html", b"<html")
    )
    code = "destination_answers_html" if html else "destination_answer_not_json"
    return RetryableFailure(code, f"HTTP {answer.status}, {len(answer.body)} bytes")


def failure(answer: Answer, now_s: float) -> DeliveryFailed | None:
    """None: taken. ``now_s``: seconds since 1970, for a Retry-After that is a date."""
    status, detail = answer.status, f"HTTP {answer.status}"
    if answer.ok:
        return None
    if 300 <= status < 400:
        return PermanentFailure("destination_redirects", detail, fault="configuration")
    if status in (401, 403, 407):
        return RetryableFailure("destination_refuses_key", detail, fault="configuration")
    if status in (404, 405, 410):
        return PermanentFailure("destination_path_unknown", detail, fault="configuration")
    if status in (408, 425, 429, 503):
        return RetryableFailure("destination_busy", detail, retry_after_s=retry_after_s(answer, now_s))
    if status >= 500 or status < 200:
        return RetryableFailure("destination_error", detail, retry_after_s=retry_after_s(answer, now_s))
    return PermanentFailure("destination_refuses", detail, field=refused_field(answer.body))


def retry_after_s(answer: Answer, now_s: float) -> float | None:
    """Seconds that the destination asks for (RFC 9110, 10.2.3: a number or a date), at most a day."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:9]), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(text)
        return min(max(until.timestamp() - now_s, 0.0), LONGEST_WAIT_S)
    except (ValueError, TypeError, OverflowError):
        return None


def refused_field(body: bytes) -> str:
    """The field that an error body names, or "". Only what looks like a field's name is taken: the text around it may
    quote a person. Shapes: ``{"field": …}``, ``{"errors": [{"field": …}]}``, ``{"errors": {"email": [...]}}``, RFC 9457
    ``invalid-params`` and JSON pointers, ``{"detail": [{"loc": ["body", "email"]}]}``."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return next((name for name in _named(found, depth=0) if _FIELD.fullmatch(name)), "")


def _named(found: Any, depth: int) -> Iterator[str]:
    if depth > 3:
        return
    if isinstance(found, list):
        for each in found[:20]:
            yield from _named(each, depth + 1)
        return
    if not isinstance(found, dict):
        return
    # "name" is a field's name only inside a list of errors; at the top it is often the error's own.
    yield from filter(None, (_text(found.get(key)) for key in _FIELD_KEYS if depth or key != "name"))
    for key in _LIST_KEYS:
        inner = found.get(key)
        if isinstance(inner, dict) and not any(name in inner for name in (*_FIELD_KEYS, *_LIST_KEYS)):
            yield from (name for name, value in inner.items() if isinstance(value, str | list))
        else:
            yield from _named(inner, depth + 1)


def _text(value: Any) -> str:
    if isinstance(value, list):  # ["body", "applicant", "email"]
        return ".".join(str(part) for part in value if part != "body")
    return value.lstrip("#/").replace("/", ".") if isinstance(value, str) else ""
