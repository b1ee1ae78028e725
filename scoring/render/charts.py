"""Charts as plain shapes, drawn once for SVG and PDF alike. Coordinates in points, y grows downwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

INK = "#16324f"
SOFT = "#5b6b7b"
GRID = "#d5dde5"
PALE = "#eef2f6"
TEAL = "#1f7a8c"
GOLD = "#c58b2a"
RUST = "#b4472f"


@dataclass(frozen=True, slots=True)
class Polygon:
    points: tuple[tuple[float, float], ...]
    stroke: str
    fill: str = ""
    opacity: float = 1.0
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    stroke: str
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    fill: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    radius: float
    fill: str


@dataclass(frozen=True, slots=True)
class Label:
    """``y`` is the base line. ``anchor``: start, middle, end."""

    x: float
    y: float
    text: str
    size: float
    fill: str = INK
    anchor: str = "start"
    bold: bool = False


Shape = Polygon | Line | Box | Dot | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """``title`` says the chart in words, for those who do not see it."""

    width: float
    height: float
    title: str
    shapes: tuple[Shape, ...]


def radar(axes: Sequence[tuple[str, float | None]], title: str, *, width: float = 380, height: float = 262) -> Drawing:
    """Scores 0-100 on three or more axes; an axis without a score has no point, and its label is pale."""
    shapes: list[Shape] = []
    centre_x, centre_y, radius = width / 2, height / 2 + 2, height / 2 - 36
    angles = [math.tau * index / len(axes) - math.pi / 2 for index in range(len(axes))]

    def at(angle: float, share: float) -> tuple[float, float]:
        return (
            round(centre_x + radius * share * math.cos(angle), 2),
            round(centre_y + radius * share * math.sin(angle), 2),
        )

    for ring in (0.2, 0.4, 0.6, 0.8, 1.0):
        shapes.append(Polygon(tuple(at(angle, ring) for angle in angles), GRID, width=0.7))
    for angle in angles:
        shapes.append(Line(centre_x, centre_y, *at(angle, 1.0), GRID, 0.7))
    there = [(angle, value / 100) for angle, (_, value) in zip(angles, axes, strict=True) if value is not None]
    if len(there) >= 3:
        shapes.append(Polygon(tuple(at(angle, share) for angle, share in there), TEAL, TEAL, 0.18, 1.6))
    shapes += [Dot(*at(angle, share), 2.6, TEAL) for angle, share in there]
    for angle, (label, value) in zip(angles, axes, strict=True):
        shapes += _axis_label(at(angle, 1.0), angle, label, value)
    return Drawing(width, height, title, tuple(shapes))


def _axis_label(end: tuple[float, float], angle: float, label: str, value: float | None) -> list[Shape]:
    x, y = end[0] + 9 * math.cos(angle), end[1] + 12 * math.sin(angle)
    anchor = "middle" if abs(math.cos(angle)) < 0.25 else "start" if math.cos(angle) > 0 else "end"
    lift = -9.0 if math.sin(angle) < -0.9 else 6.0 if math.sin(angle) > 0.9 else 0.0
    number = "–" if value is None else f"{value:.0f}"
    colour = SOFT if value is None else INK
    lines = _two_lines(label)
    top = y + lift - (len(lines) - 1) * (10 if math.sin(angle) < 0 else 0)
    shapes: list[Shape] = [
        Label(round(x, 2), round(top + 10 * row, 2), line, 9, colour, anchor) for row, line in enumerate(lines)
    ]
    below = round(top + 10 * len(lines) + 0.5, 2)
    return [*shapes, Label(round(x, 2), below, number, 9.4, SOFT if value is None else TEAL, anchor, True)]


def _two_lines(label: str) -> tuple[str, ...]:
    """Long English labels break before "and", or in the middle."""
    if len(label) <= 18 or " " not in label:
        return (label,)
    middle = label.find(" and ") if " and " in label else label.find(" ", len(label) // 2 - 2)
    return (label[:middle], label[middle + 1 :]) if middle > 0 else (label,)


@dataclass(frozen=True, slots=True)
class Bar:
    """``low``/``high``: the range around ``value``; None: no score."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None


