"""What a picture of a face costs: finding one, following one, reading its movements; beside mediapipe's FaceMesh.

    make bench NAME=faces [QUICK=1] [JSON=file]
    python -m bench.faces [--quick] [--json FILE] [--models FOLDER] [--no-peer]

The real engine with its real models, one thread, on the recorded drawn face; FaceMesh of the wheel the models are from,
as it is sold: one object a camera, in an environment of its own that the first run makes (900 MB on disk). What is
counted is CPU time of the whole process, so that a busy machine changes little and a hidden thread could not hide.
Variants are interleaved; figures are the median and the range of three runs.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench import machine
from bench.faces import gpu, material, memory
from bench.faces.peer import FaceMeshPeer
from bench.speech.environments import PeerAbsentError
from realtime.inference.engine import FaceRequest, FaceResult, Picture
from realtime.inference.face_litert import LiteRtFaceEngine
from realtime.perception.face import INTERVAL_MS, LOOK_AGAIN_MS, movements
from realtime.perception.face_geometry import features

BATCHES = (1, 8, 32)
RUNS = 3
TRACKED_PER_S = 400
"""On one core. The models alone were measured at 400 to 600 pictures a second; cutting the picture out and putting
the points back may not cost more than the models leave."""
APART_PX = 0.5
SESSIONS_MB = 100
"""A thousand interviews' faces with their engine: what five of the peer's objects take."""
PEER_OBJECTS = 8

Row = dict[str, Any]


@dataclass(frozen=True)
class Variant:
    """``task``: look (for the face, then its points) or track (the points, where it was last)."""

    task: str
    batch: int

    @property
    def name(self) -> str:
        return f"{self.task}, batch {self.batch}"


VARIANTS = [Variant(task, batch) for batch in BATCHES for task in ("look", "track")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="32 pictures a variant and run in place of 192")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--models", type=Path, help="folder of the face models; default: the pulled ones")
    parser.add_argument("--no-peer", action="store_true", help="do not install FaceMesh, nor compare")
    options = parser.parse_args()
    models = material.models(options.models)
    print(machine.line())
    figures = run(models, quick=options.quick, peer=not options.no_peer)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def run(models: Path, *, quick: bool, peer: bool) -> Row:
    machine_before = machine.describe()
    engine, pictures = LiteRtFaceEngine(models), 32 if quick else 192
    look, track = material.requests(engine, pictures)
    mesh, why = _peer(material.recording()) if peer else (None, "left out by --no-peer")
    cost_ms, peer_ms = _interleaved(engine, {"look": look, "track": track}, mesh)
    rows = {name: _row(values) for name, values in cost_ms.items()}
    peer_rows = {name: _row(values) for name, values in peer_ms.items()}
    figures = {
        "bench": "faces",
        "quick": quick,
        "machine": machine_before,
        "engine": str(engine.description),
        "packages": {name: version(name) for name in ("ai-edge-litert", "pillow", "numpy")},
        "pictures": pictures,
        "runs": RUNS,
        "rows": rows,
        "reading_cpu_ms_per_picture": _reading_ms(engine, look),
        "memory": memory.measured(models),
    }
    figures["interviews_a_core"] = _interviews(rows, figures["reading_cpu_ms_per_picture"])
    figures["peer"] = _beside(mesh, peer_rows, rows, engine) if mesh else {"not_compared": why}
    if mesh:
        mesh.close()
    figures["targets"] = targets(figures)
    _show(figures)
    figures["gpu"] = gpu.run(models, quick=quick)
    figures["targets"] += figures["gpu"]["targets"]
    for target in figures["targets"]:
        met = "met" if target["met"] else "MISSED"
        print(f"  {target['name']}: {target['value']} ({target['is']} {target['target']}) {met}")
    return figures


def _peer(pictures: Sequence[Picture]) -> tuple[FaceMeshPeer | None, str]:
    try:
        return FaceMeshPeer(pictures), ""
    except PeerAbsentError as error:
        return None, str(error)


def _interleaved(
    engine: LiteRtFaceEngine, asked: dict[str, list[FaceRequest]], mesh: FaceMeshPeer | None
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """CPU ms a picture, by variant, ours and the peer's in turns."""
    ours: dict[str, list[float]] = {variant.name: [] for variant in VARIANTS}
    theirs: dict[str, list[float]] = {task: [] for task in asked} if mesh else {}
    for variant in VARIANTS:
        _analyse(engine, asked[variant.task][: variant.batch], variant.batch)
    for _ in range(RUNS):
        for variant in VARIANTS:
            wanted, batch = asked[variant.task], variant.batch
            spent_ms = _cpu_ms(lambda w=wanted, b=batch: _analyse(engine, w, b))  # type: ignore[misc]
            ours[variant.name].append(spent_ms / len(wanted))
        for task, values in theirs.items():
            assert mesh is not None
            values.append(mesh.cpu_ms(task))
    return ours, theirs


def _beside(mesh: FaceMeshPeer, peer_rows: dict[str, Row], rows: dict[str, Row], engine: LiteRtFaceEngine) -> Row:
    """``times``: their cost by ours, at batch 8. ``apart_px``: of the same points in the same pictures."""
    pictures = material.recording()
    looked = engine.analyse([FaceRequest("s", 0, picture) for picture in pictures])
    followed, region = [looked[0]], looked[0].region
    for picture in pictures[1:]:
        (result,) = engine.analyse([FaceRequest("s", 0, picture, region)])
        region = result.region
        followed.append(result)
    theirs = mesh.points()
    times = {
        task: round(row["cpu_ms_per_picture"] / rows[Variant(task, 8).name]["cpu_ms_per_picture"], 2)
        for task, row in peer_rows.items()
    }
    apart = {"look": apart_px(looked, theirs["look"]), "track": apart_px(followed, theirs["track"])}
    each = mesh.memory(PEER_OBJECTS)
    return {
        "name": f"mediapipe FaceMesh {mesh.version}",
        "rows": peer_rows,
        "times_our_cost": times,
        "apart_px": apart,
        "memory": {"objects": PEER_OBJECTS, "mb_each": each["mb"], "threads_each": each["threads"]},
    }


