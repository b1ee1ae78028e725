"""The batched network against the export that takes one stream, run by onnxruntime."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.inference.onnx_weights import NotOnnx
from realtime.inference.silero import MODEL_FILE, STATE_WIDTH, SileroNetwork
from realtime.inference.vad import SileroVad

Floats = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def network() -> SileroNetwork:
    return SileroNetwork()


def streams(count: int, chunks: int, seed: int = 1) -> Floats:
    """(streams, chunks, 512), from a whisper to full scale."""
    random = np.random.default_rng(seed)
    loudness = 10 ** random.uniform(-4, 0, (count, chunks, 1))
    return np.asarray(random.normal(0, 0.3, (count, chunks, 512)) * loudness, np.float32)


def judged(network: SileroNetwork, sound: Floats) -> Floats:
    state = np.zeros((len(sound), STATE_WIDTH), np.float32)
    probabilities = []
    for at in range(sound.shape[1]):
        one, state = network.step(sound[:, at], state)
        probabilities.append(one)
    return np.stack(probabilities, axis=1)


def test_it_says_what_the_single_stream_export_says(network: SileroNetwork) -> None:
    sound = streams(6, 60)
    vad = SileroVad()
    expected = np.stack([vad.listener()(one) for one in sound])
    np.testing.assert_allclose(judged(network, sound), expected, atol=2e-6)


@pytest.mark.parametrize("count", [1, 3, 8, 33, 64, 65, 150])
def test_a_batch_says_exactly_what_each_stream_alone_is_told(network: SileroNetwork, count: int) -> None:
    sound = streams(count, 12, seed=count)
    together = judged(network, sound)
    for one in {0, count // 2, count - 1}:
        np.testing.assert_array_equal(together[one], judged(network, sound[one : one + 1])[0])


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(20)))
def test_the_order_of_the_streams_does_not_matter(network: SileroNetwork, order: list[int]) -> None:
    sound = streams(20, 3)
    np.testing.assert_array_equal(judged(network, sound[order]), judged(network, sound)[order])


def test_another_network_is_refused_by_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"")
    with pytest.raises(NotOnnx, match="forward_basis_buffer"):
        SileroNetwork(tmp_path / "other.onnx")
    data = MODEL_FILE.read_bytes().replace(b"encoder.conv_layers.2.bias", b"encoder.conv_layers.9.bias")
    (tmp_path / "renamed.onnx").write_bytes(data)
    with pytest.raises(NotOnnx, match=r"conv_layers.2.bias"):
        SileroNetwork(tmp_path / "renamed.onnx")
