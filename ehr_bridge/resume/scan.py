"""Pictures of text: RapidOCR (the extra ``ocr``), in the reader's process alone."""

import importlib.util
import io
from typing import Any

from PIL import Image, UnidentifiedImageError

from ehr_bridge.resume.document import Line
from ehr_bridge.resume.reasons import MAX_PIXELS, MIN_SIDE_PX, Unreadable

MAX_SIDE_PX = 2200
SAME_ROW = 0.5
"""Of a line's height: pieces whose middles are nearer than that stand on one line."""


def available() -> bool:
    return importlib.util.find_spec("rapidocr") is not None


def open_picture(data: bytes) -> Image.Image:
    """Upright, RGB, no side above ``MAX_SIDE_PX``. Its size is judged before a pixel is unpacked. Raises
    ``Unreadable``."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as found:
            width, height = found.size
            if min(width, height) < MIN_SIDE_PX:
                raise Unreadable("image_too_small")
            if width * height > MAX_PIXELS:
                raise Unreadable("image_too_large")
            found.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))
            turned = found.getexif().get(0x0112, 1)  # Orientation, of Exif 2.3
            picture = found.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unreadable("image_too_large") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Unreadable("document_broken") from None
    quarter = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}.get(turned)
    if quarter is not None:
        picture = picture.transpose(quarter)
    picture.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    return picture


class Recogniser:
    """Loaded by the first page that needs it."""

    def __init__(self) -> None:
        self._engine: Any = None

    def lines(self, picture: Image.Image, page: int) -> list[Line]:
        import numpy as np

        if self._engine is None:
            from rapidocr import RapidOCR

            threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "Global.log_level": "critical"}
            self._engine = RapidOCR(params=threads)
        found = self._engine(np.asarray(picture))
        if found.boxes is None:
            return []
        width, height = picture.size
        pieces = [
            (min(x for x, _ in box) / width, min(y for _, y in box) / height,
             max(x for x, _ in box) / width, max(y for _, y in box) / height, text, float(score))
            for box, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
        ]  # fmt: skip
        return [_joined(row, page) for row in _rows(pieces)]


Piece = tuple[float, float, float, float, str, float]


def _rows(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces that stand side by side, from left to right; rows from top to bottom."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece[1] + piece[3], piece[0])):
        if rows:
            _, top, _, bottom, _, _ = rows[-1][-1]
            if abs((piece[1] + piece[3]) - (top + bottom)) / 2 < SAME_ROW * (bottom - top):
                rows[-1].append(piece)
                continue
        rows.append([piece])
    return [sorted(row) for row in rows]


def _joined(row: list[Piece], page: int) -> Line:
    text = ""
    edges: list[float] = []
    for left, _, right, _, words, _ in row:
        if text:
            text += "\t"
            edges.append(edges[-1])
        wide = (right - left) / max(len(words), 1)
        edges += [round(float(left + wide * index), 4) for index in range(len(words))]
        text += words
        last = right
    edges.append(round(float(last), 4))
    box = (edges[0], round(float(min(p[1] for p in row)), 4), edges[-1], round(float(max(p[3] for p in row)), 4))
    return Line(page, text, box, tuple(edges), round(min(p[5] for p in row), 3))
