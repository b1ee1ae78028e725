"""Silero's voice activity network for many streams at once, in numpy.

The network is small (0.8 million multiplications a chunk), so a runtime that goes from node to node spends most of its
time between them, and the export that is at hand takes one stream only. Here every layer is one matrix product over all
streams. The weights are those of the file inside faster-whisper (Silero v6, MIT).

    64 samples of context + 512        one row a stream
    ── mirrored by 64, short-time Fourier transform, magnitudes      4 frames x 129
    ── convolutions of width 3 with ReLU, strides 1, 2, 2, 1         128, 64, 64, 128 channels; 4, 2, 1, 1 frames
    ── LSTM                                                          128
    ── ReLU, one output, sigmoid                                     probability of speech
"""

from pathlib import Path

import faster_whisper  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt

from realtime.inference.onnx_weights import Floats, NotOnnx, read_weights

CHUNK_SAMPLES = 512
CONTEXT_SAMPLES = 64
UNITS = 128
STATE_WIDTH = 2 * UNITS + CONTEXT_SAMPLES
"""What the network remembers of a stream: the LSTM's hidden and cell state, and the last samples. Zeros at first."""
MODEL_FILE = Path(faster_whisper.__file__).parent / "assets" / "silero_vad_v6.onnx"

_FRAME, _STEP, _MIRRORED = 256, 128, 64
_BINS = _FRAME // 2 + 1
_LEAST_ROWS = 8
"""Below, a matrix library takes other roads, which are slower by the row and round differently."""
_MOST_ROWS = 64
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
        self._basis = np.ascontiguousarray(weights["encoder.feature_extractor.forward_basis_buffer"][:, 0].T)
        layers = [f"encoder.conv_layers.{layer}" for layer in range(4)]
        self._layers = [(weights[f"{name}.weight"].transpose(2, 1, 0), weights[f"{name}.bias"]) for name in layers]
        gates = np.concatenate([weights["onnx::LSTM_209"][0], weights["onnx::LSTM_210"][0]], axis=1)
        self._gates = np.ascontiguousarray(gates.T)
        self._gate_bias = weights["onnx::LSTM_211"][0].reshape(2, -1).sum(axis=0)
        self._out = np.ascontiguousarray(weights["decoder.conv1d.weight"][0, :, 0])
        self._out_bias = weights["decoder.conv1d.bias"][0]

    def step(self, chunks: Floats, state: Floats) -> tuple[Floats, Floats]:
        """The next chunk of each of n streams, (n, 512) at 16 kHz, and (n, 320) of state: n probabilities, and the
        state after. Rows never see each other; how many there are changes a probability by 1e-6 at most."""
        rows = len(chunks)
        if rows > _MOST_ROWS:
            parts = [slice(at, at + _MOST_ROWS) for at in range(0, rows, _MOST_ROWS)]
            done = [self.step(chunks[part], state[part]) for part in parts]
            return np.concatenate([one for one, _ in done]), np.concatenate([after for _, after in done])
        spare = ((0, max(0, _LEAST_ROWS - rows)), (0, 0))
        probabilities, after = self._step(np.pad(chunks, spare), np.pad(state, spare))
        return probabilities[:rows], after[:rows]

    def _step(self, chunks: Floats, state: Floats) -> tuple[Floats, Floats]:
        hidden, cell, context = np.split(state, (UNITS, 2 * UNITS), axis=1)
        sound = np.concatenate([context, chunks, chunks[:, -2 : -2 - _MIRRORED : -1]], axis=1)
        hidden, cell = self._remember(self._encode(self._magnitudes(sound)), hidden, cell)
        probabilities = _sigmoid(np.maximum(hidden, 0) @ self._out + self._out_bias)
        return probabilities, np.concatenate([hidden, cell, chunks[:, -CONTEXT_SAMPLES:]], axis=1)

    def _magnitudes(self, sound: Floats) -> Floats:
        """(n, 640) -> (n, 4, 129)"""
        frames = np.lib.stride_tricks.sliding_window_view(sound, _FRAME, axis=1)[:, ::_STEP]
        spectrum = frames.reshape(-1, _FRAME) @ self._basis
        np.square(spectrum, out=spectrum)
        magnitudes: Floats = np.sqrt(spectrum[:, :_BINS] + spectrum[:, _BINS:])
        return magnitudes.reshape(len(sound), -1, _BINS)

    def _encode(self, frames: Floats) -> Floats:
        """(n, 4, 129) -> (n, 128)"""
        for (taps, bias), stride in zip(self._layers, (1, 2, 2, 1), strict=True):
            frames = _convolved(frames, taps, bias, stride)
        return frames[:, 0]

    def _remember(self, heard: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats]:
        """ONNX keeps the gates in the order input, output, forget, cell (operator LSTM)."""
        gates = np.concatenate([heard, hidden], axis=1) @ self._gates
        gates += self._gate_bias
        take, give, keep = np.split(_sigmoid(gates[:, : 3 * UNITS]), 3, axis=1)
        cell = keep * cell + take * np.tanh(gates[:, 3 * UNITS :])
        return give * np.tanh(cell), cell


def _convolved(frames: Floats, taps: npt.NDArray[np.float32], bias: Floats, stride: int) -> Floats:
    """Width 3, one frame of silence on both sides, ReLU. ``frames``: (n, frames, in); ``taps``: (3, in, out)."""
    streams, count, width = frames.shape
    padded = np.zeros((streams, count + 2, width), np.float32)
    padded[:, 1:-1] = frames
    windows = np.lib.stride_tricks.sliding_window_view(padded.reshape(streams, -1), 3 * width, axis=1)
    rows = windows[:, :: stride * width].reshape(-1, 3 * width)
    out: Floats = rows @ taps.reshape(3 * width, -1)
    out += bias
    np.maximum(out, 0, out=out)
    return out.reshape(streams, -1, len(bias))


def _sigmoid(values: Floats) -> Floats:
    opened: Floats = 1 / (1 + np.exp(-values))
    return opened
