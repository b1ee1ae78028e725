"""Fuzzing by hand, as long as you like.

    .venv/bin/python -m tests.fuzz                       # the targets
    .venv/bin/python -m tests.fuzz rtp --seconds 3600    # one of them; any seed, printed
    .venv/bin/python -m tests.fuzz rtp --engine atheris  # guided by coverage; pip install atheris first

What breaks a target is kept in tests/fuzz/found, and the tests try it for ever.
"""

import argparse
import sys
import time
from typing import Any

from tests.fuzz.campaign import Outcome, keep, run
from tests.fuzz.targets import TARGETS, Target


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--engine", choices=("plain", "atheris"), default="plain")
    options = parser.parse_args()
    if not options.targets:
        print("\n".join(TARGETS))
        return 0
    if options.engine == "atheris":
        return _guided(TARGETS[options.targets[0]], options.seconds)
    return max(_plain(TARGETS[name], options.seconds, options.seed) for name in options.targets)


def _plain(target: Target, seconds: float, seed: int) -> int:
    def progress(outcome: Outcome) -> None:
        print(f"\r{target.name}: {outcome.executions} inputs, slowest {outcome.slowest_s:.3f} s", end="", flush=True)

    outcome = run(target, seconds, seed, progress)
    progress(outcome)
    print(f"  (seed {seed})")
    if outcome.failure is None:
        return 0
    print(f"{outcome.trace}\nkept as {keep(target, outcome.failure)}")
    return 1


def _guided(target: Target, seconds: float) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: .venv/bin/python -m pip install atheris, or use --engine plain")
        return 2
    engine: Any = atheris
    engine.instrument_all()
    for number, data in enumerate(target.seeds()):
        keep_seed = keep(Target(f".seeds-{target.name}", target.run, target.seeds), data)
        print(f"seed {number}: {keep_seed.name}")
    engine.Setup([sys.argv[0], f"-max_total_time={seconds:.0f}", str(keep_seed.parent)], target)
    engine.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
