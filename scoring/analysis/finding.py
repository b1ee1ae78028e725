"""Finding hundreds of patterns in one text, quickly: each is tried only where its first characters stand.

A pattern begins with one of a few strings ("report~" with "repo", "(上报|汇报)*" with 上报 or 汇报). ``Index`` knows
where each such beginning stands in the text; a ``Finder`` asks it, and tries the pattern there. The matches are those
of searching every pattern everywhere; a test compares the two.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]  # nothing public tells what an expression is made of
from typing import Any

from scoring.analysis.phrases import compile_patterns
from scoring.bilingual import Language

Span = tuple[int, int]
Beginning = tuple[str, bool]
"""A string that a match begins with, and whether what follows in the pattern belongs right behind it."""

KEY_LENGTH: dict[Language, int] = {"zh": 2, "en": 4}
MOST_BEGINNINGS = 200
WIDEST_RANGE = 12

_WORD_START = re.compile(r"(?<![\w'’])\S")


class Index:
    """Where every short string of a text stands; in English only at the start of a word."""

    def __init__(self, text: str) -> None:
        lowered = text.lower()
        if len(lowered) != len(text):  # "İ" has two characters in lower case
            lowered = "".join(low if len(low := character.lower()) == 1 else character for character in text)
        self.text = text
        self.lowered = lowered
        self._places: dict[Language, dict[str, list[int]]] = {}

    def places(self, language: Language) -> dict[str, list[int]]:
        found = self._places.get(language)
        if found is None:
            found = self._places[language] = {}
            lowered, longest = self.lowered, KEY_LENGTH[language]
            starts = range(len(lowered)) if language == "zh" else [m.start() for m in _WORD_START.finditer(lowered)]
            for start in starts:
                for length in range(1, longest + 1):
                    found.setdefault(lowered[start : start + length], []).append(start)
        return found


class Finders:
    """Finds the patterns of many named lists at once."""

    def __init__(self, lists: Sequence[tuple[str, Sequence[str]]], language: Language) -> None:
        self._language = language
        self._names = tuple(name for name, _ in lists)
        self._everywhere: list[tuple[str, re.Pattern[str]]] = []
        self._by_beginning: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        for name, patterns in lists:
            for source in patterns:
                pattern = compile_patterns((source,), language)
                begins = beginnings(pattern.pattern, KEY_LENGTH[language])
                for beginning in begins:
                    self._by_beginning.setdefault(beginning, []).append((name, pattern))
                if not begins:
                    self._everywhere.append((name, pattern))
        self._beginnings = frozenset(self._by_beginning)

    def find(self, index: Index) -> dict[str, list[Span]]:
        """By list every match of every pattern, by start; of two that begin together the longer comes first."""
        places = index.places(self._language)
        text = index.text
        found: dict[str, set[Span]] = {name: set() for name in self._names}
        for beginning in self._beginnings.intersection(places):
            at = places[beginning]
            for name, pattern in self._by_beginning[beginning]:
                for place in at:
                    match = pattern.match(text, place)
                    if match is not None:
                        found[name].add(match.span())
        for name, pattern in self._everywhere:
            found[name].update(match.span() for match in pattern.finditer(text))
        return {name: sorted(spans, key=_first_and_longest) for name, spans in found.items()}


class Finder:
    """Finds any of several patterns of ``scoring.analysis.phrases``."""

    def __init__(self, patterns: Sequence[str], language: Language) -> None:
        self._finders = Finders((("", patterns),), language)

    def find(self, index: Index) -> list[Span]:
        """Every match of every pattern, by start; of two that begin together the longer comes first."""
        return self._finders.find(index)[""]


@lru_cache(maxsize=8192)
def finder(patterns: tuple[str, ...], language: Language) -> Finder:
    return Finder(patterns, language)


@lru_cache(maxsize=1024)
def finders(lists: tuple[tuple[str, tuple[str, ...]], ...], language: Language) -> Finders:
    return Finders(lists, language)


def _first_and_longest(span: Span) -> Span:
    return span[0], -span[1]


def apart(spans: Sequence[Span]) -> list[Span]:
    """Of overlapping spans the first, of those that begin together the longest. ``spans`` as ``Finder.find`` gives."""
    kept: list[Span] = []
    for span in spans:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def beginnings(expression: str, longest: int) -> frozenset[str]:
    """Strings in lower case, at most ``longest`` characters, of which every match begins with one; none if that
    cannot be said."""
    found = _sequence(_parser.parse(expression), longest)
    strings = frozenset(string for string, _ in found or ())
    return frozenset() if "" in strings or len(strings) > MOST_BEGINNINGS else strings


def _sequence(items: Any, longest: int) -> set[Beginning] | None:
    begun: set[Beginning] = {("", True)}
    for operator, argument in items:
        growing = {string for string, open_ in begun if open_ and len(string) < longest}
        if not growing or len(begun) > MOST_BEGINNINGS:
            break
        begun = {(string, open_) for string, open_ in begun if string not in growing or not open_}
        following = _item(operator, argument, longest)
        for string in growing:
            if following is None:
                begun.add((string, False))
            else:
                begun |= {((string + more)[:longest], open_) for more, open_ in following}
    return begun


def _item(operator: Any, argument: Any, longest: int) -> set[Beginning] | None:
    """How one element can begin; None if it could be anything."""
    if operator is _parser.LITERAL:
        return {(chr(argument).lower(), True)}
    if operator in (_parser.AT, _parser.ASSERT, _parser.ASSERT_NOT):
        return {("", True)}
    if operator is _parser.IN:
        return _characters(argument)
    if operator is _parser.SUBPATTERN:
        return _sequence(argument[-1], longest)
    if operator is _parser.BRANCH:
        branches = [_sequence(branch, longest) for branch in argument[1]]
        return None if None in branches else set().union(*(branch for branch in branches if branch))
    if operator in (_parser.MAX_REPEAT, _parser.MIN_REPEAT):
        least, most, inner = argument
        once = _sequence(inner, longest)
        if once is None:
            return None
        if most > 1:
            once = {(string, False) for string, _ in once}
        return once | {("", True)} if least == 0 else once
    return None


def _characters(choices: Any) -> set[Beginning] | None:
    found: set[Beginning] = set()
    for kind, value in choices:
        if kind is _parser.LITERAL:
            found.add((chr(value).lower(), True))
        elif kind is _parser.RANGE and value[1] - value[0] <= WIDEST_RANGE:
            found |= {(chr(code).lower(), True) for code in range(value[0], value[1] + 1)}
        else:
            return None
    return found
