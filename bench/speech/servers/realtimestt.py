"""RealtimeSTT as an application uses it: ``MODEL PORT`` gives every connection an ``AudioToTextRecorder`` fed by hand.

Live text from the same model, all else as it comes (a process for the model of every recorder is its own design).
What it calls stabilised is not final: committed is what ``text()`` returned.
"""

import json
import sys
import threading
from contextlib import suppress
from urllib.parse import parse_qs, urlparse

from RealtimeSTT import AudioToTextRecorder  # type: ignore[import-not-found]
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve


class Session:
    def __init__(self, connection: ServerConnection, model: str, language: str) -> None:
        self._connection = connection
        self._committed = ""
        self._language = language
        self.recorder = AudioToTextRecorder(
            model=model,
            language=language,
            device="cpu",
            compute_type="int8",
            use_microphone=False,
            spinner=False,
            no_log_file=True,
            silero_backend="raw_onnx",
            silero_onnx_threads=1,
            enable_realtime_transcription=True,
            use_main_model_for_realtime=True,
            on_realtime_transcription_update=self.update,
        )
        threading.Thread(target=self._finals, daemon=True).start()

    def update(self, text: str) -> None:
        self._send(text)

    def _finals(self) -> None:
        while not self.recorder.is_shut_down:
            text = self.recorder.text()
            if text:
                self._committed += ("" if self._language == "zh" else " ") + text
                self._send("")

    def _send(self, partial: str) -> None:
        with suppress(ConnectionClosed):
            self._connection.send(json.dumps({"committed": self._committed, "partial": partial}))


def main(model: str, port: int) -> None:
    def listen(connection: ServerConnection) -> None:
        asked = parse_qs(urlparse(connection.request.path).query)  # type: ignore[union-attr]
        session = Session(connection, model, asked["language"][0])
        connection.send(json.dumps({"ready": True}))
        try:
            for message in connection:
                if not isinstance(message, bytes):
                    break
                session.recorder.feed_audio(message)
            threading.Event().wait(3)
        finally:
            session.recorder.shutdown()

    with serve(listen, "127.0.0.1", port) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
