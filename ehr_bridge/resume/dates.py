"""Spans of time as résumés write them: ``2019.07-2021.03``, ``2019年7月至今``, ``Jul 2019 – Present``."""

import re
from dataclasses import dataclass

PRESENT = "present"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_NUMERIC = r"(?:19|20)\d{2}(?:\s{0,2}[.\-/年]\s{0,2}(?:1[0-2]|0?[1-9])(?!\d)\s{0,2}月?|\s{0,2}年)?"
_DATE = rf"(?:{_MONTH_NAME}\s{{0,2}},?\s{{0,2}}(?:19|20)\d{{2}}|(?:1[0-2]|0[1-9])/(?:19|20)\d{{2}}|{_NUMERIC})"
_NOW = r"(?:至今|现在|目前|今|present|now|current|today)"
_SPAN = re.compile(
    rf"(?<!\d)({_DATE})\s{{0,3}}(?:-{{1,2}}|–|—|―|~|～|至|到|to|until)?\s{{0,3}}({_DATE}|{_NOW})(?!\d)", re.IGNORECASE
)
_SINGLE = re.compile(rf"(?<!\d)({_DATE})(?!\d)", re.IGNORECASE)
_PARTS = re.compile(r"((?:19|20)\d{2})\s{0,2}[.\-/年]?\s{0,2}(1[0-2]|0?[1-9])?(?!\d)")


@dataclass(frozen=True, slots=True)
class Span:
    """``begin`` and ``end``: ``2019-07``, ``2019`` where no month is told, ``present``. ``end`` empty: one date alone.
    ``at``: where in the text it stands."""

    begin: str
    end: str
    at: tuple[int, int]


def find_span(text: str) -> Span | None:
    """The first one. Two dates need something between them, unless the second is ``至今``."""
    for match in _SPAN.finditer(text):
        between = text[match.end(1) : match.start(2)].strip()
        if not between and not re.match(_NOW, match[2], re.IGNORECASE):
            continue
        return Span(_date(match[1]), _date(match[2]), match.span())
    single = _SINGLE.search(text)
    return Span(_date(single[1]), "", single.span()) if single else None


def _date(text: str) -> str:
    text = text.strip()
    if re.fullmatch(_NOW, text, re.IGNORECASE):
        return PRESENT
    named = re.match(r"([a-z]{3})[a-z.]*\s*,?\s*(\d{4})", text, re.IGNORECASE)
    if named:
        return f"{named[2]}-{_MONTHS.index(named[1].lower()) + 1:02d}"
    american = re.fullmatch(r"(\d{2})/(\d{4})", text)
    if american:
        return f"{american[2]}-{american[1]}"
    parts = _PARTS.match(text)
    assert parts is not None
    return f"{parts[1]}-{int(parts[2]):02d}" if parts[2] else parts[1]


def months(begin: str, end: str, today: str) -> tuple[int, int] | None:
    """The months from the first to the one after the last, counted from the year 0. ``today``: ``2026-11``. A year
    without a month begins in January and ends there too, so that nothing is counted that is not told. None: it ends
    before it begins."""
    first, last = _month(begin), _month(today if end == PRESENT else end or begin)
    if end and len(end) > 4:
        last += 1
    return (first, last) if first <= last <= _month(today) + 1 else None


def _month(date: str) -> int:
    return int(date[:4]) * 12 + (int(date[5:7]) - 1 if len(date) > 4 else 0)


def total_months(spans: list[tuple[int, int]]) -> int:
    """Of their union: two posts at a time are not counted twice."""
    total, reached = 0, 0
    for first, last in sorted(spans):
        total += max(0, last - max(first, reached))
        reached = max(reached, last)
    return total
