"""What is read of the face models without a runtime is what the runtime reads of them."""

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from realtime.inference.face_files import DETECTOR_FILE, LANDMARKS_FILE
from realtime.inference.tflite_file import NotTflite, read_network

MODELS = Path(__file__).parents[3] / "var" / "models" / "face"


@pytest.fixture(scope="module")
def models() -> Path:
    if not (MODELS / "model.json").is_file():
        pytest.skip(f"no face models at {MODELS}: `viva models pull face` to run this")
    return MODELS


@pytest.mark.parametrize(("name", "weights"), [(DETECTOR_FILE, 74), (LANDMARKS_FILE, 113)])
def test_weights_and_edges_are_those_the_runtime_sees(models: Path, name: str, weights: int) -> None:
    network, runtime = read_network(models / name), Interpreter(model_path=str(models / name))
    assert network.input == runtime.get_input_details()[0]["index"]
    assert list(network.outputs) == [output["index"] for output in runtime.get_output_details()]
    halves = [tensor["index"] for tensor in runtime.get_tensor_details() if tensor["dtype"] is np.float16]
    assert len(halves) == weights
    for at in halves:
        assert np.array_equal(network.weights[at], runtime.get_tensor(at).astype(np.float32))


@pytest.mark.parametrize("name", [DETECTOR_FILE, LANDMARKS_FILE])
def test_every_step_has_what_it_needs_before_it(models: Path, name: str) -> None:
    network = read_network(models / name)
    known = {network.input, *network.weights}
    for step in network.steps:
        assert set(step.inputs) <= known, step
        known |= set(step.outputs)
    assert set(network.outputs) <= known
    assert not any(step.operator == "DEQUANTIZE" for step in network.steps)


def test_the_first_step_of_the_points_is_a_strided_convolution(models: Path) -> None:
    network = read_network(models / LANDMARKS_FILE)
    first = network.steps[0]
    assert (first.operator, first.stride, first.same, first.activation) == ("CONV_2D", (2, 2), True, "NONE")
    assert network.weights[first.inputs[1]].shape == (16, 3, 3, 3)
    assert network.shapes[network.input] == (1, 192, 192, 3)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.9])
def test_a_file_that_ends_early_is_no_network(models: Path, tmp_path: Path, share: float) -> None:
    whole = (models / LANDMARKS_FILE).read_bytes()
    short = tmp_path / "short.tflite"
    short.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(NotTflite, match=r"short\.tflite"):
        read_network(short)


def test_an_operator_that_is_not_known_is_named(models: Path, tmp_path: Path) -> None:
    """PRELU (54) becomes LOGISTIC (14): the networks this can read have none."""
    import ai_edge_litert.schema_py_generated as schema
    import flatbuffers

    model = schema.ModelT.InitFromPackedBuf((models / LANDMARKS_FILE).read_bytes(), 0)
    for code in model.operatorCodes:
        if max(code.builtinCode, code.deprecatedBuiltinCode) == schema.BuiltinOperator.PRELU:
            code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.LOGISTIC
    builder = flatbuffers.Builder(2**21)
    builder.Finish(model.Pack(builder), b"TFL3")
    other = tmp_path / "other.tflite"
    other.write_bytes(bytes(builder.Output()))
    with pytest.raises(NotTflite, match="operator LOGISTIC"):
        read_network(other)
