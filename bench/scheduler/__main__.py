"""The cases, the table, the targets."""

import argparse
import json
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import machine
from bench.scheduler.features import final_ms, partial_ms
from bench.scheduler.simulation import Case, Found, Simulation
from bench.scheduler.talk import FINAL_WINDOW_S, TRIM_FROM_S, UNSETTLED_S

SPEECH_OF_WINDOW_S = {8: 4.5, 10: 8.0, 15: 9.0, 30: 9.0}
"""About how much sound a window of a length holds: it grows to 9 s and begins anew with 2.5 s."""


def cases(seconds: float) -> list[Case]:
    two = [Case(f"{sessions:,} sessions", sessions, 2, 0.15, seconds) for sessions in (100, 300, 600, 1_000)]
    return [
        *two,
        replace(two[2], name="600, finals strictly first", patience_s=0.0),
        replace(two[3], name="1,000 at 30 %", utilisation=0.30),
        replace(two[2], name="600, one GPU dies", dies_at=seconds / 2),
        replace(two[3], name="1,000 at 30 %, one GPU dies", utilisation=0.30, dies_at=seconds / 2),
        replace(two[3], name="1,000 on one GPU", gpus=1),
    ]


WITHIN = ("100 sessions", "300 sessions", "600 sessions", "1,000 sessions", "1,000 at 30 %")
"""The cases that two GPUs are meant to carry; the others show what gives way, and that finals do not."""


def main() -> None:
    parser = argparse.ArgumentParser(description="What the scheduler alone does for a thousand interviews.")
    parser.add_argument("--quick", action="store_true", help="30 s instead of 120, one seed instead of three")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    seconds, seeds = (30.0, (1,)) if options.quick else (120.0, (1, 2, 3))
    about = machine.describe()
    mel_ms = {window: partial_ms(window, speech, 30) for window, speech in SPEECH_OF_WINDOW_S.items()}
    mel_ms_final = final_ms(FINAL_WINDOW_S, 8.0, 30)
    runs: dict[str, list[dict[str, Any]]] = {}
    for seed in seeds:
        for case in cases(seconds):
            figures = _figures(case, Simulation(replace(case, seed=seed)).run(), mel_ms, mel_ms_final)
            runs.setdefault(case.name, []).append(figures)
    found = {name: _median(figures) for name, figures in runs.items()}
    _show(found)
    targets = _targets(found)
    for target in targets:
        verdict = "met   " if target["met"] else "MISSED"
        print(f"  {verdict}  {target['name']}: {target['value']:.2f} (at most {target['target']})")
    if options.json:
        told = {
            "bench": "scheduler",
            "machine": about,
            "quick": options.quick,
            "engine": "calculated (bench/scheduler/step_times.py): partials small, greedy; finals turbo, beam 5",
            "talk": {"speaking_share": 0.5, "trim_from_s": TRIM_FROM_S, "unsettled_s": UNSETTLED_S},
            "features_ms": {"partial_by_window_s": mel_ms, "final": mel_ms_final},
            "cases": found,
            "targets": targets,
        }
        options.json.write_text(json.dumps(told, indent=2) + "\n")


def _figures(case: Case, found: Found, mel_ms: dict[int, float], mel_ms_final: float) -> dict[str, Any]:
    batches = sum(found.batches.values())
    feature_ms = sum(count * mel_ms[window] for window, count in found.windows.items())
    feature_ms += found.finals_asked * mel_ms_final
    return {
        "sessions": case.sessions,
        "gpus": case.gpus,
        "utilisation": case.utilisation,
        "partial_lag_p50_s": _share(found.partial_lag_s, 0.50),
        "partial_lag_p95_s": _share(found.partial_lag_s, 0.95),
        "caption_interval_p95_s": _share(found.interval_s, 0.95),
        "final_p50_s": _share(found.final_lag_s, 0.50),
        "final_p95_s": _share(found.final_lag_s, 0.95),
        "final_max_s": max(found.final_lag_s, default=0.0),
        "finals": found.finals_asked,
        "finals_lost": found.finals_asked - len(found.final_lag_s),
        "partials": found.partials_asked,
        "partials_given_up": found.superseded,
        "refused": sum(found.refused.values()),
        "batch_mean": sum(size * count for size, count in found.batches.items()) / batches if batches else 0.0,
        "gpu_busy": found.busy_s / found.ended_at / case.gpus,
        "scheduler_cores": found.scheduler_cpu_s / found.ended_at,
        "feature_cores": feature_ms / 1e3 / found.ended_at,
        "rungs": [f"{at:.0f} s {rung.lower()}" for at, rung in found.rungs if at <= case.seconds],
        "rung_share": {rung.lower(): count / sum(found.rung_s.values()) for rung, count in found.rung_s.items()},
    }


def _share(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each number; what is no number is the first run's."""
    first = runs[0]
    numbers = {key for key, value in first.items() if isinstance(value, int | float)}
    return {key: statistics.median(run[key] for run in runs) if key in numbers else first[key] for key in first}


def _targets(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    def at_most(name: str, value: float, target: float) -> dict[str, Any]:
        return {"name": name, "value": value, "target": target, "met": value <= target}

    within = [found[name] for name in WITHIN]
    busiest = found["1,000 at 30 %"]
    gpu_died = [figures for name, figures in found.items() if "dies" in name]
    overloaded = found["1,000 on one GPU"]
    return [
        *(at_most(f"{name}: p95 partial lag, s", found[name]["partial_lag_p95_s"], 2.0) for name in WITHIN),
        *(at_most(f"{name}: p95 final, s", found[name]["final_p95_s"], 1.0) for name in WITHIN),
        at_most("finals lost, all cases", sum(figures["finals_lost"] for figures in found.values()), 0),
        at_most("scheduler, cores, 1,000", max(figures["scheduler_cores"] for figures in within), 1.0),
        at_most("scheduler and features, cores, 1,000", busiest["scheduler_cores"] + busiest["feature_cores"], 1.0),
        at_most("a GPU dies: longest final, s", max(figures["final_max_s"] for figures in gpu_died), 4.0),
        at_most("overload: p95 final, s", overloaded["final_p95_s"], 1.0),
    ]


def _show(found: dict[str, dict[str, Any]]) -> None:
    print(
        f"{'case':28} {'partial p50':>11} {'p95 s':>6} {'interval p95':>12} {'final p50':>9} {'p95 s':>6} {'max':>5} "
        f"{'lost':>4} {'batch':>5} {'busy':>5} {'cores':>12}  rungs"
    )
    for name, f in found.items():
        lags = f"{f['partial_lag_p50_s']:11.2f} {f['partial_lag_p95_s']:6.2f} {f['caption_interval_p95_s']:12.2f}"
        finals = f"{f['final_p50_s']:9.2f} {f['final_p95_s']:6.2f} {f['final_max_s']:5.2f} {f['finals_lost']:4.0f}"
        cores = f"{f['scheduler_cores']:.3f}+{f['feature_cores']:.2f}"
        rungs = ", ".join(f"{rung} {share:.0%}" for rung, share in f["rung_share"].items() if share > 0.005)
        print(f"{name:28} {lags} {finals} {f['batch_mean']:5.1f} {f['gpu_busy']:5.0%} {cores:>12}  {rungs}")


if __name__ == "__main__":
    main()
