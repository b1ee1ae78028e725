"""One torch network for batches of any size: on a CPU as it is, on a GPU as recorded CUDA graphs.

A face costs a GPU some microseconds of arithmetic and a hundred launches of kernels. A graph is launched once, but
holds for one size and one place in memory: so a few sizes are recorded, and a batch runs in the smallest that holds
it, whose other rows nobody reads.
"""

# Torch is an extra: without it mypy sees Any.
# mypy: disable-error-code="import-not-found,untyped-decorator,unused-ignore"

from dataclasses import dataclass

import torch

from realtime.inference.torch_network import TorchNetwork

SIZES = (1, 8, 32, 64, 128, 256)
_ROUNDS_BEFORE = 3
"""Libraries choose their kernels and take their memory in the first rounds; that must not be recorded."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    graph: torch.cuda.CUDAGraph
    inputs: torch.Tensor
    outputs: list[torch.Tensor]


class TorchBatches:
    """Not safe for concurrent calls. ``device``: cpu or cuda. Recording is done at the first batch of a size."""

    def __init__(self, network: TorchNetwork, device: torch.device) -> None:
        self._network = network.eval().to(device)
        self._device = device
        self._recorded: dict[int, _Recorded] = {}

    @torch.inference_mode()
    def answers(self, inputs: torch.Tensor) -> list[torch.Tensor]:
        """``inputs``: (n, height, width, channels) on the device, n at most ``SIZES[-1]``. Outputs: on the CPU."""
        if self._device.type != "cuda":
            return self._network(inputs)  # type: ignore[no-any-return]
        count = len(inputs)
        size = next(size for size in SIZES if size >= count)
        if size not in self._recorded:
            self._recorded[size] = self._record(size)
        recorded = self._recorded[size]
        recorded.inputs[:count].copy_(inputs)
        recorded.graph.replay()
        return [output[:count].cpu() for output in recorded.outputs]

    def _record(self, size: int) -> _Recorded:
        inputs = torch.zeros((size, *self._network.input_shape), device=self._device)
        aside = torch.cuda.Stream(self._device)
        aside.wait_stream(torch.cuda.current_stream(self._device))
        # TF32 keeps ten bits of an activation: a tenth of a pixel in a face of 192.
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            with torch.cuda.stream(aside):
                for _ in range(_ROUNDS_BEFORE):
                    self._network(inputs)
            torch.cuda.current_stream(self._device).wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                outputs = self._network(inputs)
        return _Recorded(graph, inputs, outputs)
