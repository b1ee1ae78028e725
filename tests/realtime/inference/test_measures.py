"""Histograms that travel and add up."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.measures import SECONDS, SIZES, Histogram, Measures


@given(st.lists(st.floats(0, 100), min_size=1, max_size=50))
def test_every_value_is_in_the_bucket_that_holds_it(values: list[float]) -> None:
    histogram = Histogram.of(SECONDS)
    for value in values:
        histogram.observe(value)
    for bound, up_to in histogram.cumulative():
        assert up_to == sum(value <= bound for value in values)
    assert histogram.count == len(values)
    assert histogram.total == pytest.approx(sum(values))


def test_a_quantile_lies_within_its_bucket() -> None:
    histogram = Histogram.of(SECONDS)
    assert histogram.quantile(0.95) == 0.0
    for _ in range(100):
        histogram.observe(0.7)
    assert 0.5 < histogram.quantile(0.5) <= 1.0
    histogram.observe(1e6)
    assert histogram.quantile(1.0) == SECONDS[-1]


def test_measures_travel() -> None:
    measures = Measures()
    measures.observe("queue_wait", "final", 0.02)
    measures.observe("batch", "final", 8)
    assert measures.batch["final"].bounds == SIZES
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(measures), type=Measures) == measures
    assert Measures().batch == {}, "nothing is shared between two of them"
    with pytest.raises(AttributeError):
        measures.observe("mood", "final", 1)
