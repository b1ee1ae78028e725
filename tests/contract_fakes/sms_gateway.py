"""A stand-in for an SMS gateway on a real socket: ``python -m tests.contract_fakes.sms_gateway --port 8091``.

It keeps the contract of docs/reference/sms-gateway.md: a key, numbers, lengths, one message for an idempotency key,
and reports that are signed and posted to where it is told.
"""

import argparse
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

UNREACHABLE = "0000"
"""Numbers that end so are never reached."""


@dataclass
class Gateway:
    key: str = "sms-key"
    report_url: str = ""
    next_status: list[int] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)

    def report(self, message_id: str) -> tuple[bytes, dict[str, str]]:
        """The body and headers of a status report."""
        arrived = not self.taken[message_id]["to"].endswith(UNREACHABLE)
        body = json.dumps({"id": message_id, "status": "delivered" if arrived else "failed"}).encode()
        signed = hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
        return body, {"X-Sms-Signature": f"sha256={signed}", "Content-Type": "application/json"}


def make_app(gateway: Gateway) -> Starlette:
    async def send(request: Request) -> JSONResponse:
        if gateway.next_status:
            return JSONResponse({}, gateway.next_status.pop(0))
        if request.headers.get("authorization") != f"Bearer {gateway.key}":
            return JSONResponse({"error": "key"}, 401)
        body = await request.json()
        if not re.fullmatch(r"\+?[0-9]{6,15}", body["to"]) or not 1 <= len(body["text"]) <= 450:
            return JSONResponse({"error": "number or length"}, 400)
        if request.headers.get("idempotency-key") in gateway.taken:
            return JSONResponse({"error": "taken before"}, 409)
        gateway.taken[body["id"]] = body
        return JSONResponse({"id": f"gw-{len(gateway.taken)}"}, 202)

    async def report(request: Request) -> JSONResponse:
        told = await request.json()
        body, headers = gateway.report(told["id"])
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(gateway.report_url, content=body, headers=headers)
        return JSONResponse({"status": answer.status_code})

    async def state(_request: Request) -> JSONResponse:
        return JSONResponse(gateway.taken)

    return Starlette(
        routes=[
            Route("/send", send, methods=["POST"]),
            Route("/fake/report", report, methods=["POST"]),
            Route("/fake/state", state),
        ]
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8091)
    options.add_argument("--report-url", default="http://127.0.0.1:8080/api/v1/callbacks/sms")
    chosen = options.parse_args()
    uvicorn.run(make_app(Gateway(report_url=chosen.report_url)), port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
