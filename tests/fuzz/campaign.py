"""Runs one target for a while and keeps what broke it."""

import hashlib
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.mutation import inputs
from tests.fuzz.targets import SLOW_S, Target, generator

FOUND = Path(__file__).parent / "found"
"""Inputs that once broke something, by target. They are tried first, for ever."""


@dataclass(slots=True)
class Outcome:
    executions: int = 0
    slowest_s: float = 0.0
    failure: bytes | None = None
    trace: str = ""


def attempt(target: Target, data: bytes, outcome: Outcome) -> None:
    began = time.monotonic()
    try:
        target(data)
    except Exception:  # whatever it is, it is the finding
        outcome.failure, outcome.trace = data, traceback.format_exc()
    took_s = time.monotonic() - began
    outcome.executions += 1
    outcome.slowest_s = max(outcome.slowest_s, took_s)
    if took_s > SLOW_S and outcome.failure is None:
        outcome.failure, outcome.trace = data, f"{took_s:.1f} s for one input"


def known(target: Target) -> list[Path]:
    return sorted((FOUND / target.name).glob("*.bin"))


def run(
    target: Target, seconds: float, seed: int, progress: Callable[[Outcome], None] = lambda outcome: None
) -> Outcome:
    """Until the time is over or something breaks. ``progress`` is called about once a second."""
    outcome = Outcome()
    began = told = time.monotonic()
    for data in inputs(target.seeds(), generator(target.name, seed)):
        attempt(target, data, outcome)
        now = time.monotonic()
        if outcome.failure is not None or now - began > seconds:
            return outcome
        if now - told > 1:
            told = now
            progress(outcome)
    raise AssertionError("inputs end never")


def keep(target: Target, data: bytes) -> Path:
    folder = FOUND / target.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:16]}.bin"
    path.write_bytes(data)
    return path
