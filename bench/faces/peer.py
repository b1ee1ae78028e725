"""mediapipe's FaceMesh beside us: a process in an environment of its own, asked when it is its turn."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.speech import environments
from bench.speech.environments import PeerAbsentError
from realtime.inference.engine import Picture

HERE = Path(__file__).parent


class FaceMeshPeer:
    """Raises ``PeerAbsentError`` where it cannot be had or does not run; the message says why."""

    def __init__(self, pictures: Sequence[Picture]) -> None:
        interpreter = environments.python("mediapipe", HERE / "pins")
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self._answers = folder / "answers.npz"
        np.save(folder / "pictures.npy", np.stack(pictures))
        command = [str(interpreter), str(HERE / "face_mesh.py"), str(folder / "pictures.npy"), str(self._answers)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.version: str = self._said()["version"]

    def cpu_ms(self, task: str) -> float:
        return float(self._ask(task)["cpu_ms"])

    def memory(self, objects: int) -> dict[str, float]:
        return self._ask(f"memory {objects}")

    def points(self) -> dict[str, npt.NDArray[np.float64]]:
        """(pictures, 468, 2) of "look" and of "track"."""
        self._ask("points")
        with np.load(self._answers) as answers:
            return {name: answers[name] for name in answers}

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def _ask(self, task: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(task + "\n")
        self._process.stdin.flush()
        return self._said()

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise PeerAbsentError(f"FaceMesh ended with {self._process.wait()}")
        said: dict[str, Any] = json.loads(line)
        return said
