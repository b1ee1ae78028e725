"""A stand-in for qyapi.weixin.qq.com on a real socket: ``python -m tests.contract_fakes.wecom --port 8090``.

It keeps the documented limits, windows and one-use rules (``wecom_books``). Paths below ``/fake/`` are the world
outside: somebody writes, signs in, taps a button; they are called by tests and by hand.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.contract_fakes.wecom_books import Books, Refused


def make_app(books: Books, now_ms: Callable[[], int]) -> Starlette:
    async def api(request: Request) -> JSONResponse:
        name = request.path_params["api"]
        body: dict[str, Any] = await request.json() if request.method == "POST" else {}
        try:
            return JSONResponse({"errcode": 0, "errmsg": "ok", **_answer(name, request.query_params, body)})
        except Refused as refused:
            return JSONResponse({"errcode": refused.code, "errmsg": refused.errmsg})

    def _answer(name: str, query: Any, body: dict[str, Any]) -> dict[str, Any]:
        now = now_ms()
        if name == "gettoken":
            books.calls.append(name)
            return books.gettoken(query.get("corpid", ""), query.get("corpsecret", ""), now)
        secret = books.enter(name, query.get("access_token"), now)
        match name:
            case "message/send":
                return books.send(secret, body, now)
            case "message/update_template_card":
                return books.update_card(body, now)
            case "auth/getuserinfo":
                return books.user_of(query.get("code", ""), now)
            case "kf/send_msg":
                return books.kf_send(secret, body, now)
            case "kf/sync_msg":
                return books.sync(body)
            case "get_jsapi_ticket" | "ticket/get":
                return {"ticket": f"ticket-{query.get('type', 'page')}", "expires_in": 7200}
        raise Refused(40058, "no such api")

    async def writes(request: Request) -> JSONResponse:
        said = await request.json()
        done = books.person_writes(said["person"], said["text"], now_ms(), said.get("menu_id", ""))
        return JSONResponse({"msgid": done})

    async def enters(request: Request) -> JSONResponse:
        said = await request.json()
        return JSONResponse({"msgid": books.person_enters(said["person"], said["scene"], now_ms())})

    async def state(_request: Request) -> JSONResponse:
        got = {person: talk.got for person, talk in books.conversations.items()}
        sent = [{"to": item.to, "body": item.body, "at_ms": item.at_ms} for item in books.delivered]
        return JSONResponse({"kefu": got, "members": sent, "dropped": books.dropped, "calls": len(books.calls)})

    async def signs_in(request: Request) -> JSONResponse:
        said = await request.json()
        books.sign_in(said["code"], said["who"], now_ms())
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/cgi-bin/{api:path}", api, methods=["GET", "POST"]),
            Route("/fake/writes", writes, methods=["POST"]),
            Route("/fake/enters", enters, methods=["POST"]),
            Route("/fake/signs-in", signs_in, methods=["POST"]),
            Route("/fake/state", state),
        ]
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8090)
    chosen = options.parse_args()
    app = make_app(Books(), lambda: time.time_ns() // 1_000_000)
    uvicorn.run(app, port=chosen.port, log_level="warning")


if __name__ == "__main__":
    main()
