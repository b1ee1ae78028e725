"""A server that pretends: the contract of docs/reference/http-api.md with scripted answers, on loopback only.

    python -m web_client.dev.pretend_server [--port 8000] [--pace 4]

Candidate: /i/demo (also /i/expired, /i/used, /i/forged, /i/slow). HR: /hr, any user; the password "wrong" is wrong.
For developing the pages; nothing of it is part of the product.
"""

import argparse
import asyncio
import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.frames import FrameKind, MediaFrame, decode_frame
from realtime.protocol.media_messages import (
    MediaPing,
    MediaPong,
    MediaSaid,
    TakeAbsent,
    TakeClosed,
    TakeEnded,
    TakeSaved,
    decode_said,
    encode_media,
)
from realtime.protocol.text import Phase
from web_client.dev.pretend_interview import EMPLOYER, NOTICE, POSITION, QUESTIONS, PretendInterview
from web_client.dev.pretend_panel import panel_routes
from web_client.dev.pretend_takes import PretendTakes

DIST = Path(__file__).parent.parent / "dist"
LINKS = {
    "expired": (410, "link_expired", "链接已过期。", "This link has expired."),
    "used": (410, "link_used", "本次面试已经完成。", "This interview has already taken place."),
    "forged": (404, "link_forged", "链接无效。", "This link is not valid."),
}
CONSENT = {
    "version": "pretend-1",
    "text": {
        "zh": "本次面试由人工智能系统协助进行：它向您提问、记录您的回答、把语音转成文字，"
        "并整理出一份带有原文依据的报告。系统只提供建议，是否录用由招聘人员决定。",
        "en": "This interview is assisted by an AI system: it asks the questions, records your answers, turns speech "
        "into text and prepares a report that quotes your own words. It only advises; people decide.",
    },
    "items": [
        {
            "key": "recording",
            "required_for_voice": True,
            "allowed": True,
            "label": {"zh": "录制我的声音和画面", "en": "Record my voice and picture"},
        },
        {
            "key": "speech_to_text",
            "required_for_voice": True,
            "allowed": True,
            "label": {"zh": "把我的语音转成文字", "en": "Turn my speech into text"},
        },
        {
            "key": "voice_analysis",
            "required_for_voice": False,
            "allowed": True,
            "label": {"zh": "描述我的语速、停顿和音量", "en": "Describe my pace, pauses and loudness"},
        },
        {
            "key": "face_analysis",
            "required_for_voice": False,
            "allowed": True,
            "label": {
                "zh": "分析我的面部动作（单独同意）；不识别身份，不判断情绪",
                "en": "Measure movements of my face (separate consent); no identification, no emotions",
            },
        },
    ],
}


def problem(status: int, code: str, zh: str, en: str) -> JSONResponse:
    body = {
        "status": status,
        "code": code,
        "title": en,
        "message": {"zh": zh, "en": en},
        "retry": False,
        "fault": "client",
    }
    return JSONResponse(body, status, media_type="application/problem+json")


POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; media-src 'self' blob:; "
    "style-src 'self' 'unsafe-inline'; frame-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'"
)
"""As strict as a server should be: what the pages need beyond it would fail here first."""


def page(name: str) -> Response:
    return FileResponse(DIST / name, headers={"Content-Security-Policy": POLICY})


REPORT = """<!doctype html><meta charset="utf-8"><h1>面试报告</h1><p>林晓云 · 客户经理 · 78.5</p>
<p><a class="play" href="/api/v1/recordings/x#t=1.0,1.4" data-answer="q1">▶ 0:01</a> “认真听他把情况说完”</p>
<audio controls preload="none" id="audio-q1" src="/api/v1/recordings/x"></audio>
<script>document.title = "a report may run nothing here"</script>"""


