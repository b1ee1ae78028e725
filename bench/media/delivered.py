"""What a server under measurement hands to its application: counted, or kept to be looked at."""

import time
from pathlib import Path

import numpy as np

SAMPLE_RATE = 16_000


class Delivered:
    """``keep``: the audio itself, with the media time and the moment of each piece."""

    def __init__(self, keep: bool) -> None:
        self._keep = keep
        self._pieces: dict[int, list[tuple[float, float, np.ndarray]]] = {}  # type: ignore[type-arg]
        self.first_s: dict[int, float] = {}
        self.samples = 0
        self.frames = 0
        self.pictures = 0

    def audio(self, number: int, media_ms: float, pcm: np.ndarray) -> None:  # type: ignore[type-arg]
        """16 kHz mono, at ``media_ms`` of the timeline the server gives its application; NaN where it gives none."""
        self.samples += len(pcm)
        if number not in self.first_s:
            self.first_s[number] = time.monotonic()
        if self._keep:
            self._pieces.setdefault(number, []).append((media_ms, time.monotonic(), pcm))

    def write(self, folder: Path) -> None:
        """One file a session: ``pcm``, and of each piece its first sample, media time and moment."""
        for number, pieces in self._pieces.items():
            starts = np.cumsum([0, *(len(pcm) for _, _, pcm in pieces)])[:-1]
            np.savez(
                folder / f"{number}.npz",
                pcm=np.concatenate([pcm for _, _, pcm in pieces]),
                starts=starts,
                media_ms=np.array([media_ms for media_ms, _, _ in pieces]),
                at_s=np.array([at_s for _, at_s, _ in pieces]),
            )
