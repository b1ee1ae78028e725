"""A network of a TensorFlow Lite file as a torch module: the same weights, any number of inputs at once.

Tensors are NCHW in the file's order of steps and lie in memory as channels_last, which is NHWC: what the file
means, what convolutions on a GPU are fastest in, and why weights are turned once, here, and pictures never.
A step that reshapes keeps the batch as its first dimension, so answers need no unfolding.
"""

# Torch is an extra: without it mypy sees Any.
# mypy: disable-error-code="misc,import-not-found,unused-ignore"

from typing import cast

import numpy as np
import torch
import torch.nn.functional as F

from realtime.inference.tflite_file import Network, NotTflite, Step

_ACTIVATE = {"NONE": lambda x: x, "RELU": F.relu, "RELU6": F.relu6}


class TorchNetwork(torch.nn.Module):
    """``forward``: (n, height, width, channels) float32 to the outputs in the file's order, each with n first.

    Raises ``NotTflite`` for a network it has no step for.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.input_shape = network.shapes[network.input][1:]
        self.output_shapes = [network.shapes[at][1:] for at in network.outputs]
        self._input, self._outputs, self._steps = network.input, network.outputs, network.steps
        self._shapes = network.shapes
        self._pads = {step.outputs[0]: _pad(network, step) for step in network.steps if step.operator == "PAD"}
        for step in network.steps:
            for at in step.inputs:
                if at in network.weights and not hasattr(self, f"w{at}"):
                    self.register_buffer(f"w{at}", _turned(step, at, network))

    def forward(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        edges = {self._input: pictures.permute(0, 3, 1, 2)}
        for step in self._steps:
            edges[step.outputs[0]] = _ACTIVATE[step.activation](self._act(step, edges))
        return [_as_in_file(edges[at]) for at in self._outputs]

    def _weight(self, at: int) -> torch.Tensor:
        return cast(torch.Tensor, getattr(self, f"w{at}"))

    def _act(self, step: Step, edges: dict[int, torch.Tensor]) -> torch.Tensor:
        x = edges[step.inputs[0]]
        match step.operator:
            case "CONV_2D" | "DEPTHWISE_CONV_2D":
                weight, bias = self._weight(step.inputs[1]), self._weight(step.inputs[2])
                x, padding = _padded(x, weight.shape[2:], step, 0.0)
                groups = x.shape[1] if step.operator == "DEPTHWISE_CONV_2D" else 1
                return F.conv2d(x, weight, bias, step.stride, padding, groups=groups)
            case "MAX_POOL_2D":
                x, padding = _padded(x, step.kernel, step, float("-inf"))
                return F.max_pool2d(x, step.kernel, step.stride, padding)
            case "PAD":
                return F.pad(x, self._pads[step.outputs[0]])
            case "ADD":
                return x + edges[step.inputs[1]]
            case "RELU":
                return F.relu(x)
            case "PRELU":
                return F.prelu(x, self._weight(step.inputs[1]))
            case "RESHAPE":
                return _as_in_file(x).reshape(len(x), *self._shapes[step.outputs[0]][1:])
            case "CONCATENATION":
                return torch.cat([edges[at] for at in step.inputs], dim=step.axis)
            case _:
                raise NotTflite(f"operator {step.operator}")


def _as_in_file(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x


def _padded(
    x: torch.Tensor, kernel: tuple[int, ...] | torch.Size, step: Step, filler: float
) -> tuple[torch.Tensor, tuple[int, int]]:
    """TensorFlow's SAME: the odd pixel goes to the right and below, which torch cannot say, so then it is laid on."""
    if not step.same:
        return x, (0, 0)
    extra = [
        max((-(-side // stride) - 1) * stride + reach - side, 0)
        for side, stride, reach in zip(x.shape[2:], step.stride, kernel, strict=True)
    ]
    if not any(total % 2 for total in extra):
        return x, (extra[0] // 2, extra[1] // 2)
    rows, columns = extra
    edges = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
    return F.pad(x, edges, value=filler), (0, 0)


def _pad(network: Network, step: Step) -> list[int]:
    """(before, after) of N, H, W, C, as torch wants them: the last dimension of N, C, H, W first."""
    n, height, width, channels = (tuple(int(side) for side in row) for row in network.weights[step.inputs[1]])
    if n != (0, 0):
        raise NotTflite("a padded batch")
    return [*width, *height, *channels]


def _turned(step: Step, at: int, network: Network) -> torch.Tensor:
    """Weights in torch's order: a convolution's are (out, in, height, width), a depthwise one's (channels, 1, ...)."""
    values = np.array(network.weights[at])
    if step.operator == "CONV_2D" and values.ndim == 4:
        return torch.from_numpy(values).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
    if step.operator == "DEPTHWISE_CONV_2D" and values.ndim == 4:
        if values.shape[3] != network.shapes[step.inputs[0]][3]:
            raise NotTflite("a depth multiplier")
        return torch.from_numpy(values).permute(3, 0, 1, 2).contiguous()
    if step.operator == "PRELU":
        if values.size != values.shape[-1]:
            raise NotTflite("a slope for each pixel")
        return torch.from_numpy(values.reshape(-1))
    return torch.from_numpy(values)
