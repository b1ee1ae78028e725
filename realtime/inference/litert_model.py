"""A LiteRT model that takes any number of inputs of one shape."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

Tensor = npt.NDArray[np.float32]

LARGEST_BATCH = 8
"""Measured: on a CPU a frame costs the same at 1 and at 8 and a third more from 16 on (the activations leave
the cache), so longer batches run as slices of 8."""


class LiteRtModel:
    """Not safe for concurrent calls. Raises ``ValueError`` for a file that is no model."""

    def __init__(self, path: Path, threads: int) -> None:
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        details = self._interpreter.get_input_details()[0]
        self._input: int = details["index"]
        self._outputs: list[int] = [output["index"] for output in self._interpreter.get_output_details()]
        self._batch = 0
        self.input_shape: tuple[int, ...] = tuple(int(side) for side in details["shape"][1:])

    def slices(self, inputs: Tensor) -> list[tuple[int, list[Tensor]]]:
        """Per slice of the batch: how many inputs it held, and every output as the model gave it.

        Outputs stay per slice because a model with a RESHAPE folds the batch into another axis; only its
        caller knows how to unfold that.
        """
        return [self._invoke(inputs[at : at + LARGEST_BATCH]) for at in range(0, len(inputs), LARGEST_BATCH)]

    def _invoke(self, inputs: Tensor) -> tuple[int, list[Tensor]]:
        if len(inputs) != self._batch:
            self._interpreter.resize_tensor_input(self._input, [len(inputs), *self.input_shape])
            self._interpreter.allocate_tensors()
            self._batch = len(inputs)
        self._interpreter.set_tensor(self._input, inputs)
        self._interpreter.invoke()
        return len(inputs), [self._interpreter.get_tensor(output) for output in self._outputs]
