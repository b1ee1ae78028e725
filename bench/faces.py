"""What a picture of a face costs: finding one, following one, and reading its movements.

    python -m bench.faces [--quick] [--json FILE] [--models FOLDER]

The real engine with its real models, one thread, on the recorded drawn face. What is counted is CPU time of the
whole process, so that a busy machine changes little and a hidden thread could not hide. Variants are interleaved;
figures are the median and the range.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from loadtest.media import FACE
from realtime.inference.engine import FaceRequest, Picture
from realtime.inference.face_litert import LiteRtFaceEngine
from realtime.inference.model_store import ModelStore
from realtime.perception.face import INTERVAL_MS, LOOK_AGAIN_MS, movements
from realtime.perception.face_geometry import features

MODELS = Path("var/models")
BATCHES = (1, 8, 32)
TRACKED_PER_S = 400
"""On one core. The models alone were measured at 400 to 600 pictures a second; cutting the picture out and putting
the points back may not cost more than the models leave."""


@dataclass(frozen=True)
class Variant:
    """``task``: detect (look for the face, then its points) or track (the points, where it was last)."""

    task: str
    batch: int

    @property
    def name(self) -> str:
        return f"{self.task}, batch {self.batch}"


VARIANTS = [Variant(task, batch) for batch in BATCHES for task in ("detect", "track")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="32 pictures a variant and run in place of 192")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--models", type=Path, help="folder of the face models; default: the pulled ones")
    options = parser.parse_args()
    models = options.models or ModelStore(MODELS).find("face")
    if models is None:
        raise SystemExit(f"no face models in {MODELS}: `viva models pull face`")
    figures = run(LiteRtFaceEngine(models), options.quick)
    _show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def run(engine: LiteRtFaceEngine, quick: bool) -> dict[str, Any]:
    pictures, runs = 32 if quick else 192, 3
    requests = _requests(engine, pictures)
    for variant in VARIANTS:
        _analyse(engine, requests[variant.task][: variant.batch], variant.batch)
    cost_ms: dict[str, list[float]] = {variant.name: [] for variant in VARIANTS}
    for _ in range(runs):
        for variant in VARIANTS:
            wanted, batch = requests[variant.task], variant.batch
            cost_ms[variant.name].append(_cpu_ms(lambda w=wanted, b=batch: _analyse(engine, w, b)) / pictures)  # type: ignore[misc]
    rows = {name: _row(values) for name, values in cost_ms.items()}
    detect_ms, track_ms = (rows[Variant(task, 8).name]["cpu_ms_per_picture"] for task in ("detect", "track"))
    reading_ms = _reading_ms(engine, requests["detect"])
    per_s = round(1000 / track_ms)
    return {
        "bench": "faces",
        "quick": quick,
        "engine": str(engine.description),
        "pictures": pictures,
        "runs": runs,
        "rows": rows,
        "reading_cpu_ms_per_picture": reading_ms,
        "interviews_a_core": round(1000 / _cpu_ms_per_interview_second(detect_ms, track_ms, reading_ms)),
        "targets": [
            {"name": "tracked_per_s_per_core", "value": per_s, "target": TRACKED_PER_S, "met": per_s >= TRACKED_PER_S}
        ],
    }


def _requests(engine: LiteRtFaceEngine, count: int) -> dict[str, list[FaceRequest]]:
    """The same pictures to both tasks; where the face is was found beforehand."""
    recorded = _recording()
    detect = [FaceRequest(str(at), 0, recorded[at % len(recorded)]) for at in range(count)]
    found = engine.analyse(detect)
    assert all(result.region for result in found), "the recorded face was not found"
    track = [
        FaceRequest(request.session_id, 0, request.picture, result.region)
        for request, result in zip(detect, found, strict=True)
    ]
    return {"detect": detect, "track": track}


def _recording() -> list[Picture]:
    with av.open(str(FACE)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


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

    return round(statistics.median(_cpu_ms(read) for _ in range(3)) / len(points), 3)


def _cpu_ms_per_interview_second(detect_ms: float, track_ms: float, reading_ms: float) -> float:
    """The tracker's rhythm: a picture every ``INTERVAL_MS``, a new count every ``LOOK_AGAIN_MS``."""
    detecting = 1000 / LOOK_AGAIN_MS
    tracking = 1000 / INTERVAL_MS - detecting
    return detecting * detect_ms + tracking * track_ms + (detecting + tracking) * reading_ms


def _cpu_ms(act: Callable[[], None]) -> float:
    started_s = time.process_time()
    act()
    return 1000 * (time.process_time() - started_s)


def _row(values: list[float]) -> dict[str, Any]:
    median = statistics.median(values)
    return {
        "cpu_ms_per_picture": round(median, 2),
        "range": [round(min(values), 2), round(max(values), 2)],
        "pictures_per_s_per_core": round(1000 / median),
    }


def _show(figures: dict[str, Any]) -> None:
    print(f"{figures['engine']}: {figures['pictures']} pictures, {figures['runs']} runs; CPU ms a picture, one thread")
    for name, row in figures["rows"].items():
        low, high = row["range"]
        print(
            f"  {name:18} {row['cpu_ms_per_picture']:6.2f}  ({low:.2f}..{high:.2f})"
            f"  {row['pictures_per_s_per_core']:5d} a second and core"
        )
    print(f"  points to movements {figures['reading_cpu_ms_per_picture']:5.2f}")
    print(f"  {figures['interviews_a_core']} interviews a core, at the tracker's rhythm and batch 8")
    for target in figures["targets"]:
        met = "met" if target["met"] else "MISSED"
        print(f"  {target['name']}: {target['value']} (at least {target['target']}) {met}")


if __name__ == "__main__":
    main()
