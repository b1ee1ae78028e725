"""The network inside a TensorFlow Lite file, without its runtime: the steps in order, and the weights.

A file is a FlatBuffer of the schema that LiteRT ships (``schema.fbs``, version 3). What is read is what the two face
models consist of: float32 activations, weights stored as float16 behind a DEQUANTIZE, and a dozen kinds of steps.
Anything else is refused by name, because a step that is guessed gives faces that are nearly right.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema  # type: ignore[import-untyped]

Weights = npt.NDArray[np.float32] | npt.NDArray[np.int32]

_OPERATORS = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
_ACTIVATIONS = {number: name for name, number in vars(schema.ActivationFunctionType).items() if isinstance(number, int)}
_DTYPES = {schema.TensorType.FLOAT32: "<f4", schema.TensorType.FLOAT16: "<f2", schema.TensorType.INT32: "<i4"}


class NotTflite(ValueError):
    """The bytes are not what a TensorFlow Lite file of this kind consists of."""


@dataclass(frozen=True, slots=True)
class Step:
    """``inputs``, ``outputs``: numbers of tensors. ``kernel``, ``stride``: (height, width), of a convolution or a
    pooling. ``activation``: NONE, RELU, RELU6."""

    operator: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    stride: tuple[int, int] = (1, 1)
    kernel: tuple[int, int] = (1, 1)
    same: bool = False
    """The output is as large as the input divided by the stride; otherwise only whole windows count."""
    activation: str = "NONE"
    axis: int = 0
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """``shapes``: of every tensor, for one input (NHWC). ``weights``: of the constant ones, as float32 or int32."""

    input: int
    outputs: tuple[int, ...]
    steps: tuple[Step, ...]
    weights: dict[int, Weights]
    shapes: dict[int, tuple[int, ...]]


def read_network(file: Path) -> Network:
    """Raises ``NotTflite``, or ``OSError``."""
    data = file.read_bytes()
    if data[4:8] != b"TFL3":
        raise NotTflite(f"{file.name} is not a TensorFlow Lite file")
    try:
        return _network(schema.ModelT.InitFromPackedBuf(data, 0))
    except NotTflite:
        raise
    except (struct.error, LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise NotTflite(f"{file.name} is damaged: {error}") from error


def _network(model: Any) -> Network:
    if len(model.subgraphs) != 1 or len(model.subgraphs[0].inputs) != 1:
        raise NotTflite("more than one network, or more than one input")
    graph = model.subgraphs[0]
    shapes = {at: tuple(int(side) for side in tensor.shape) for at, tensor in enumerate(graph.tensors)}
    weights: dict[int, Weights] = {}
    for at, tensor in enumerate(graph.tensors):
        content = model.buffers[tensor.buffer].data
        if content is not None and len(content):
            weights[at] = _values(bytes(content), tensor.type, shapes[at])
    steps = []
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        # Files older than the 127th operator say it in the narrow field.
        name = _OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if name == "DEQUANTIZE":
            weights[int(operator.outputs[0])] = weights[int(operator.inputs[0])]
        else:
            steps.append(_step(name, operator))
    return Network(int(graph.inputs[0]), tuple(int(at) for at in graph.outputs), tuple(steps), weights, shapes)


def _values(content: bytes, kind: int, shape: tuple[int, ...]) -> Weights:
    if kind not in _DTYPES:
        raise NotTflite(f"weights of type {kind}")
    values = np.frombuffer(content, _DTYPES[kind])
    if values.size != np.prod(shape, dtype=np.int64):
        raise NotTflite("weights that do not fill their shape")
    whole = kind == schema.TensorType.INT32
    return values.reshape(shape).astype(np.int32) if whole else values.reshape(shape).astype(np.float32)


def _step(name: str, operator: Any) -> Step:
    options = operator.builtinOptions
    edges = tuple(int(at) for at in operator.inputs), tuple(int(at) for at in operator.outputs)
    activation = _ACTIVATIONS[getattr(options, "fusedActivationFunction", 0)]
    if activation not in ("NONE", "RELU", "RELU6"):
        raise NotTflite(f"activation {activation}")
    match name:
        case "CONV_2D" | "DEPTHWISE_CONV_2D":
            if (options.dilationHFactor, options.dilationWFactor) != (1, 1):
                raise NotTflite("a dilated convolution")
            stride, same = (options.strideH, options.strideW), options.padding == schema.Padding.SAME
            return Step(name, *edges, stride=stride, same=same, activation=activation)
        case "MAX_POOL_2D":
            stride, kernel = (options.strideH, options.strideW), (options.filterHeight, options.filterWidth)
            same = options.padding == schema.Padding.SAME
            return Step(name, *edges, stride=stride, kernel=kernel, same=same, activation=activation)
        case "CONCATENATION":
            return Step(name, *edges, axis=int(options.axis), activation=activation)
        case "RESHAPE":
            return Step(name, *edges, shape=tuple(int(side) for side in options.newShape))
        case "ADD" | "PAD" | "RELU" | "PRELU":
            return Step(name, *edges, activation=activation)
        case _:
            raise NotTflite(f"operator {name}")