def bars(items: Sequence[Bar], title: str, no_score: str, *, width: float = 170) -> Drawing:
    """A bar each with its number; the thin line is the range."""
    shapes: list[Shape] = []
    row = 31.0
    for index, item in enumerate(items):
        top = index * row
        shapes.append(Label(0, top + 10, item.label, 9, INK))
        shapes.append(Box(0, top + 15, width, 6, PALE, 3))
        if item.value is None:
            shapes.append(Label(width, top + 10, no_score, 8.2, SOFT, "end"))
            continue
        shapes.append(Box(0, top + 15, round(width * item.value / 100, 2), 6, TEAL, 3))
        if item.low is not None and item.high is not None:
            shapes.append(Line(width * item.low / 100, top + 23.4, width * item.high / 100, top + 23.4, GOLD, 1.2))
        shapes.append(Label(width, top + 10, f"{item.value:.1f}", 9.4, INK, "end", True))
    return Drawing(width, row * len(items), title, tuple(shapes))


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence on the timeline, 0-1 of the answer's length."""

    at: float
    supports: int


@dataclass(frozen=True, slots=True)
class Row:
    """One answer. ``speech``: stretches 0-1 in which something was said; ``length_ms`` sets the bar's length."""

    label: str
    length_ms: int
    caption: str
    speech: tuple[tuple[float, float], ...]
    marks: tuple[Mark, ...]
    assessable: bool


def timeline(rows: Sequence[Row], title: str, *, width: float = 520) -> Drawing:
    """One bar per answer on a common time scale."""
    shapes: list[Shape] = []
    left, right = 30.0, 74.0
    height = min(26.0, max(19.5, 130.0 / max(1, len(rows))))  # many answers stand closer: the summary is one page
    longest = max([row.length_ms for row in rows] + [1])
    for index, row in enumerate(rows):
        y = index * height + 8
        length = (width - left - right) * row.length_ms / longest
        shapes.append(Label(0, y + 9, row.label, 9.4, INK, bold=True))
        shapes.append(Box(left, y + 3, round(max(length, 2), 2), 6, GRID if row.assessable else PALE, 3))
        for start, end in row.speech if row.assessable else ():
            shapes.append(Box(round(left + start * length, 2), y + 3, round((end - start) * length, 2), 6, TEAL, 1.5))
        for mark in row.marks:
            x = round(left + mark.at * length, 2)
            shapes.append(
                Line(x, y + 1.5, x, y - 3.5, GOLD, 1.3)
                if mark.supports > 0
                else Line(x, y + 10.5, x, y + 15.5, RUST, 1.5)
            )
        shapes.append(Label(width, y + 9, row.caption, 8.2, SOFT, "end"))
    return Drawing(width, height * len(rows) + 4, title, tuple(shapes))


def stars(value: float, *, size: float = 13) -> Drawing:
    """Five stars, filled to ``value`` 0-5."""
    shapes: list[Shape] = []
    for index in range(5):
        filled = min(1.0, max(0.0, value - index))
        outline = _star(size * 1.25 * index + size / 2 + 1, size / 2 + 1, size / 2)
        shapes.append(Polygon(outline, GOLD, GOLD if filled >= 0.75 else "", 1.0, 0.9))
        if 0.25 <= filled < 0.75:
            shapes.append(Polygon(outline[:1] + outline[5:], GOLD, GOLD, 1.0, 0.9))
    return Drawing(size * 1.25 * 5, size + 2, f"{value:.1f} / 5", tuple(shapes))


def _star(x: float, y: float, radius: float) -> tuple[tuple[float, float], ...]:
    """Ten points from the top, clockwise; the left half is the top and the last five."""
    return tuple(
        (
            round(x + radius * (1 if point % 2 == 0 else 0.42) * math.sin(math.pi * point / 5), 2),
            round(y - radius * (1 if point % 2 == 0 else 0.42) * math.cos(math.pi * point / 5), 2),
        )
        for point in range(10)
    )
