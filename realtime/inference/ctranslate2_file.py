"""What stands in a model.bin besides its weights: names, shapes and small numbers, read without loading it.

CTranslate2's format (version 6): a version, the name of the architecture and its revision, then for each variable its
name, shape, type, size in bytes and values; names and values are skipped over, so gigabytes take milliseconds. Numbers
are little-endian; a text is its length in 16 bits and its bytes with a zero.
"""

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MOST_VARIABLES = 100_000
_LAYER = re.compile(r"decoder/layer_(\d+)/")
_VOCABULARY = ("decoder/embeddings/weight", "decoder/projection/weight")


@dataclass(frozen=True, slots=True)
class ModelOutline:
    """``architecture``: "" when it is no such file. The rest is None where the file does not say. ``whole``: it does
    not end early."""

    architecture: str
    layers: int | None = None
    heads: int | None = None
    vocabulary: int | None = None
    whole: bool = True


def read_outline(file: Path) -> ModelOutline:
    """Raises ``OSError``."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        try:
            stream.seek(4)
            architecture = _text(stream)
        except (struct.error, UnicodeDecodeError):
            return ModelOutline("", whole=False)
        try:
            return _variables(stream, size, architecture)
        except (struct.error, UnicodeDecodeError):
            return ModelOutline(architecture, whole=False)


def _variables(stream: BinaryIO, size: int, architecture: str) -> ModelOutline:
    _, count = struct.unpack("<II", stream.read(8))
    layers: set[int] = set()
    heads = vocabulary = None
    for _ in range(min(count, _MOST_VARIABLES)):
        name = _text(stream)
        (rank,) = struct.unpack("<B", stream.read(1))
        shape = struct.unpack(f"<{rank}I", stream.read(4 * rank))
        _, length = struct.unpack("<BI", stream.read(5))
        if stream.tell() + length > size:
            return ModelOutline(architecture, whole=False)
        if found := _LAYER.match(name):
            layers.add(int(found[1]))
        if name == "decoder/num_heads":
            heads = int.from_bytes(stream.read(length), "little")
        else:
            stream.seek(length, 1)
        if name in _VOCABULARY and rank:
            vocabulary = shape[0]
    return ModelOutline(architecture, len(layers) or None, heads, vocabulary)


def _text(stream: BinaryIO) -> str:
    (length,) = struct.unpack("<H", stream.read(2))
    data = stream.read(length)
    if len(data) < length:
        raise struct.error("it ends early")
    return data.rstrip(b"\0").decode("ascii")
