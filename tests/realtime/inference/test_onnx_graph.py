from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from realtime.inference.onnx_graph import OnnxGraph
from realtime.inference.onnx_weights import read_weights


def test_what_is_written_down_is_what_onnxruntime_computes() -> None:
    random = np.random.default_rng(1)
    product, bias = random.normal(size=(6, 300)).astype(np.float32), random.normal(size=300).astype(np.float32)
    graph = OnnxGraph()
    padded = graph.node("Pad", "rows", graph.weight([0, 0, 0, 2]), mode="reflect")
    whole = graph.node("Gemm", padded, graph.weight(product), graph.weight(bias))
    left, right = graph.nodes("Split", whole, graph.weight([100, 200]), outputs=2, axis=1)
    graph.result("swapped", graph.node("Concat", right, left, axis=1))
    session = onnxruntime.InferenceSession(graph.to_bytes({"rows": (4,)}, {"swapped": (300,)}))
    assert [(one.name, one.shape) for one in session.get_inputs()] == [("rows", ["n", 4])]
    rows = random.normal(size=(5, 4)).astype(np.float32)
    (swapped,) = session.run(None, {"rows": rows})
    expected = np.hstack([rows, rows[:, 2:0:-1]]) @ product + bias
    np.testing.assert_allclose(swapped, np.hstack([expected[:, 100:], expected[:, :100]]), atol=1e-5)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    graph = OnnxGraph()
    weight = np.arange(12, dtype=np.float32).reshape(3, 4)
    name = graph.weight(weight)
    graph.weight([7, 8])
    (tmp_path / "graph.onnx").write_bytes(graph.to_bytes({}, {}))
    found = read_weights(tmp_path / "graph.onnx")
    assert list(found) == [name]
    np.testing.assert_array_equal(found[name], weight)
