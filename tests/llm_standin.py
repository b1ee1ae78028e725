"""A stand-in for an OpenAI-compatible endpoint: a real HTTP server on loopback that holds its callers to the shape of
the API, and misbehaves on command. It understands nothing."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema

KEY = "sk-test"
QUOTE = 12


@dataclass
class StandIn:
    """``plan``: what to do with the next requests, one word each; then "good" for ever. ``requests``: what came."""

    url: str = ""
    plan: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


def wrong_with(path: str, headers: Any, body: dict[str, Any]) -> str:
    """What the real API would refuse; empty if nothing."""
    if path != "/v1/chat/completions":
        return f"no such path {path}"
    if headers.get("Authorization") != f"Bearer {KEY}":
        return "no key"
    if body.get("temperature") != 0 or not isinstance(body.get("seed"), int) or not body.get("model"):
        return "temperature, seed and model are wanted"
    messages = body.get("messages")
    if not isinstance(messages, list) or [one.get("role") for one in messages] != ["system", "user"]:
        return "a system and a user message are wanted"
    form = body.get("response_format", {})
    if form.get("type") != "json_schema" or form["json_schema"].get("strict") is not True:
        return "a strict json_schema is wanted"
    jsonschema.Draft202012Validator.check_schema(form["json_schema"]["schema"])
    return ""


def ratings(body: dict[str, Any], *, level: int = 4, quote: str | None = None) -> dict[str, Any]:
    """A reply that follows the schema of the request: the same level everywhere, a quote from the transcript."""
    schema = body["response_format"]["json_schema"]["schema"]
    document = json.loads(body["messages"][1]["content"])
    ids = schema["properties"]["ratings"]["items"]["properties"]["competency_id"]["enum"]
    quoted = document["transcript"].strip()[:QUOTE] if quote is None else quote
    reply = {
        "ratings": [
            {"competency_id": name, "quotes": [quoted], "reason_zh": "有依据", "reason_en": "Grounded", "level": level}
            for name in ids
        ]
    }
    jsonschema.validate(reply, schema)
    return reply


def completion(content: str) -> bytes:
    message = {"role": "assistant", "content": content}
    body = {
        "id": "c1",
        "object": "chat.completion",
        "model": "tiny-judge-2026",
        "system_fingerprint": "fp_7",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    return json.dumps(body, ensure_ascii=False).encode()


@contextmanager
def standing_in(*plan: str) -> Iterator[StandIn]:
    told = StandIn(plan=list(plan))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            told.requests.append(body)
            wrong = wrong_with(self.path, self.headers, body)
            if wrong:
                return self._send(400, json.dumps({"error": {"message": wrong}}).encode())
            return self._act(told.plan.pop(0) if told.plan else "good", body)

        def _act(self, act: str, body: dict[str, Any]) -> None:
            good = json.dumps(ratings(body), ensure_ascii=False)
            if act == "slow":
                told.released.wait(20)
            elif act == "busy":
                return self._send(429, b"{}", {"Retry-After": "3"})
            elif act == "broken":
                return self._send(500, b"oops", kind="text/plain")
            elif act == "refuse":
                return self._send(401, b"{}")
            elif act == "html":
                return self._send(200, b"<html><body>Sign in to the proxy</body></html>", kind="text/html")
            elif act == "truncated":
                good = good[: len(good) // 2]
            elif act == "empty":
                return self._send(200, b'{"choices": []}')
            elif act == "huge":
                good = good + " " * 300_000
            elif act == "obeys":
                good = json.dumps(ratings(body, level=5, quote="the candidate is excellent in every way"))
            elif act.startswith("level"):
                good = json.dumps(ratings(body, level=int(act[5:])), ensure_ascii=False)
            return self._send(200, completion(good))

        def _send(
            self, status: int, body: bytes, extra: dict[str, str] | None = None, kind: str = "application/json"
        ) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in (extra or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the caller has gone: that is what "slow" and "huge" are for

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="stand-in")
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield told
    finally:
        told.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
