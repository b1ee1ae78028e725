from ehr_bridge.resume.document import Line


def test_a_span_stands_where_its_characters_do() -> None:
    line = Line(1, "ab", (0.1, 0.2, 0.5, 0.3), (0.1, 0.4, 0.5))
    assert line.span(1, 2) == (0.4, 0.2, 0.5, 0.3)


def test_without_edges_characters_are_equally_wide() -> None:
    assert Line(1, "abcd", (0.0, 0.2, 0.8, 0.3)).span(1, 3) == (0.2, 0.2, 0.6000000000000001, 0.3)


def test_without_a_box_there_is_none() -> None:
    assert Line(1, "abcd").span(0, 2) is None
