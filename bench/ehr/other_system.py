"""Another system over real HTTP on loopback: takes each key once, and misbehaves as it is told to; and the adapter."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack
from ehr_bridge.addresses import AddressRules
from ehr_bridge.egress import Call, Egress, Limits
from ehr_bridge.outbox import Message

NAME = "other"
LOOPBACK = AddressRules.of("127.0.0.1", "127.0.0.1")
IMPATIENT = Limits(connect_s=2.0, read_s=0.4, total_s=0.8)
HANGS_S, LATE_S = 1.0, 0.6
MOODS = ("error", "hang", "late", "took_and_died")


class OtherSystem:
    """``subjects``: subject -> how often something was taken for it; a key that comes again takes nothing. ``order``:
    the subjects in the order in which they were taken."""

    def __init__(self, bad_share: float = 0.0) -> None:
        self.subjects: Counter[str] = Counter()
        self.order: list[str] = []
        self.moods: Counter[str] = Counter()
        self.down = False
        self.refused = 0
        self._keys: set[str] = set()
        self._bad_share = bad_share
        self._turn = threading.Lock()
        self._chance = random.Random(20260101)

    def mood(self) -> str:
        with self._turn:
            mood = "error" if self.down else "take"
            if not self.down and self._chance.random() < self._bad_share:
                mood = self._chance.choice(MOODS)
            self.moods[mood] += 1
            self.refused += self.down
            return mood

    def take(self, key: str, subject: str) -> bool:
        with self._turn:
            new = key not in self._keys
            self._keys.add(key)
            if new:
                self.subjects[subject] += 1
                self.order.append(subject)
            return new


def _handler(system: OtherSystem) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 64 * 1024
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            mood, key, subject = system.mood(), self.headers["Idempotency-Key"], self.headers["X-Subject"]
            if mood == "error":
                self._say(503, b"{}")
                return
            if mood == "hang":
                time.sleep(HANGS_S)
                self.close_connection = True
                return
            new = system.take(key, subject)
            if mood == "late":
                time.sleep(LATE_S)
            if mood == "took_and_died":
                self.close_connection = True
                return
            self._say(200, json.dumps({"id": key[-8:], "duplicate": not new}).encode())

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A caller that was killed is no news here."""


@contextmanager
def listening(system: OtherSystem) -> Iterator[str]:
    server = _Quiet(("127.0.0.1", 0), _handler(system))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="other system", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/results"
    finally:
        server.shutdown()
        server.server_close()


class OverHttp:
    """The message's id is the key, through the one way out."""

    name = NAME

    def __init__(self, egress: Egress, url: str) -> None:
        self._egress = egress
        self._url = url

    async def deliver(self, message: Message) -> Acknowledgement:
        headers = {"Idempotency-Key": message.id, "X-Subject": message.subject, "Content-Type": "application/json"}
        answer = (await self._egress.deliver(Call("POST", self._url, headers, message.payload))).json()
        return Acknowledgement(answer["id"], time.time_ns() // 1_000_000, answer["duplicate"])

    async def read_back(self, message: Message) -> ReadBack | None:
        raise PermanentFailure("read_back_unsupported")
