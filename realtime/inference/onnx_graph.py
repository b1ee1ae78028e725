"""A small network written down for onnxruntime: enough of ONNX (onnx/onnx.proto) to say nodes, weights and edges.

Field numbers are those of ``ModelProto``, ``GraphProto``, ``NodeProto``, ``AttributeProto``, ``TensorProto`` and
``ValueInfoProto``; encoding is Protocol Buffers' (https://protobuf.dev/programming-guides/encoding/).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IR_VERSION, OPSET = 8, 17
_FLOAT, _INT64 = 1, 7
_INT_ATTRIBUTE, _TEXT_ATTRIBUTE = 2, 3

Values = npt.NDArray[np.float32] | npt.NDArray[np.int64]


class OnnxGraph:
    """Nodes in the order in which they are added. Edges are their names."""

    def __init__(self) -> None:
        self._nodes = b""
        self._weights = b""
        self._edges = 0

    def weight(self, values: Values | Sequence[int]) -> str:
        """A constant; whole numbers are 64 bits."""
        array = np.asarray(values, np.int64) if not isinstance(values, np.ndarray) else values
        kind = _FLOAT if array.dtype == np.float32 else _INT64
        name = self._edge()
        shape = b"".join(_field(1, size) for size in array.shape)
        self._weights += _field(5, shape + _field(2, kind) + _field(8, name) + _field(9, array.tobytes()))
        return name

    def node(self, operator: str, *inputs: str, **attributes: int | str) -> str:
        """Adds a node with one output, and names it."""
        (output,) = self.nodes(operator, *inputs, outputs=1, **attributes)
        return output

    def nodes(self, operator: str, *inputs: str, outputs: int, **attributes: int | str) -> list[str]:
        names = [self._edge() for _ in range(outputs)]
        self._add(operator, inputs, names, attributes)
        return names

    def result(self, name: str, edge: str) -> None:
        """Makes an edge an output of the whole."""
        self._add("Identity", (edge,), [name], {})

    def to_bytes(self, inputs: dict[str, tuple[int, ...]], outputs: dict[str, tuple[int, ...]]) -> bytes:
        """``inputs``, ``outputs``: shapes by name, without the first dimension, which is how many there are."""
        edges = b"".join(_field(11, _value(name, shape)) for name, shape in inputs.items())
        edges += b"".join(_field(12, _value(name, shape)) for name, shape in outputs.items())
        graph = self._nodes + _field(2, "viva") + self._weights + edges
        return _field(1, IR_VERSION) + _field(8, _field(1, "") + _field(2, OPSET)) + _field(7, graph)

    def _add(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str], attributes: dict[str, int | str]
    ) -> None:
        edges = b"".join(_field(1, name) for name in inputs) + b"".join(_field(2, name) for name in outputs)
        said = b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes += _field(1, edges + _field(4, operator) + said)

    def _edge(self) -> str:
        self._edges += 1
        return f"e{self._edges}"


def _attribute(name: str, value: int | str) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT_ATTRIBUTE)
    return _field(1, name) + _field(4, value) + _field(20, _TEXT_ATTRIBUTE)


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    dimensions = _field(1, _field(2, "n")) + b"".join(_field(1, _field(1, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, _FLOAT) + _field(2, dimensions)))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    data = bytearray()
    while number > 0x7F:
        data.append(0x80 | number & 0x7F)
        number >>= 7
    data.append(number)
    return bytes(data)
