"""One file over HTTP: streamed, resumed, never half there.

The bytes go to ``<target>.part``; what the server said about that version (its ETag) goes to ``<target>.tag``, so
that a resumed download never joins two versions of a file (RFC 9110, section 13.1.5, If-Range).
"""

import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

ATTEMPTS = 4
CHUNK_BYTES = 1 << 18

Advance = Callable[[int, int | None], None]
"""Bytes of this file so far, and of the whole file where the server said it."""


class Unreachable(Exception):
    """No answer, a broken transfer or a 5xx, after every attempt."""


class Refused(Exception):
    """An answer that trying again will not change. ``status``: 404, 401, 403, …"""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    """``announced_sha256``: the digest the hub's large-file store gives as ETag of a redirect, if it did."""

    path: Path
    announced_sha256: str | None
    revision: str | None


@contextmanager
def http_client(environment: Mapping[str, str], timeout_s: float) -> Iterator[httpx.Client]:
    """A client that trusts the certificate file the environment names, as pip and curl do. Proxies: httpx's own."""
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
    bundle = next((environment[name] for name in names if environment.get(name)), None)
    verify = ssl.create_default_context(cafile=bundle) if bundle else True
    timeout = httpx.Timeout(timeout_s, connect=min(timeout_s, 10.0))
    with httpx.Client(timeout=timeout, follow_redirects=True, verify=verify) as client:
        yield client


def without_credentials(url: str) -> str:
    """For messages and manifests: an index URL may carry a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def download(
    client: httpx.Client,
    url: str,
    target: Path,
    advance: Advance,
    wait: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Fetch ``url`` into ``target``. A transfer that breaks is resumed where it broke, also by a later call.

    Raises ``Unreachable``, ``Refused`` or ``OSError``.
    """
    part, tag = _part(target), _tag(target)
    cause: Exception | None = None
    for attempt in range(ATTEMPTS):
        if attempt:
            wait(0.2 * 2**attempt)
        try:
            fetched = _attempt(client, url, target, part, tag, advance)
        except httpx.HTTPError as error:
            cause = error
            continue
        os.replace(part, target)
        tag.unlink(missing_ok=True)
        return fetched
    raise Unreachable(str(cause) or type(cause).__name__) from cause


def forget(target: Path) -> None:
    """Drop what an earlier, unusable download left."""
    for path in (target, _part(target), _tag(target)):
        path.unlink(missing_ok=True)


def _part(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _tag(target: Path) -> Path:
    return target.with_name(target.name + ".tag")


def _attempt(client: httpx.Client, url: str, target: Path, part: Path, tag: Path, advance: Advance) -> Fetched:
    have = part.stat().st_size if part.exists() and tag.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": tag.read_text()}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            forget(target)
            raise httpx.RemoteProtocolError("the server's file is shorter than what was fetched before")
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise httpx.RemoteProtocolError(f"HTTP {answer.status_code}")
        if answer.status_code not in (200, 206):
            raise Refused(answer.status_code)
        resumed = answer.status_code == 206 and _starts_at(answer) == have
        if answer.status_code == 206 and not resumed:
            forget(target)
            raise httpx.RemoteProtocolError("the server resumed at another place than asked")
        _stream(answer, part, tag, have if resumed else 0, advance)
        return Fetched(target, _announced_sha256(answer), _header(answer, "x-repo-commit"))


def _stream(answer: httpx.Response, part: Path, tag: Path, offset: int, advance: Advance) -> None:
    length = answer.headers.get("content-length")
    total = offset + int(length) if length and length.isdigit() else None
    etag = answer.headers.get("etag", "")
    # A weak ETag must not be used with If-Range: without a strong one the next call starts over.
    if etag and not etag.startswith("W/"):
        tag.write_text(etag)
    else:
        tag.unlink(missing_ok=True)
    done = offset
    with part.open("ab" if offset else "wb") as sink:
        for chunk in answer.iter_bytes(CHUNK_BYTES):
            sink.write(chunk)
            done += len(chunk)
            advance(done, total)
        sink.flush()
        os.fsync(sink.fileno())
    if total is not None and done != total:
        raise httpx.RemoteProtocolError(f"{done} of {total} bytes came")


def _starts_at(answer: httpx.Response) -> int | None:
    """First byte position of ``Content-Range: bytes 500-999/1000``."""
    unit, _, rest = answer.headers.get("content-range", "").partition(" ")
    first = rest.partition("-")[0]
    return int(first) if unit == "bytes" and first.isdigit() else None


def _header(answer: httpx.Response, name: str) -> str | None:
    """The hub says it on the first hop; the storage behind it does not repeat it."""
    for hop in (*answer.history, answer):
        if name in hop.headers:
            return str(hop.headers[name])
    return None


def _announced_sha256(answer: httpx.Response) -> str | None:
    digest = (_header(answer, "x-linked-etag") or "").strip('"')
    return digest if len(digest) == 64 and all(c in "0123456789abcdef" for c in digest) else None
