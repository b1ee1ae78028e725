"""Where the words of the lexica stand in one answer: all are looked up once, however often they are asked for."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping

from scoring.analysis.finding import Index, Span, apart
from scoring.analysis.lexicon import lexicon
from scoring.analysis.transcript import CJK
from scoring.bilingual import Language

LANGUAGES: tuple[Language, Language] = ("zh", "en")


class Marks:
    """``within("zh", "reasons", 0, 40)``: the spans of that list which lie wholly between two characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.index = Index(text)
        self.lowered = self.index.lowered
        there = {"zh": CJK.search(text) is not None, "en": any(c.isascii() and c.isalpha() for c in text)}
        self.languages = tuple(language for language in LANGUAGES if there[language])
        self.has_quotes = any(mark in text for mark in '“「『"')
        self._spans: dict[Language, Mapping[str, list[Span]]] = {
            language: lexicon(language).finders.find(self.index) if there[language] else defaultdict(list)
            for language in LANGUAGES
        }

    def spans(self, language: Language, name: str) -> list[Span]:
        """All matches of a list, by start; they may overlap."""
        return self._spans[language][name]

    def within(self, language: Language, name: str, start: int, end: int) -> list[Span]:
        """Those that lie in ``text[start:end]``, none overlapping another."""
        spans = self._spans[language][name]
        if not spans:
            return spans
        first = bisect_left(spans, (start, -1))
        inside: list[Span] = []
        for span in spans[first:]:
            if span[0] >= end:
                break
            if span[1] <= end and (not inside or span[0] >= inside[-1][1]):
                inside.append(span)
        return inside

    def last_end(self, language: Language, name: str, start: int, end: int) -> int:
        """Where the last of them ends; ``start`` if there is none."""
        inside = self.within(language, name, start, end)
        return inside[-1][1] if inside else start

    def everywhere(self, name: str) -> list[Span]:
        """The spans of a list in both languages."""
        return apart(sorted(span for language in self.languages for span in self.spans(language, name)))

    def wordings(self, name: str) -> set[str]:
        """The different wordings of a list that were used, in lower case."""
        return {self.lowered[start:end] for start, end in self.everywhere(name)}
