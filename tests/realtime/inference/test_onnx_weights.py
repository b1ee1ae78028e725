from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.onnx_weights import NotOnnx, read_weights
from realtime.inference.silero import MODEL_FILE


def varint(number: int) -> bytes:
    data = bytearray()
    while number > 0x7F:
        data.append(0x80 | number & 0x7F)
        number >>= 7
    return bytes([*data, number])


def field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name: str, values: np.ndarray, *, packed: bool = False) -> bytes:  # type: ignore[type-arg]
    if packed:
        shape = field(1, b"".join(varint(size) for size in values.shape))
    else:
        shape = b"".join(field(1, size) for size in values.shape)
    kind = {"float32": 1, "int64": 7}[values.dtype.name]
    return shape + field(2, kind) + field(8, name.encode()) + field(9, values.tobytes())


@pytest.mark.parametrize("packed", [False, True])
def test_every_float_initialiser_is_found_among_the_rest(tmp_path: Path, packed: bool) -> None:
    weight = np.arange(6, dtype=np.float32).reshape(2, 3)
    initialisers = field(5, tensor("layer.weight", weight, packed=packed)) + field(5, tensor("axes", np.arange(2)))
    graph = field(1, b"a node") + field(2, b"its name") + initialisers
    (tmp_path / "model.onnx").write_bytes(field(1, 8) + b"\x15\0\0\0\0" + b"\x19" + bytes(8) + field(7, graph))
    found = read_weights(tmp_path / "model.onnx")
    assert list(found) == ["layer.weight"]
    np.testing.assert_array_equal(found["layer.weight"], weight)


@given(data=st.binary(max_size=60) | st.binary(max_size=60).map(lambda data: field(7, field(5, data))))
def test_garbage_is_refused_by_its_type(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("onnx") / "model.onnx"
    file.write_bytes(data)
    try:
        weights = read_weights(file)
    except NotOnnx:
        return
    assert all(values.dtype == np.float32 for values in weights.values())


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(MODEL_FILE.read_bytes()[:100_000])
    with pytest.raises(NotOnnx, match="ends early"):
        read_weights(tmp_path / "model.onnx")
