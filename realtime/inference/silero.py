"""Silero's voice activity network for many streams at once.

The export at hand (Silero v6, MIT, inside faster-whisper) takes one stream, and its layers are convolutions over four
frames, of which a runtime makes many small steps. Here the same weights are written down anew, as matrix products over
all streams, and run by onnxruntime: one call a batch, and the interpreter is free while it runs. In numpy the products
cost the same, but after each the thread asks for the interpreter again, and waits behind a busy event loop every time.

    64 samples of context + 512        one row a stream
    ── mirrored by 64, short-time Fourier transform, magnitudes      4 frames x 129
    ── convolutions of width 3 with ReLU, strides 1, 2, 2, 1         128, 64, 64, 128 channels; 4, 2, 1, 1 frames
    ── LSTM                                                          128
    ── ReLU, one output, sigmoid                                     probability of speech
"""

from pathlib import Path

import faster_whisper  # type: ignore[import-untyped]
import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from realtime.inference.onnx_graph import OnnxGraph
from realtime.inference.onnx_weights import Floats, NotOnnx, read_weights

CHUNK_SAMPLES = 512
CONTEXT_SAMPLES = 64
UNITS = 128
STATE_WIDTH = 2 * UNITS + CONTEXT_SAMPLES
"""What the network remembers of a stream: the LSTM's hidden and cell state, and the last samples. Zeros at first."""
MODEL_FILE = Path(faster_whisper.__file__).parent / "assets" / "silero_vad_v6.onnx"

_FRAME, _STEP, _MIRRORED = 256, 128, 64
_BINS = _FRAME // 2 + 1
_FRAMES = 4
_MOST_ROWS = 128
"""At a time: what is between two layers stays in the cache."""

_SHAPES: dict[str, tuple[int, ...]] = {
    "encoder.feature_extractor.forward_basis_buffer": (2 * _BINS, 1, _FRAME),
    "encoder.conv_layers.0.weight": (128, _BINS, 3),
    "encoder.conv_layers.0.bias": (128,),
    "encoder.conv_layers.1.weight": (64, 128, 3),
    "encoder.conv_layers.1.bias": (64,),
    "encoder.conv_layers.2.weight": (64, 64, 3),
    "encoder.conv_layers.2.bias": (64,),
    "encoder.conv_layers.3.weight": (128, 64, 3),
    "encoder.conv_layers.3.bias": (128,),
    "decoder.conv1d.weight": (1, 128, 1),
    "decoder.conv1d.bias": (1,),
    "onnx::LSTM_209": (1, 4 * UNITS, 128),
    "onnx::LSTM_210": (1, 4 * UNITS, UNITS),
    "onnx::LSTM_211": (1, 8 * UNITS),
}


class SileroNetwork:
    """Stateless and safe from several threads. Raises ``NotOnnx`` or ``OSError`` for a file that is not the network."""

    def __init__(self, file: Path = MODEL_FILE) -> None:
        weights = read_weights(file)
        for name, shape in _SHAPES.items():
            if name not in weights or weights[name].shape != shape:
                raise NotOnnx(f"{file.name} is not the network this was written for: {name}")
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(_as_products(weights), options, providers=["CPUExecutionProvider"])

    def step(self, chunks: Floats, state: Floats) -> tuple[Floats, Floats]:
        """The next chunk of each of n streams, (n, 512) at 16 kHz, and (n, 320) of state: n probabilities, and the
        state after. Rows never see each other, and what one is told does not depend on how many there are."""
        done = [
            self._session.run(None, {"chunks": chunks[at : at + _MOST_ROWS], "state": state[at : at + _MOST_ROWS]})
            for at in range(0, len(chunks), _MOST_ROWS)
        ]
        if len(done) == 1:
            return done[0][0], done[0][1]
        return np.concatenate([one for one, _ in done]), np.concatenate([after for _, after in done])


