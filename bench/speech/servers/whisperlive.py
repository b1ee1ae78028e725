"""WhisperLive's server with its defaults on faster-whisper, every client on one model: ``MODEL PORT [batched]``.

``batched``: its cross-client batching, which its own documentation offers for GPUs. Its limit of four clients is
lifted.
"""

import sys

from whisper_live.server import TranscriptionServer  # type: ignore[import-not-found]

if __name__ == "__main__":
    TranscriptionServer().run(
        "127.0.0.1",
        port=int(sys.argv[2]),
        backend="faster_whisper",
        faster_whisper_custom_model_path=sys.argv[1],
        single_model=True,
        max_clients=1000,
        raw_pcm_input=True,
        batch_enabled=sys.argv[3:] == ["batched"],
    )