async def recording(_: Request) -> Response:
    """Three seconds of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(bytes(2 * 16_000 * 3))
    return Response(file.getvalue(), media_type="audio/wav", headers={"Accept-Ranges": "bytes"})


class PretendServer:
    """``frames``: what came over the media WebSocket, for whoever wants to look: (kind, n, start_ms, bytes)."""

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self.interviews: dict[str, PretendInterview] = {}
        self.by_link: dict[str, str] = {}
        self.frames: list[tuple[int, int, int, int]] = []
        self.still = b""
        self.invited: dict[str, Any] = {}

    def interview_for(self, link: str) -> PretendInterview:
        if link not in self.by_link:
            interview_id = f"i{len(self.interviews) + 1}"
            self.by_link[link] = interview_id
            self.interviews[interview_id] = PretendInterview(
                interview_id, "林晓云" if link == "demo" else link, self.pace
            )
        return self.interviews[self.by_link[link]]

    def app(self) -> Starlette:
        api = "/api/v1"
        return Starlette(
            routes=[
                Route("/i/{link}", lambda _: page("candidate.html")),
                Route("/hr", lambda _: page("hr.html")),
                Mount("/assets", StaticFiles(directory=DIST / "assets")),
                Route(f"{api}/join", self.join, methods=["POST"]),
                WebSocketRoute(f"{api}/interviews/{{id}}/events", self.events),
                WebSocketRoute(f"{api}/interviews/{{id}}/media", self.media),
                Route(f"{api}/interviews/{{id}}/whip", self.no_media, methods=["POST"]),
                Route(f"{api}/interviews/{{id}}/whep", self.no_media, methods=["POST"]),
                Route(f"{api}/interviews/{{id}}/still", self.latest_still),
                Route(f"{api}/interviews/{{id}}/status", self.status),
                *panel_routes(api),
                Route(f"{api}/sign-in", self.sign_in, methods=["POST"]),
                Route(f"{api}/positions", self.positions),
                Route(f"{api}/positions/{{id}}", self.position),
                Route(f"{api}/applicants", self.applicants, methods=["POST"]),
                Route(f"{api}/invitations", self.invitations, methods=["POST"]),
                Route(f"{api}/reports", self.reports),
                Route(f"{api}/reports/{{id}}", self.report),
                Route(f"{api}/recordings/{{signature}}", recording),
                WebSocketRoute(f"{api}/hr/events", self.hr_events),
            ]
        )

    # ------------------------------------------------------------------ candidate
    async def join(self, request: Request) -> Response:
        link = (await request.json())["link"]
        if link in LINKS:
            return problem(*LINKS[link])
        interview = self.interview_for(link)
        base = f"/api/v1/interviews/{interview.interview_id}"
        return JSONResponse(
            {
                "interview_id": interview.interview_id, "session_token": f"s-{link}", "events_url": f"{base}/events",
                "whip_url": f"{base}/whip", "media_url": f"{base}/media", "ice_servers": [], "ice_policy": "all",
                "media_policy": "auto",
                "phase": interview.phase, "language": "zh", "employer": {"zh": EMPLOYER.zh, "en": EMPLOYER.en},
                "position": {"zh": POSITION.zh, "en": POSITION.en}, "questions": len(QUESTIONS), "consent": CONSENT,
                "profile": "cn-bank", "speech_notice": {"zh": NOTICE.zh, "en": NOTICE.en},
            }
        )  # fmt: skip

    async def events(self, socket: WebSocket) -> None:
        await socket.accept()
        interview = self.interviews[socket.path_params["id"]]
        put, sender = pump(socket)
        try:
            hello = codec.decode_candidate(await socket.receive_text())
            assert isinstance(hello, say.Hello)
            interview.language = hello.language
            interview.join(put, hello.last_seen_seq)
            while True:
                message = codec.decode_candidate(await socket.receive_text())
                if isinstance(message, say.Ping):
                    put(codec.envelope(say.Pong(message.id), at_ms=interview.now_ms))
                else:
                    interview.candidate_said(message)
        except WebSocketDisconnect:
            pass
        finally:
            if interview.candidate is put:
                interview.candidate = None
            sender.cancel()

    async def media(self, socket: WebSocket) -> None:
        await socket.accept()
        takes = self.interviews[socket.path_params["id"]].takes
        acknowledging: asyncio.Task[None] | None = None
        try:
            await socket.receive_json()
            await socket.send_text(encode_media(takes.report()).decode())
            acknowledging = asyncio.create_task(acknowledge(socket, takes), name="acknowledge")
            while True:
                message = await socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                if message.get("bytes"):
                    self.frame(decode_frame(message["bytes"]), takes)
                    continue
                said = decode_said(message["text"])
                if isinstance(said, MediaPing):
                    await socket.send_text(encode_media(MediaPong()).decode())
                self.media_said(said, takes)
        except WebSocketDisconnect:
            pass
        finally:
            if acknowledging:
                acknowledging.cancel()

    def frame(self, frame: MediaFrame, takes: PretendTakes) -> None:
        self.frames.append((int(frame.kind), frame.n, frame.start_ms, len(frame.payload)))
        if frame.kind is FrameKind.JPEG:
            self.still = frame.payload
        takes.put(frame)

    def media_said(self, message: MediaSaid, takes: PretendTakes) -> None:
        match message:
            case TakeEnded(take=take, packets=packets) if take in takes.all:
                takes.all[take].ended = packets
            case TakeAbsent(take=take, first=first, until=until) if take in takes.all:
                takes.all[take].absent.append((first, until))
            case _:
                pass

    async def no_media(self, _: Request) -> Response:
        return problem(503, "media_unavailable", "暂不支持。", "Not available here.")

    async def status(self, request: Request) -> Response:
        over = self.interviews[request.path_params["id"]].phase is Phase.SCORING
        keys = ("invited", "interview_started", "interview_finished", "report_ready")
        stages = [{"key": key, "done": key != "report_ready" and over, "at": None} for key in keys]
        return JSONResponse({"stage": "interview_finished", "stages": stages})

    # ------------------------------------------------------------------ HR
    async def sign_in(self, request: Request) -> Response:
        body = await request.json()
        if body["password"] == "wrong":
            return problem(
                401, "sign_in_failed", "用户名或密码不正确。", "The user name or the password is not correct."
            )
        user = {"name": body["user"], "roles": ["hr"], "branch": "shanghai"}
        return JSONResponse({"token": "hr", "expires_at": "2026-12-01T00:00:00Z", "user": user})

    async def positions(self, _: Request) -> Response:
        return JSONResponse({"items": [{"id": "client-manager", "title": {"zh": POSITION.zh, "en": POSITION.en}}]})

    async def position(self, request: Request) -> Response:
        kinds = (
            ("q1", "scenario", "scenario", False),
            ("q2", "behavioural", None, False),
            ("q3", "culture", None, False),
        )
        questions = [
            {
                "id": name,
                "kind": kind,
                "feature": feature,
                "reserve": reserve,
                "text": {"zh": f"题目 {name}", "en": name},
            }
            for name, kind, feature, reserve in (*kinds, ("q4", "behavioural", None, True))
        ]
        outline = {"id": request.path_params["id"], "version": "1.0.0", "questions": questions}
        title = {"zh": POSITION.zh, "en": POSITION.en}
        features = ["voice", "logic", "scenario", "expression"]
        return JSONResponse({**outline, "title": title, "summary": title, "features": features})

    async def applicants(self, _: Request) -> Response:
        return JSONResponse({"id": "a1"}, 201)

    async def invitations(self, request: Request) -> Response:
        self.invited = await request.json()
        base = str(request.base_url)
        link = f"{base}i/eyJhbGciOiJIUzI1NiJ9.guest"
        body = {"id": "v1", "interview_id": "i9", "candidate_link": link, "hr_link": f"{base}hr?interview=i9"}
        return JSONResponse({**body, "expires_at": "2026-11-28T09:00:00Z"}, 201)

    async def latest_still(self, _: Request) -> Response:
        return Response(self.still, media_type="image/jpeg") if self.still else Response(status_code=204)

    async def reports(self, _: Request) -> Response:
        rows: list[dict[str, Any]] = []
        for rank, (name, total) in enumerate((("林晓云", 78.5), ("Wang Jie", 71.0), ("陈一鸣", None)), 1):
            label = {"zh": "专业能力", "en": "Professional ability"}
            parts = [{"id": "professional", "label": label, "score": total}]
            rows.append(
                {
                    "id": f"r{rank}", "interview_id": f"i{rank}", "applicant_name": name, "state": "completed",
                    "position": {"zh": POSITION.zh, "en": POSITION.en}, "rank": rank if total else None, "total": total,
                    "views": [{"id": "dimensions", "label": {"zh": "三维得分", "en": "Dimensions"}, "parts": parts}],
                    "created_at": "2026-11-20T10:04:00Z",
                }
            )  # fmt: skip
        return JSONResponse({"items": rows, "next_cursor": None})

    async def report(self, request: Request) -> Response:
        accept = request.headers["accept"]
        if "html" in accept:
            return HTMLResponse(REPORT)
        return (
            Response(b"%PDF-1.4\n", media_type="application/pdf") if "pdf" in accept else JSONResponse({"total": 78.5})
        )

    async def hr_events(self, socket: WebSocket) -> None:
        await socket.accept()
        put, sender = pump(socket)
        lister = asyncio.create_task(self.keep_listing(put), name="live list")
        watched: set[PretendInterview] = set()
        try:
            while True:
                message = codec.decode_hr(await socket.receive_text())
                interview = self.interviews.get(getattr(message, "interview_id", ""))
                if isinstance(message, say.Ping):
                    put(codec.envelope(say.Pong(message.id)))
                elif isinstance(message, say.Watch) and interview:
                    interview.watch(put)
                    watched.add(interview)
                elif interview:
                    interview.hr_said(message)
        except WebSocketDisconnect:
            pass
        finally:
            for interview in watched:
                if put in interview.watchers:
                    interview.watchers.remove(put)
            lister.cancel()
            sender.cancel()

    async def keep_listing(self, put: Callable[[bytes], None]) -> None:
        while True:
            put(codec.envelope(say.LiveList([interview.row() for interview in self.interviews.values()])))
            await asyncio.sleep(0.5)


async def acknowledge(socket: WebSocket, takes: PretendTakes) -> None:
    """What has come is called durable, four times a second; a complete take is closed."""
    told: dict[int, int] = {}
    while True:
        await asyncio.sleep(0.25)
        for take in takes.all.values():
            if told.get(take.take, -1) < take.through:
                told[take.take] = take.through
                await socket.send_text(encode_media(TakeSaved(take.take, take.through)).decode())
            if take.complete and not take.closed:
                take.closed = True
                await socket.send_text(encode_media(TakeClosed(take.take, True)).decode())


def pump(socket: WebSocket) -> tuple[Callable[[bytes], None], "asyncio.Task[None]"]:
    queue: asyncio.Queue[bytes] = asyncio.Queue(1000)

    async def send() -> None:
        while True:
            await socket.send_text((await queue.get()).decode())

    return queue.put_nowait, asyncio.create_task(send(), name="sender")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--pace", type=float, default=1.0, help="how many times faster than life")
    options = parser.parse_args()
    uvicorn.run(
        PretendServer(options.pace).app(),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        ws="websockets-sansio",
    )


if __name__ == "__main__":
    main()
