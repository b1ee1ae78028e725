"""The weights inside an ONNX file, without a runtime: enough of Protocol Buffers' wire format to find them.

A file is a ``ModelProto`` (onnx/onnx.proto): field 7 is the graph, whose field 5 are its initialisers, each a
``TensorProto`` with its shape in field 1, its type in 2, its name in 8 and its values in 9.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_GRAPH, _INITIALISER = 7, 5
_SHAPE, _TYPE, _NAME, _VALUES = 1, 2, 8, 9
_FLOAT = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types: https://protobuf.dev/programming-guides/encoding/#structure"""


class NotOnnx(ValueError):
    """The bytes are not what an ONNX file consists of."""


def read_weights(file: Path) -> dict[str, Floats]:
    """Every float32 initialiser by its name. Raises ``NotOnnx``, or ``OSError``."""
    weights = {}
    try:
        for graph in _parts(file.read_bytes(), _GRAPH):
            for tensor in _parts(graph, _INITIALISER):
                name, values = _tensor(tensor)
                if values is not None:
                    weights[name] = values
    except (IndexError, UnicodeDecodeError, ValueError) as error:
        raise NotOnnx(f"{file.name} is not an ONNX file: {error}") from error
    return weights


def _tensor(data: bytes) -> tuple[str, Floats | None]:
    name, kind, values = "", 0, b""
    shape: list[int] = []
    for field, value in _fields(data):
        if field == _SHAPE:
            shape += [value] if isinstance(value, int) else _packed(value)
        elif field == _TYPE and isinstance(value, int):
            kind = value
        elif field == _NAME and isinstance(value, bytes):
            name = value.decode()
        elif field == _VALUES and isinstance(value, bytes):
            values = value
    return name, np.frombuffer(values, "<f4").reshape(shape).astype(np.float32) if kind == _FLOAT and values else None


def _parts(data: bytes, wanted: int) -> Iterator[bytes]:
    return (value for field, value in _fields(data) if field == wanted and isinstance(value, bytes))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            number, at = _varint(data, at)
            yield field, number
            continue
        if wire == _BYTES:
            length, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise NotOnnx(f"wire type {wire}")
        if at + length > len(data):
            raise NotOnnx("it ends early")
        yield field, data[at : at + length]
        at += length


def _packed(data: bytes) -> list[int]:
    numbers, at = [], 0
    while at < len(data):
        number, at = _varint(data, at)
        numbers.append(number)
    return numbers


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:
            raise NotOnnx("a number without an end")
