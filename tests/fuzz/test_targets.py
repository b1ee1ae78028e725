"""Each parser against what it once met, then for a moment against what it never met.

The moment is ``VIVA_FUZZ_SECONDS`` a target (0.7 s) and always begins with the same seed; ``python -m tests.fuzz``
goes on for as long as one likes.
"""

import os
import random
import warnings

import pytest

from tests.fuzz.campaign import Outcome, attempt, known, run
from tests.fuzz.mutation import MAX_BYTES, inputs
from tests.fuzz.targets import TARGETS, Target

SECONDS = float(os.environ.get("VIVA_FUZZ_SECONDS", "0.7"))


@pytest.mark.parametrize("name", TARGETS)
def test_a_well_meaning_peer_is_understood(name: str) -> None:
    """The seeds reach into the parser: else its fuzzing would only ever meet the first refusal."""
    target = TARGETS[name]
    for seed in target.seeds():
        assert seed
        if name != "position-file":  # a whole position is too long to be bent well
            target.run(seed)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.filterwarnings("ignore")
def test_anything_is_parsed_or_refused(name: str) -> None:
    target = TARGETS[name]
    for path in known(target):
        outcome = Outcome()
        attempt(target, path.read_bytes(), outcome)
        assert outcome.failure is None, f"{path.name}: {outcome.trace}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outcome = run(target, SECONDS, seed=1)
    assert outcome.failure is None, f"{outcome.failure!r:.300}\n{outcome.trace}"
    assert outcome.executions > 5


def test_a_target_that_breaks_is_caught_with_its_input() -> None:
    def parse(data: bytes) -> None:
        if data[:1] == b"\xff":
            raise IndexError("read past the end")
        raise ValueError("typed")

    outcome = run(Target("broken", parse, lambda: (b"\x00abc",), (ValueError,)), 20, seed=1)
    assert outcome.failure is not None
    assert outcome.failure[:1] == b"\xff"
    assert "read past the end" in outcome.trace


def test_inputs_come_again_for_the_same_seed_and_stay_bounded() -> None:
    def some(seed: int) -> list[bytes]:
        found = inputs((b"abcdef" * 20, b""), random.Random(seed))
        return [next(found) for _ in range(3000)]

    assert some(1) == some(1) != some(2)
    assert max(map(len, some(1))) <= MAX_BYTES
    assert len(set(some(1))) > 2000
