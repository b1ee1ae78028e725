"""What one GPU carries: encoder by batch, decoder by step, whole streams. ``python -m bench.speech.gpu [--cpu]``.

Random weights of the true shapes (Whisper small for partials, large-v3-turbo for finals), told their words as in the
comparison. Without a GPU nothing is measured and that is said; ``--cpu`` runs the same code on one core with the shape
of tiny: whoever has no GPU can see that it runs, and nothing else.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import ctranslate2  # type: ignore[import-untyped]
import numpy as np

from bench import machine
from bench.speech import environments, gpu_streams, models
from bench.speech.models import SMALL, TINY, TURBO, Shape

Row = dict[str, Any]

PEAK_TFLOPS = 790.0
"""What matrix products in 16 bits reach on an H200, and nearly on an H100; utilisation is told against it."""
WINDOWS_S = (8, 15, 30)
FEW, MANY = 16, 64
"""Tokens: the difference of two lengths is the price of the steps between them."""
STREAMS = 500


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured, and on what. ``compute_type`` as CTranslate2 names it."""

    device: str
    compute_type: str
    partials: Shape
    finals: Shape
    batches: tuple[int, ...]
    windows_s: tuple[int, ...]
    repeats: int
    first_streams: int
    most_streams: int
    search_steps: int
    seconds: float


FULL = Scale("cuda", "float16", SMALL, TURBO, (1, 8, 16, 32, 64), WINDOWS_S, 5, 64, 1024, 7, 40.0)
QUICK = Scale("cuda", "float16", SMALL, TURBO, (8, 32), (8,), 2, 32, 128, 2, 12.0)
ON_CPU = Scale("cpu", "int8", TINY, TINY, (1, 2), (8,), 1, 2, 4, 2, 8.0)


def run(*, quick: bool) -> Row:
    """Measures where CTranslate2 sees a GPU."""
    if not ctranslate2.get_cuda_device_count():
        why = "CTranslate2 sees no CUDA device"
        print(f"\nGPU: not run: {why}")
        return {"ran": False, "why": why}
    return measure(QUICK if quick else FULL, environments.ROOT / ".cache" / "bench" / "speech")


def measure(scale: Scale, folder: Path) -> Row:
    """``folder``: where the random models are kept, some 3 GB for the full shapes."""
    print(f"\n{gpu_name() if scale.device == 'cuda' else 'CPU: shows that it runs, and nothing else'}")
    found: Row = {"ran": True, "device": scale.device, "gpu": gpu_name(), "peak_tflops": PEAK_TFLOPS, "models": {}}
    directories = dict[str, Path]()
    for part, shape in (("partials", scale.partials), ("finals", scale.finals)):
        directories[part] = _directory(scale, shape, folder)
        model = ctranslate2.models.Whisper(
            str(directories[part]), device=scale.device, compute_type=scale.compute_type, intra_threads=1
        )
        encoder, decoder = encoder_table(model, shape, scale), decoder_table(model, shape, scale)
        found["models"][part] = {"width": shape.width, "encoder": encoder, "decoder": decoder}
        _show(part, shape, encoder, decoder)
        del model
    found["streams"] = asyncio.run(gpu_streams.carried(scale, directories["partials"], directories["finals"]))
    reached = found["streams"]["sessions"]
    target = {"name": "gpu: speaking sessions", "value": reached, "target": STREAMS, "is": "at least", "peer": "none"}
    found["targets"] = [{**target, "met": reached >= STREAMS}]
    return found


def encoder_table(model: Any, shape: Shape, scale: Scale) -> list[Row]:
    rows = list[Row]()
    for window_s in scale.windows_s:
        for batch in scale.batches:
            features = ctranslate2.StorageView.from_array(np.zeros((batch, shape.mels, window_s * 100), np.float32))
            took_s = _slope(partial(_encode, model, features), scale.repeats)
            rows.append(encoder_row(shape, window_s, batch, took_s))
    return rows


