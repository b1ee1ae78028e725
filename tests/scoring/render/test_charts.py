"""Charts stay inside their frame and show exactly what they are given."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.render.charts import Bar, Box, Dot, Label, Line, Mark, Polygon, Row, bars, radar, stars, timeline
from scoring.render.svg import svg

VALUE = st.none() | st.floats(0, 100)


@given(st.lists(st.tuples(st.text(max_size=20), VALUE), min_size=1, max_size=12))
def test_a_radar_has_a_point_for_every_score(axes: list[tuple[str, float | None]]) -> None:
    drawing = radar(axes, "t")
    there = [value for _, value in axes if value is not None]
    assert sum(isinstance(shape, Dot) for shape in drawing.shapes) == len(there)
    for shape in drawing.shapes:
        if isinstance(shape, Polygon):
            assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in shape.points)


def test_bars_are_as_long_as_their_score() -> None:
    drawing = bars([Bar("a", 50.0, 40.0, 60.0), Bar("b", None)], "t", "none", width=200)
    boxes = [shape.width for shape in drawing.shapes if isinstance(shape, Box)]
    assert boxes == [200, 100, 200]
    assert [shape.text for shape in drawing.shapes if isinstance(shape, Label)] == ["a", "50.0", "b", "none"]


def test_evidence_against_hangs_below_the_line() -> None:
    row = Row("Q1", 60_000, "1:00", ((0.0, 0.5),), (Mark(0.5, 1), Mark(0.5, -1)), True)
    up, down = [shape for shape in timeline([row], "t").shapes if isinstance(shape, Line)]
    assert up.x1 == down.x1
    assert up.y2 < up.y1 < down.y1 < down.y2


def test_stars_fill() -> None:
    filled = [shape.fill for shape in stars(3.5).shapes if isinstance(shape, Polygon)]
    assert sum(bool(fill) for fill in filled) == 4


def test_svg_escapes_what_it_shows() -> None:
    assert "&lt;b&gt;" in svg(bars([Bar("<b>", 1.0)], '"><script>', "n"))
    assert "<script>" not in svg(bars([Bar("<b>", 1.0)], '"><script>', "n"))
