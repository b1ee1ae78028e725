"""Viva's live ear behind the wire that the peers have: 16-bit samples in, its own caption messages out.

``python viva.py MODEL PORT [POLICY]``. Engines and senses are built by the server's own code from its settings; all are
as they come, but for one thread. Every session is an ``AnswerEar``, as in an interview. Left out is what the peers do
not have either: Opus, recordings, faces, the interview around it. Sound levels are measured as always.
"""

import asyncio
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[3]))

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bench.speech.empty_plan import empty_plan
from realtime.inference.bus import Inference
from realtime.interview.effects import OpenAnswer
from realtime.interview.events import CaptionChanged, InterviewEvent
from realtime.live.ear import AnswerEar, Senses
from realtime.protocol.codec import envelope
from realtime.protocol.messages import Caption
from server import engines
from server.settings import load

MOST_WAITING = 256
"""Captions for one slow client; one that is that slow is let go."""


class Server:
    def __init__(self, inference: Inference, senses: Senses) -> None:
        self._inference = inference
        self._senses = senses
        self._sessions = 0

    async def listen(self, socket: WebSocket) -> None:
        await socket.accept()
        self._sessions += 1
        captions = asyncio.Queue[bytes | None](MOST_WAITING)
        ear = self._ear(f"session-{self._sessions}", captions)
        sending = asyncio.create_task(_send(socket, captions), name="captions")
        heard_ms, ended = 0, False
        try:
            while not ended:
                message = await socket.receive()
                ended = not (sound := message.get("bytes"))
                if sound:
                    pcm = np.frombuffer(sound, np.int16).astype(np.float32) / 32768
                    ear.hear(pcm, heard_ms)
                    heard_ms += len(pcm) // 16
            if message["type"] == "websocket.receive":
                await ear.settle()
                await captions.put(None)
                await sending
        except WebSocketDisconnect:
            pass
        finally:
            ear.abandon()
            sending.cancel()

    def _ear(self, name: str, captions: "asyncio.Queue[bytes | None]") -> AnswerEar:
        def tell(event: InterviewEvent) -> bool:
            if isinstance(event, CaptionChanged):
                captions.put_nowait(envelope(_caption(event)))
            return True

        answer = OpenAnswer("q", attempt=1, mode="voice", practice=True)
        return AnswerEar(answer, empty_plan(name), self._inference, self._senses, tell=tell, language="zh")


def _caption(event: CaptionChanged) -> Caption:
    return Caption(
        question_id=event.question_id,
        utterance_id=event.utterance_id,
        revision=event.revision,
        committed=event.committed,
        partial=event.partial,
        final=event.final,
        language=event.language,
        start_ms=event.start_ms,
        end_ms=event.end_ms,
        words=list(event.words) if event.final else [],
    )


async def _send(socket: WebSocket, captions: "asyncio.Queue[bytes | None]") -> None:
    while (caption := await captions.get()) is not None:
        await socket.send_text(caption.decode())
    await socket.close()


async def serve(model: str, port: int, policy: str | None) -> None:
    chosen = {"commit_policy": policy} if policy else {}
    settings = load({}, speech_model=model, face_model="none", inference_threads=1, **chosen)
    inference = engines.build(settings)
    await inference.start()
    server = Server(inference, engines.senses(settings))
    app = Starlette(routes=[WebSocketRoute("/listen", server.listen)])
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, ws="websockets-sansio", log_config=None, lifespan="off", access_log=False
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3] if sys.argv[3:] else None))