def apart_px(ours: Sequence[FaceResult], theirs: npt.NDArray[np.float64]) -> Row:
    """``found_by_one``: pictures in which only one of the two found a face."""
    apart, alone = [], 0
    for one, other in zip(ours, theirs, strict=True):
        there = bool(np.isfinite(other).all())
        alone += (one.landmarks is not None) != there
        if one.landmarks is not None and there:
            apart.append(np.linalg.norm(one.landmarks[:, :2] - other, axis=1))
    every = np.concatenate(apart)
    return {
        "pictures": len(apart),
        "found_by_one": alone,
        "mean": round(float(every.mean()), 3),
        "p999": round(float(np.quantile(every, 0.999)), 3),
        "largest": round(float(every.max()), 3),
    }


def targets(figures: Row) -> list[Row]:
    def at_least(name: str, value: float, target: float) -> Row:
        return {"name": name, "value": value, "is": "at least", "target": target, "met": value >= target}

    def at_most(name: str, value: float, target: float) -> Row:
        return {"name": name, "value": value, "is": "at most", "target": target, "met": value <= target}

    per_s = figures["rows"][Variant("track", 8).name]["pictures_per_s_per_core"]
    found = [
        at_least("tracked_per_s_per_core", per_s, TRACKED_PER_S),
        at_most("mb_of_a_thousand_sessions", figures["memory"]["total_mb"], SESSIONS_MB),
    ]
    peer = figures["peer"]
    if "not_compared" not in peer:
        largest = max(row["largest"] for row in peer["apart_px"].values())
        found += [
            at_least("times_less_cpu_than_face_mesh_tracking", peer["times_our_cost"]["track"], 1.0),
            at_most("largest_px_from_face_mesh", largest, APART_PX),
        ]
    return found


def _analyse(engine: LiteRtFaceEngine, requests: list[FaceRequest], batch: int) -> None:
    for at in range(0, len(requests), batch):
        engine.analyse(requests[at : at + batch])


def _reading_ms(engine: LiteRtFaceEngine, requests: list[FaceRequest]) -> float:
    """From points to movements, in the process that holds the interview."""
    points = [result.landmarks for result in engine.analyse(requests) if result.landmarks is not None]
    neutral = features(points[0])
    assert neutral is not None

    def read() -> None:
        for face in points:
            if found := features(face):
                movements(found, neutral)

    return round(statistics.median(_cpu_ms(read) for _ in range(RUNS)) / len(points), 3)


def _interviews(rows: dict[str, Row], reading_ms: float) -> int:
    """A core's worth, at the tracker's rhythm: a picture every ``INTERVAL_MS``, a new count every ``LOOK_AGAIN_MS``."""
    look_ms, track_ms = (rows[Variant(task, 8).name]["cpu_ms_per_picture"] for task in ("look", "track"))
    looking = 1000 / LOOK_AGAIN_MS
    following = 1000 / INTERVAL_MS - looking
    return round(1000 / (looking * look_ms + following * track_ms + (looking + following) * reading_ms))


def _cpu_ms(act: Callable[[], None]) -> float:
    started_s = time.process_time()
    act()
    return 1000 * (time.process_time() - started_s)


def _row(values: list[float]) -> Row:
    median = statistics.median(values)
    return {
        "cpu_ms_per_picture": round(median, 2),
        "range": [round(min(values), 2), round(max(values), 2)],
        "pictures_per_s_per_core": round(1000 / median),
    }


def _show(figures: Row) -> None:
    print(f"{figures['engine']}: {figures['pictures']} pictures, {figures['runs']} runs; CPU ms a picture, one thread")
    for name, row in figures["rows"].items():
        _line(name, row)
    memory_, peer = figures["memory"], figures["peer"]
    print(f"  points to movements {figures['reading_cpu_ms_per_picture']:5.2f}")
    print(f"  {figures['interviews_a_core']} interviews a core, at the tracker's rhythm and batch 8")
    print(
        f"  {memory_['total_mb']} MB for {memory_['sessions']} sessions: the engine {memory_['engine_mb']}, and "
        f"{memory_['session_kb']} KB each; {memory_['engine_threads']} threads"
    )
    if "not_compared" in peer:
        print(f"  not compared with FaceMesh: {peer['not_compared']}")
        return
    print(peer["name"])
    for name, row in peer["rows"].items():
        _line(name, row, f"  {peer['times_our_cost'][name]:.2f} x ours at batch 8")
    each = peer["memory"]
    print(f"  {each['mb_each']} MB and {each['threads_each']:g} threads an interview")
    for name, apart in peer["apart_px"].items():
        print(
            f"  {name:6} points apart: {apart['mean']} px in the mean, 99.9 % within {apart['p999']}, largest "
            f"{apart['largest']}; {apart['pictures']} pictures, a face found by one alone in {apart['found_by_one']}"
        )


def _line(name: str, row: Row, more: str = "") -> None:
    low, high = row["range"]
    print(
        f"  {name:18} {row['cpu_ms_per_picture']:6.2f}  ({low:.2f}..{high:.2f})"
        f"  {row['pictures_per_s_per_core']:5d} a second and core{more}"
    )


if __name__ == "__main__":
    main()
