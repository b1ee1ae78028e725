"""Which part of a résumé a line belongs to, by the headings above it."""

import re
from typing import Literal, cast

from ehr_bridge.resume import words

Section = Literal["head", "education", "work", "internship", "project", "skills", "languages", "other"]

_DECORATION = re.compile(r"^[\W_一二三四五六七八九十\d]{0,6}?(?=[^\W_\d])|[\W_]+$")
LONGEST_HEADING = 40


def heading_of(text: str) -> tuple[Section, int] | None:
    """The section that this line begins, and where in the line its content begins; None: it is no heading."""
    label, colon, _ = text.partition("：") if "：" in text else text.partition(":")
    for candidate, rest in ((text, len(text)), (label, len(label) + 1))[: 2 if colon else 1]:
        bare = _DECORATION.sub("", candidate.strip())
        # Letters set apart, "教 育 背 景", are one word.
        bare = re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", bare)
        # A bilingual heading, "教育背景 Education", is the heading of its first half.
        halves = (bare, re.sub(r"[\sA-Za-z/&|]+$", "", bare))
        if not bare or len(bare) > LONGEST_HEADING:
            continue
        for half in halves:
            for section, known in words.patterns("headings"):
                if half and known.fullmatch(half):
                    return cast(Section, section), rest
    return None


def sections_of(texts: list[str]) -> list[tuple[Section, int]]:
    """For each line its section, and where in the line its content begins (its length for a bare heading). What comes
    before any heading is the head."""
    found: list[tuple[Section, int]] = []
    current: Section = "head"
    for text in texts:
        heading = heading_of(text)
        if heading is not None:
            current = heading[0]
        found.append((current, heading[1] if heading else 0))
    return found
