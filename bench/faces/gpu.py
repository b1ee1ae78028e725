"""Faces a second on one GPU, by batch. ``python -m bench.faces.gpu [--cpu]``; also at the end of ``bench.faces``.

One process, wall time, pictures of 320 x 240 in memory: squares cut out on the card, both models, points turned back.
Decoding JPEGs from the bus is not in it. Without torch or a GPU nothing is measured, and that is said; ``--cpu`` runs
the same code on torch's CPU with small batches: whoever has no GPU can see that it runs, and nothing else.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench import machine
from bench.faces import material
from realtime.inference.engine import FaceRequest
from realtime.inference.face import BatchedFaceEngine

BATCHES = (32, 64, 128, 256)
ON_CPU = (1, 8)
FACES_PER_S = 5000
RUNS = 3
SECONDS = 2.0

Row = dict[str, Any]


def run(models: Path, *, quick: bool) -> Row:
    """Measures where torch sees a GPU."""
    if find_spec("torch") is None:
        return _absent("torch is not installed (extra `worker`)")
    import torch

    if not torch.cuda.is_available():
        return _absent("torch sees no GPU")
    return {"device": torch.cuda.get_device_name(), **measured(models, "cuda", BATCHES, 0.5 if quick else SECONDS)}


def _absent(why: str) -> Row:
    print(f"no GPU: not run ({why}); its target is {FACES_PER_S} faces a second")
    return {"ran": False, "why": why, "targets": []}


def measured(models: Path, device: str, batches: tuple[int, ...], seconds: float) -> Row:
    from realtime.inference.face_torch import TorchFaceEngine

    engine = TorchFaceEngine(models, device)
    look, track = material.requests(engine, batches[-1])
    found: dict[str, list[float]] = {}
    for _ in range(1 + RUNS):  # the first records the graphs and is thrown away
        for batch in batches:
            for task, asked in (("look", look), ("track", track)):
                found.setdefault(f"{task}, batch {batch}", []).append(_per_s(engine, asked[:batch], seconds))
    rows = {name: summed(rates[1:]) for name, rates in found.items()}
    best = max(row["faces_per_s"] for name, row in rows.items() if name.startswith("track"))
    target = {"name": "faces_per_s_on_a_gpu", "value": best, "is": "at least", "target": FACES_PER_S}
    target["met"] = best >= FACES_PER_S
    _show(rows)
    return {"ran": True, "rows": rows, "targets": [target] if device == "cuda" else []}


def summed(rates: list[float]) -> Row:
    return {"faces_per_s": round(statistics.median(rates)), "range": [round(min(rates)), round(max(rates))]}


def _per_s(
    engine: BatchedFaceEngine, asked: list[FaceRequest], seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Every answer is on the CPU before the next batch begins: what a worker waits for."""
    faces, began = 0, clock()
    while (spent := clock() - began) < seconds or not faces:
        faces += len(engine.analyse(asked))
    return faces / spent


def _show(rows: dict[str, Row]) -> None:
    for name, row in rows.items():
        low, high = row["range"]
        print(f"  {name:18} {row['faces_per_s']:6d} faces a second  ({low}..{high})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cpu", action="store_true", help="on torch's CPU, to see that it runs")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    models = material.models(None)
    told = measured(models, "cpu", ON_CPU, 0.3) if options.cpu else run(models, quick=options.quick)
    if options.json:
        options.json.write_text(json.dumps({**told, "machine": machine.describe()}, indent=2))


if __name__ == "__main__":
    main()
