"""The face benchmark's own arithmetic, and that it says what it did not do."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.faces import __main__ as faces
from bench.faces import gpu, peer
from bench.speech import environments
from realtime.inference.engine import FaceResult

POINTS = np.random.default_rng(1).normal(100, 30, (468, 3)).astype(np.float32)


def seen(points: Any) -> FaceResult:
    return FaceResult("s", 0, points, 0.9, None, None)


def test_points_are_compared_where_both_found_a_face() -> None:
    """The second picture's points are all 0.3 px to the right and 0.4 down: half a pixel."""
    shifted = POINTS[:, :2] + np.array([0.3, 0.4])
    nobody = np.full((468, 2), np.nan)
    ours = [seen(POINTS), seen(POINTS), seen(POINTS), seen(None)]
    apart = faces.apart_px(ours, np.stack([POINTS[:, :2], shifted, nobody, nobody]))
    assert (apart["pictures"], apart["found_by_one"]) == (2, 1)
    assert apart["mean"] == pytest.approx(0.25, abs=1e-3)
    assert apart["largest"] == pytest.approx(0.5, abs=1e-3)


def figures(per_s: int, peer: dict[str, Any]) -> dict[str, Any]:
    rows = {"track, batch 8": {"pictures_per_s_per_core": per_s}}
    return {"rows": rows, "memory": {"total_mb": 57.0}, "peer": peer}


def test_a_miss_is_a_miss() -> None:
    apart = {"look": {"largest": 0.3}, "track": {"largest": 0.6}}
    compared = {"times_our_cost": {"track": 1.2}, "apart_px": apart}
    met = {target["name"]: target["met"] for target in faces.targets(figures(399, compared))}
    assert met == {
        "tracked_per_s_per_core": False,
        "mb_of_a_thousand_sessions": True,
        "times_less_cpu_than_face_mesh_tracking": True,
        "largest_px_from_face_mesh": False,
    }


def test_without_the_peer_nothing_is_said_of_it() -> None:
    found = faces.targets(figures(400, {"not_compared": "no network"}))
    assert [target["name"] for target in found] == ["tracked_per_s_per_core", "mb_of_a_thousand_sessions"]
    assert all(target["met"] for target in found)


def test_a_peer_that_cannot_be_had_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, folder: Path) -> Path:
        assert (folder / f"{name}.txt").is_file(), "its pins"
        raise environments.PeerAbsentError("could not be installed from PyPI: no route")

    monkeypatch.setattr(peer.environments, "python", absent)
    assert faces._peer([np.zeros((4, 4, 3), np.uint8)]) == (None, "could not be installed from PyPI: no route")


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is here")
def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    told = gpu.run(Path("nowhere"), quick=True)
    assert (told["ran"], told["targets"]) == (False, [])
    assert "no GPU: not run (torch is not installed" in capsys.readouterr().out


def test_a_rate_is_faces_by_the_time_of_whole_batches() -> None:
    class Engine:
        asked = 0

        def analyse(self, requests: list[Any]) -> list[Any]:
            self.asked += 1
            return requests

    engine, ticks = Engine(), iter([0.0, 0.0, 0.4, 0.8, 1.2])
    rate = gpu._per_s(engine, [None] * 32, 1.0, clock=lambda: next(ticks))  # type: ignore[arg-type, list-item]
    assert engine.asked == 3
    assert rate == pytest.approx(32 * 3 / 1.2)
    assert gpu.summed([90.0, 110.0, 100.0]) == {"faces_per_s": 100, "range": [90, 110]}
