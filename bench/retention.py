"""What the model of retention is worth on simulated employees: ``make bench NAME=retention [QUICK=1] [JSON=file]``.

Employers' true ways are drawn at random (coefficients, noise, hidden causes that no trait sees); each has employees of
whom some leave. The model is fitted to one half and asked about the other, beside two peers on the same people: the
share that stayed, said of everybody, and a logistic regression without prior and without calibration. Simulated people
show that the arithmetic is right, and nothing about real ones.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.machine import describe
from ehr_bridge.insight import retention
from ehr_bridge.insight.retention import Observed
from ehr_bridge.insight.traits import NAMES, Traits

Floats = NDArray[np.float64]
SEED = 20260101
BINS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    """``ece``: mean distance between predicted and observed over ten bins of equal size (Naeini 2015)."""

    brier: float
    auc: float
    ece: float


def employees(count: int, random: np.random.Generator) -> list[Observed]:
    """Of one employer. Hidden causes are as strong as what is seen."""
    quality = random.normal(size=count)
    rows = np.clip(
        0.72 + 0.12 * quality[:, None] * random.uniform(0, 1, len(NAMES)) + random.normal(0, 0.12, (count, len(NAMES))),
        0,
        1,
    )
    weights = random.uniform(0.5, 6.0, len(NAMES))
    hidden = random.normal(size=count)
    z = (rows - 0.72) @ weights + hidden + random.uniform(0.5, 2.0)
    stayed = random.random(count) < 1 / (1 + np.exp(-z))
    missing = random.random(rows.shape) < 0.15
    people = []
    for number in range(count):
        values = [None if gone else float(value) for value, gone in zip(rows[number], missing[number], strict=True)]
        who = Traits(*values)
        if who.known >= retention.LEAST_KNOWN:
            people.append(Observed(f"{number}-{random.integers(1 << 30)}", who, bool(stayed[number])))
    return people


def scored(predicted: Floats, y: Floats) -> Scored:
    order = np.argsort(predicted, kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    ece = sum(len(part) * abs(float(predicted[part].mean() - y[part].mean())) for part in bins) / len(y)
    return Scored(float(np.square(predicted - y).mean()), retention.auc(predicted, y).value or 0.5, ece)


def plain(people: list[Observed]) -> Floats:
    """Maximum likelihood by Newton's method, nothing else: what anybody would write first."""
    x = np.stack([retention._row(each.traits) for each in people])
    y = np.array([float(each.stayed) for each in people])
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -35, 35)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(x.shape[1])
        w = w + np.linalg.solve(hessian, x.T @ (y - p))
    return w


def one_employer(count: int, random: np.random.Generator) -> tuple[dict[str, Scored], bool, float]:
    people = employees(count * 2, random)
    seen, asked = people[: len(people) // 2], people[len(people) // 2 :]
    y = np.array([float(each.stayed) for each in asked])
    began = time.process_time()
    model = retention.fit(seen)
    seconds = time.process_time() - began
    ours = np.array([model.probability(each.traits) or 0.0 for each in asked])
    base = np.full(len(asked), float(np.mean([each.stayed for each in seen])))
    w = plain(seen)
    other = 1 / (1 + np.exp(-np.stack([retention._row(each.traits) for each in asked]) @ w))
    return {"ours": scored(ours, y), "base rate": scored(base, y), "plain": scored(other, y)}, model.fitted, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    employers = 20 if options.quick else 200
    sizes = (150, 600) if options.quick else (150, 600, 2000)
    rows, figures = [], {}
    for size in sizes:
        random = np.random.default_rng(SEED + size)
        runs = [one_employer(size, random) for _ in range(employers)]
        for name in ("ours", "base rate", "plain"):
            found = {
                key: float(np.median([getattr(run[0][name], key) for run in runs])) for key in ("brier", "auc", "ece")
            }
            figures[f"{size} {name}"] = found
            rows.append((f"{size} employees, {name}", found))
        fitted = sum(run[1] for run in runs) / employers
        figures[f"{size} fitted"] = {"share": fitted, "cpu_s": float(np.median([run[2] for run in runs]))}
    print(f"{'medians over ' + str(employers) + ' employers':<34}{'Brier':>8}{'AUC':>8}{'calibration error':>20}")
    for title, found in rows:
        print(f"{title:<34}{found['brier']:>8.3f}{found['auc']:>8.3f}{found['ece']:>20.3f}")
    for size in sizes:
        share, seconds = figures[f"{size} fitted"]["share"], figures[f"{size} fitted"]["cpu_s"]
        print(f"{size} employees: fitted for {share:.0%} of employers (else the prior), {seconds:.3f} CPU s")
    examples = (
        retention.Model().probability(Traits(0.85, 0.85, 1.0, 0.9, 0.95)),
        retention.Model().probability(Traits(0.55, 0.6, 0.8, 0.7, 0.6)),
    )
    largest = sizes[-1]
    ours, base = figures[f"{largest} ours"], figures[f"{largest} base rate"]
    targets = [
        _target("worked example 1 is .95 (distance)", abs((examples[0] or 0) - 0.95), 0.005),
        _target("worked example 2 is .60 (distance)", abs((examples[1] or 0) - 0.60), 0.005),
        _target(f"calibration error at {largest} employees", ours["ece"], 0.05),
        _target(f"Brier beside the base rate's at {largest} (ratio)", ours["brier"] / base["brier"], 1.0),
        _target(
            f"Brier beside plain logistic regression's at {sizes[0]} (ratio)",
            figures[f"{sizes[0]} ours"]["brier"] / figures[f"{sizes[0]} plain"]["brier"],
            1.0,
        ),
    ]
    for target in targets:
        word = "met   " if target["met"] else "MISSED"
        print(f"{word} {target['name']}: {target['value']:.4f} (at most {target['target']:g})")
    if options.json:
        result = {"machine": describe(), "employers": employers, "figures": figures, "targets": targets}
        options.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


def _target(name: str, value: float, target: float) -> dict[str, object]:
    return {"name": name, "value": value, "target": target, "met": value <= target}


if __name__ == "__main__":
    main()