def encoder_row(shape: Shape, window_s: int, batch: int, took_s: float) -> Row:
    tflops = batch * gflop(shape, window_s) / took_s / 1000
    return {
        "window_s": window_s,
        "batch": batch,
        "ms": round(1000 * took_s, 3),
        "windows_per_s": round(batch / took_s, 1),
        "tflops": round(tflops, 3),
        "utilisation": round(tflops / PEAK_TFLOPS, 4),
    }


def decoder_table(model: Any, shape: Shape, scale: Scale) -> list[Row]:
    """``ms_per_step``: of the whole batch; at batch 1 it is the floor that no batching goes below."""
    rows = list[Row]()
    for batch in scale.batches:
        features = np.zeros((batch, shape.mels, scale.windows_s[0] * 100), np.float32)
        encoded = model.encode(ctranslate2.StorageView.from_array(features))
        prompts = [models.start_tokens(shape)] * batch
        few_s, many_s = (_best(partial(_decode, model, encoded, prompts, n), scale.repeats) for n in (FEW, MANY))
        step_ms = 1000 * (many_s - few_s) / (MANY - FEW)
        rows.append({"batch": batch, "ms_per_step": round(step_ms, 4), "ms_for_16_tokens": round(1000 * few_s, 2)})
    return rows


def gflop(shape: Shape, window_s: float) -> float:
    """One encode with the cross-attention's keys and values: L(24 n d^2 + 4 n^2 d) + convolutions + 4 n d^2 L_dec."""
    n, d = 50 * window_s, shape.width
    convolutions = 2 * 3 * (shape.mels * d * 2 * n + d * d * n)
    layers = shape.encoder_layers * (24 * n * d**2 + 4 * n**2 * d)
    return float(layers + convolutions + 4 * n * d**2 * shape.decoder_layers) / 1e9


def gpu_name() -> str:
    if (tool := shutil.which("nvidia-smi")) is None:
        return "no GPU"
    asked = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=30)
    return said.stdout.strip().splitlines()[0] if said.returncode == 0 and said.stdout.strip() else "no GPU"


def _directory(scale: Scale, shape: Shape, folder: Path) -> Path:
    quantisation = "float16" if scale.device == "cuda" else "int8_float32"
    return models.stand_in(folder / f"random-{shape.width}-{shape.encoder_layers}-{quantisation}", shape, quantisation)


def _encode(model: Any, features: Any, times: int) -> None:
    """The last output is fetched, which waits for all; the rest stay where they are."""
    for _ in range(times - 1):
        model.encode(features)
    model.encode(features, to_cpu=True)


def _decode(model: Any, encoded: Any, prompts: list[list[int]], tokens: int) -> None:
    length = max(2 * tokens, tokens + len(prompts[0]) - 1)
    model.generate(encoded, prompts, beam_size=1, max_length=length)


def _slope(work: Callable[[int], None], repeats: int) -> float:
    """Seconds for one, without what comes once: fetching the output, the first launch. Where that is lost in the noise
    of the clock, the mean of five."""
    work(2)
    one_s, more_s = _best(partial(work, 1), repeats), _best(partial(work, 5), repeats)
    return (more_s - one_s) / 4 if more_s > one_s else more_s / 5


def _best(work: Callable[[], None], repeats: int) -> float:
    took = list[float]()
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def _show(part: str, shape: Shape, encoder: list[Row], decoder: list[Row]) -> None:
    print(f"  {part}: {shape.encoder_layers} and {shape.decoder_layers} layers, {shape.width} wide")
    for row in encoder:
        print(
            f"    encode {row['window_s']:2} s x {row['batch']:2}: {row['ms']:8.2f} ms  {row['windows_per_s']:8.0f}"
            f" windows/s  {row['tflops']:6.1f} TFLOP/s  {row['utilisation']:.1%}"
        )
    for row in decoder:
        print(f"    decode x {row['batch']:2}: {row['ms_per_step']:.3f} ms a step, {row['ms_for_16_tokens']} ms for 16")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.speech.gpu", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cpu", action="store_true", help="the same code on one core with a small shape")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    folder = environments.ROOT / ".cache" / "bench" / "speech"
    found = measure(ON_CPU, folder) if options.cpu else run(quick=options.quick)
    if options.json:
        figures = {"bench": "speech-gpu", "machine": machine.describe(), **found}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
