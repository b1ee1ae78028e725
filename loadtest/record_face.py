"""Records the drawn face: ``python -m loadtest.record_face``. It takes a minute; the result is kept in the project."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from loadtest.media import FACE, FACE_FPS
from loadtest.moving_face import SCRIPT_S, render, script

SIZE = (320, 240)
BITS = 150_000
KEY_EVERY_S = 3


def record(path: Path, *, seconds: float = SCRIPT_S, fps: float = FACE_FPS) -> int:
    """Writes an IVF file with VP8 in real-time settings, as a browser would send it; the number of frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = round(seconds * fps)
    with av.open(str(path), "w", format="ivf") as container:
        stream: Any = container.add_stream("libvpx", rate=Fraction(round(fps)))
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", BITS
        stream.gop_size = round(fps * KEY_EVERY_S)
        stream.options = {"deadline": "good", "cpu-used": "2", "lag-in-frames": "0", "error-resilient": "1"}
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(render(script(number / fps), *SIZE), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return count


if __name__ == "__main__":
    print(f"{FACE}: {record(FACE)} frames")
