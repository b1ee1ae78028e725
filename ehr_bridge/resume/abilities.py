"""Certificates, skills and languages: words of a list, found wherever they stand, named one way."""

from ehr_bridge.resume import words
from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import Fact, FactKind
from ehr_bridge.resume.place import source
from ehr_bridge.resume.sections import Section

NEAR = 28


_LISTS: tuple[tuple[FactKind, str, bool], ...] = (
    ("certificate", "certificates", True),
    # In their sections alone: somebody who *sold* Japanese funds speaks no Japanese.
    ("skill", "skills", False),
    ("language", "languages", False),
)
_FOR_LISTS: frozenset[Section] = frozenset({"skills", "languages", "head"})


def abilities_of(document: Document, sections: list[tuple[Section, int]]) -> list[Fact]:
    """Each once, at the first place where it stands."""
    found: dict[tuple[FactKind, str], Fact] = {}
    for index, line in enumerate(document.lines):
        for kind, wordlist, anywhere in _LISTS:
            if not anywhere and sections[index][0] not in _FOR_LISTS:
                continue
            for name, pattern in words.patterns(wordlist):
                match = pattern.search(line.text)
                if match and (kind, name) not in found:
                    found[kind, name] = _fact(document, index, kind, name, match.span())
    return list(found.values())


def _fact(document: Document, index: int, kind: FactKind, name: str, at: tuple[int, int]) -> Fact:
    line = document.lines[index]
    start, end = _item(line.text, *at)
    near = line.text[start:end]
    level = words.pattern("language_levels" if kind == "language" else "grades").search(near)
    fields = {"level": level[0]} if level else {}
    place = (source(document, index, start, end),)
    if kind == "certificate" and words.pattern("not_passed_yet").search(near):
        return Fact("", kind, name, fields, place, "unsure", "not_passed_yet")
    if line.heard is not None and line.heard < 0.9:
        return Fact("", kind, name, fields, place, "unsure", "scan_unclear")
    return Fact("", kind, name, fields, place)


def _item(text: str, start: int, end: int) -> tuple[int, int]:
    """The piece of a list around the word: up to the next comma, at most ``NEAR`` characters each way."""
    commas = "、，,;；\t|｜。"
    left, right = start, end
    while left > 0 and start - left < NEAR and text[left - 1] not in commas:
        left -= 1
    depth = 0  # a comma in brackets parts nothing
    while right < len(text) and right - end < NEAR and (depth > 0 or text[right] not in commas):
        depth += (text[right] in "(（") - (text[right] in ")）")
        right += 1
    piece = text[left:right]
    return left + len(piece) - len(piece.lstrip()), right - (len(piece) - len(piece.rstrip()))
