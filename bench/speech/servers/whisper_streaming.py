"""whisper_streaming has no server of many sessions: ``MODEL PORT`` gives every connection its own ``ASRProcessor``.

A second of sound at a time and a buffer of 15 s, the defaults of the original; the package on PyPI has no others. Its
processor hands out committed words only; what is not committed yet is read from it after every step.
"""

import json
import queue
import sys
import threading
from contextlib import suppress
from typing import TypeAlias
from urllib.parse import parse_qs, urlparse

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve
from whisper_streaming import (  # type: ignore[import-not-found]
    ASRProcessor,
    AudioReceiver,
    Backend,
    OutputSender,
    TimeTrimming,
    Word,
)
from whisper_streaming.backend import (  # type: ignore[import-not-found]
    FasterWhisperFeatureExtractorConfig,
    FasterWhisperModelConfig,
    FasterWhisperTranscribeConfig,
)

CHUNK_SAMPLES, BUFFER_S = 16_000, 15
BEGINS_WITHIN_S, ENDED_AFTER_S = 120.0, 3.0


Samples: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]


class Receiver(AudioReceiver):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.sound: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._bytes = b""

    def _do_receive(self) -> Samples | None:
        while len(self._bytes) < 2 * CHUNK_SAMPLES:
            piece = self.sound.get()
            if not piece:
                rest, self._bytes = self._bytes, b""
                self.sound.put(b"")
                return _samples(rest) if rest else None
            self._bytes += piece
        chunk, self._bytes = self._bytes[: 2 * CHUNK_SAMPLES], self._bytes[2 * CHUNK_SAMPLES :]
        return _samples(chunk)

    def _do_close(self) -> None:
        self.sound.put(b"")


def _samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, np.int16).astype(np.float32) / 32768


class Sender(OutputSender):  # type: ignore[misc]
    def __init__(self, say: "Say") -> None:
        super().__init__()
        self._say = say

    def _do_output(self, data: Word) -> None:
        self._say.committed(data.word)

    def _do_close(self) -> None: ...


class Say:
    """``partial``: what the last step left uncommitted."""

    def __init__(self, connection: ServerConnection) -> None:
        self.partial = ""
        self._connection = connection
        self._text = ""
        self._last = ("", "")

    def committed(self, text: str) -> None:
        self._text += text
        self.show()

    def show(self) -> None:
        now = (self._text, self.partial)
        if now == self._last:
            return
        self._last = now
        with suppress(ConnectionClosed):
            self._connection.send(json.dumps({"committed": self._text, "partial": self.partial}))


class Processor(ASRProcessor):  # type: ignore[misc]
    say: Say

    def _process(self, audio: object) -> Word | None:
        committed = super()._process(audio)
        self.say.partial = "".join(word.word for word in self._transcription_buffer.transcriptions_in_limbo)
        if committed is None:
            self.say.show()
        return committed


def main(model: str, port: int) -> None:
    def listen(connection: ServerConnection) -> None:
        asked = parse_qs(urlparse(connection.request.path).query)  # type: ignore[union-attr]
        receiver, say = Receiver(), Say(connection)
        processor = Processor(
            Processor.ProcessorConfig(
                sampling_rate=16_000,
                prompt_size=200,
                audio_receiver_timeout=BEGINS_WITHIN_S,
                audio_trimming=TimeTrimming(seconds=BUFFER_S),
                language=asked["language"][0],
            ),
            receiver,
            Sender(say),
            Backend.FASTER_WHISPER,
            FasterWhisperModelConfig(model_size_or_path=model, device="cpu", compute_type="int8", cpu_threads=1),
            FasterWhisperTranscribeConfig(vad_filter=True),
            FasterWhisperFeatureExtractorConfig(),
        )
        processor.say = say
        running = threading.Thread(target=processor.run, daemon=True)
        running.start()
        connection.send(json.dumps({"ready": True}))
        try:
            for message in connection:
                processor.processor_config.audio_receiver_timeout = ENDED_AFTER_S
                receiver.sound.put(message if isinstance(message, bytes) else b"")
                if not isinstance(message, bytes):
                    break
            running.join(30)
        finally:
            receiver.sound.put(b"")

    with serve(listen, "127.0.0.1", port) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