def _as_products(weights: dict[str, Floats]) -> bytes:
    graph = OnnxGraph()
    sizes = graph.weight([UNITS, UNITS, CONTEXT_SAMPLES])
    hidden, cell, context = graph.nodes("Split", "state", sizes, outputs=3, axis=1)
    sound = graph.node("Concat", context, "chunks", axis=1)
    heard = _encoded(graph, _magnitudes(graph, sound, weights), weights)
    hidden, cell = _remembered(graph, heard, hidden, cell, weights)
    out, bias = weights["decoder.conv1d.weight"][0], weights["decoder.conv1d.bias"]
    said = graph.node("Gemm", graph.node("Relu", hidden), graph.weight(out), graph.weight(bias))
    graph.result("probabilities", graph.node("Reshape", graph.node("Sigmoid", said), graph.weight([-1])))
    last = _cut(graph, "chunks", CHUNK_SAMPLES - CONTEXT_SAMPLES, CHUNK_SAMPLES)
    graph.result("after", graph.node("Concat", hidden, cell, last, axis=1))
    return graph.to_bytes(
        {"chunks": (CHUNK_SAMPLES,), "state": (STATE_WIDTH,)}, {"probabilities": (), "after": (STATE_WIDTH,)}
    )


def _magnitudes(graph: OnnxGraph, sound: str, weights: dict[str, Floats]) -> str:
    """(n, 576) -> (n, 4 * 129)"""
    mirrored = graph.node("Pad", sound, graph.weight([0, 0, 0, _MIRRORED]), mode="reflect")
    frames = _windows(graph, mirrored, _FRAME, _STEP, _FRAMES)
    basis = np.ascontiguousarray(weights["encoder.feature_extractor.forward_basis_buffer"][:, 0].T)
    spectrum = graph.node("MatMul", frames, graph.weight(basis))
    squared = graph.node("Mul", spectrum, spectrum)
    real, imaginary = graph.nodes("Split", squared, graph.weight([_BINS, _BINS]), outputs=2, axis=1)
    magnitudes = graph.node("Sqrt", graph.node("Add", real, imaginary))
    return graph.node("Reshape", magnitudes, graph.weight([-1, _FRAMES * _BINS]))


def _encoded(graph: OnnxGraph, frames: str, weights: dict[str, Floats]) -> str:
    """(n, 4 * 129) -> (n, 128). A convolution of width 3 is a product with three frames side by side, silence before
    the first and behind the last."""
    for layer, (count, stride) in enumerate(((4, 1), (4, 2), (2, 2), (1, 1))):
        taps = weights[f"encoder.conv_layers.{layer}.weight"].transpose(2, 1, 0)
        width, channels = taps.shape[1:]
        padded = graph.node("Pad", frames, graph.weight([0, width, 0, width]))
        made = (count - 1) // stride + 1
        windows = _windows(graph, padded, 3 * width, stride * width, made)
        product = graph.weight(np.ascontiguousarray(taps.reshape(3 * width, channels)))
        convolved = graph.node("Gemm", windows, product, graph.weight(weights[f"encoder.conv_layers.{layer}.bias"]))
        frames = graph.node("Reshape", graph.node("Relu", convolved), graph.weight([-1, made * channels]))
    return frames


def _remembered(graph: OnnxGraph, heard: str, hidden: str, cell: str, weights: dict[str, Floats]) -> tuple[str, str]:
    """ONNX keeps the gates in the order input, output, forget, cell (operator LSTM)."""
    both = np.concatenate([weights["onnx::LSTM_209"][0], weights["onnx::LSTM_210"][0]], axis=1)
    bias = weights["onnx::LSTM_211"][0].reshape(2, -1).sum(axis=0)
    inputs = graph.node("Concat", heard, hidden, axis=1)
    gates = graph.node("Gemm", inputs, graph.weight(np.ascontiguousarray(both.T)), graph.weight(bias))
    take, give, keep, new = graph.nodes("Split", gates, graph.weight([UNITS] * 4), outputs=4, axis=1)
    kept = graph.node("Mul", graph.node("Sigmoid", keep), cell)
    taken = graph.node("Mul", graph.node("Sigmoid", take), graph.node("Tanh", new))
    cell = graph.node("Add", kept, taken)
    return graph.node("Mul", graph.node("Sigmoid", give), graph.node("Tanh", cell)), cell


def _windows(graph: OnnxGraph, rows: str, width: int, step: int, count: int) -> str:
    """(n, …) -> (count * n, width): pieces of every row, ``step`` apart."""
    if count == 1:
        return _cut(graph, rows, 0, width)
    pieces = [_cut(graph, rows, at * step, at * step + width) for at in range(count)]
    return graph.node("Reshape", graph.node("Concat", *pieces, axis=1), graph.weight([-1, width]))


def _cut(graph: OnnxGraph, rows: str, begins: int, ends: int) -> str:
    return graph.node("Slice", rows, graph.weight([begins]), graph.weight([ends]), graph.weight([1]))
