import math

import pytest

from ehr_bridge.insight.shares import correlation, difference, mean, share


def test_few_are_not_enough() -> None:
    assert share(0, 0).value is None
    assert mean([]).value is None
    assert mean([1.0, 3.0]).low is None
    assert difference([1.0, 2.0], [1.0, 2.0, 3.0]).value is None
    assert correlation([1, 2, 3], [1, 2, 3]).value is None
    assert correlation([1, 1, 1, 1], [1, 2, 3, 4]).value is None


def test_known_values() -> None:
    assert share(25, 100).value == 0.25
    found = mean([1.0, 2.0, 3.0])
    assert (found.value, found.high - found.value) == (2.0, pytest.approx(1.959964 / math.sqrt(3)))
    apart = difference([4.0, 5.0, 6.0], [1.0, 2.0, 3.0])
    assert (apart.value, apart.low) == (3.0, pytest.approx(3 - 1.959964 * math.sqrt(2 / 3)))
    # Fisher 1921: r = .8, n = 28 gives [.608, .903].
    left = [math.cos(n) for n in range(28)]
    noise = [math.sin(3 * n) for n in range(28)]
    r = correlation(left, [a + 0.6 * b for a, b in zip(left, noise, strict=True)])
    z = math.atanh(r.value)
    assert r.low == pytest.approx(math.tanh(z - 1.959964 / 5))
    assert correlation([1, 2, 3, 4], [2, 4, 6, 8]).value == pytest.approx(1.0)
