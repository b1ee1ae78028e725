"""Drift is found where it is, blamed on the right stratum, and not seen in noise."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from scoring.validity.drift import MIN_WINDOW, Drift, Seen, compare, ks, psi

DAY = date(2026, 3, 1)


def _window(
    n: int, seed: int, *, mean: float = 70, language: str = "zh", model: str = "m1", guard: float = 0.05
) -> list[Seen]:
    generator = np.random.default_rng(seed)
    return [
        Seen(
            DAY,
            language,
            model,
            {name: float(np.clip(round(value, 1), 20, 100)) for name, value in zip(("risk", "talk"), own, strict=True)},
            frozenset({"off_topic"} if lucky < guard else ()),
        )
        for own, lucky in zip(generator.normal(mean, 12, size=(n, 2)), generator.random(n), strict=True)
    ]


def _verdicts(drift: Drift) -> dict[tuple[str, str], str]:
    return {(row.competency, row.within): row.verdict for row in drift.scores}


def test_ks_is_scipys(oracles: dict[str, Any]) -> None:
    for case in oracles["ks"]:
        assert ks(np.array(case["first"]), np.array(case["second"]))[0] == pytest.approx(case["d"], abs=1e-12)


def test_psi_by_hand() -> None:
    """Two equal halves against .25 / .75 (with half a count more in each bin)."""
    reference = np.array([1.0, 2.0] * 500)
    now = np.array([1.0] * 250 + [2.0] * 750)
    p, q = np.array([250.5, 750.5]) / 1001, np.array([500.5, 500.5]) / 1001
    value, by_chance = psi(reference, now, 0.05)
    assert value == pytest.approx(float(((p - q) * np.log(p / q)).sum()))
    assert by_chance == pytest.approx(3.841459 * 2 / 1000, rel=1e-6)


def test_a_constant_reference_sees_both_directions() -> None:
    same = np.full(100, 60.0)
    assert psi(same, same)[0] == 0
    assert psi(same, same + 1)[0] > 1
    assert psi(same, same - 1)[0] > 1


def test_a_shift_of_one_standard_deviation_is_an_alarm() -> None:
    drift = compare(_window(300, 1), _window(200, 2, mean=58))
    assert drift.verdict == "alarm"
    assert drift.scores[0].shift == pytest.approx(-1, abs=0.2)


def test_noise_is_steady_also_in_windows_where_custom_would_cry() -> None:
    """With 60 against 60 the customary .10 is passed by chance nearly always; here hardly ever."""
    customary, ours = 0, 0
    for seed in range(40):
        drift = compare(_window(60, seed), _window(60, 1000 + seed))
        customary += any((row.psi or 0) > 0.10 for row in drift.scores)
        ours += drift.verdict in ("watch", "alarm")
    assert customary > 35
    assert ours <= 3


def test_few_interviews_have_no_verdict() -> None:
    drift = compare(_window(MIN_WINDOW, 1), _window(MIN_WINDOW - 1, 2, mean=30))
    assert {row.verdict for row in (*drift.scores, *drift.guards)} == {"few"}
    assert drift.verdict == "few"
    assert compare([], []).verdict == "few"


def test_the_language_that_moved_is_named() -> None:
    reference = [*_window(200, 1), *_window(200, 2, language="en")]
    now = [*_window(150, 3), *_window(150, 4, language="en", mean=55)]
    verdicts = _verdicts(compare(reference, now))
    assert verdicts["risk", "language=en"] == "alarm"
    assert verdicts["risk", "language=zh"] == "steady"


def test_a_new_model_is_compared_with_the_whole_reference() -> None:
    reference = [*_window(150, 1, model="m1"), *_window(150, 2, model="m0")]
    now = [*_window(150, 3, model="m1"), *_window(150, 4, model="m2", mean=84)]
    drift = compare(reference, now)
    assert (drift.new_models, drift.gone_models) == (("m2",), ("m0",))
    verdicts = _verdicts(drift)
    assert verdicts["talk", "model=m2"] == "alarm"
    assert verdicts["talk", "model=m1"] == "steady"
    assert next(row.reference for row in drift.scores if row.within == "model=m2") == 300


def test_a_guard_that_fires_more_often() -> None:
    drift = compare(_window(300, 1, guard=0.05), _window(300, 2, guard=0.25))
    found = drift.guards[0]
    assert (found.guard, found.within, found.verdict) == ("off_topic", "all", "alarm")
    assert found.gap.value == pytest.approx(0.2, abs=0.06)
    quiet = [compare(_window(300, seed), _window(300, 100 + seed)).guards[0].verdict for seed in range(30)]
    assert quiet.count("steady") >= 28


def test_order_does_not_matter() -> None:
    reference, now = _window(120, 1), _window(90, 2, mean=66)
    assert compare(reference[::-1], now[::-1]) == compare(reference, now)
