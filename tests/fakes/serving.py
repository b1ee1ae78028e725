"""A contract fake: a real HTTP server on loopback that holds its callers to another system's public documentation.

Each fake in this folder is one class with ``answer(asked) -> Told``, written from that documentation and from nothing
of ours. ``python -m tests.fakes.odoo 9001`` runs one by hand.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass(frozen=True)
class Told:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Fake(Protocol):
    def answer(self, asked: Asked) -> Told: ...


def _handler(fake: Fake, turn: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 64 * 1024  # one packet an answer: two would wait for the caller's delayed acknowledgement
        disable_nagle_algorithm = True

        def _any(self) -> None:
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            with turn:
                told = fake.answer(Asked(self.command, unquote(url.path), query, headers, body))
            raw = isinstance(told.body, bytes)
            content = told.body if raw else b"" if told.body is None else msgspec.json.encode(told.body)
            kinds = {} if told.status == 204 else {"Content-Type": "text/html" if raw else "application/json"}
            self.send_response(told.status)
            for name, value in {**kinds, "Content-Length": str(len(content)), **told.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def listening(fake: Fake, port: int = 0) -> Iterator[str]:
    """The URL of the fake, until the block ends. It answers one request at a time."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(fake, threading.Lock()))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="fake")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def by_hand(make: Callable[[], Fake]) -> None:
    """``python -m tests.fakes.<name> PORT``: prints every request and answer until Ctrl-C."""
    fake = make()

    class Printed:
        def answer(self, asked: Asked) -> Told:
            told = fake.answer(asked)
            print(asked.method, asked.path, asked.query or "", asked.body[:300].decode(errors="replace"))
            print("   ", told.status, told.body, flush=True)
            return told

    with listening(Printed(), int(sys.argv[1])) as url:
        print(url, flush=True)
        threading.Event().wait()
