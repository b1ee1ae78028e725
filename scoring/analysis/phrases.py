"""The small pattern language of position files and lexica, turned into regular expressions.

``*``      a short gap: up to 8 characters in Chinese, up to 5 words in English; never across a sentence's end,
           and never across a negation: 客户*满意 does not find 客户不满意
``(a|b)``  a choice;  ``x?`` or ``(x)?`` optional
``~``      the rest of a word (English): ``report~`` finds report, reports, reported, reporting
``(?!x)``  not before x
English patterns match whole words, whatever their case.
"""

import re
from functools import lru_cache

from scoring.bilingual import Language

_ZH_GAP = "(?:(?!不(?!仅|但|断|同)|没|未|别(?!的|人))[^。！？!?；;\n]){0,8}?"
_EN_SEPARATOR = "[^\\w.!?;\n]+"
_EN_GAP = f"{_EN_SEPARATOR}(?:(?!not\\b|never\\b|no\\b|\\w+n['’]t\\b)[\\w'’-]+{_EN_SEPARATOR}){{0,5}}?"


@lru_cache(maxsize=4096)
def compile_patterns(patterns: tuple[str, ...], language: Language) -> re.Pattern[str]:
    """One expression that finds any of the patterns. ``re.error`` if a pattern is not one."""
    if not patterns:
        return re.compile(r"(?!)")
    if language == "zh":
        return re.compile("|".join(f"(?:{_zh(pattern)})" for pattern in patterns), re.IGNORECASE)
    return re.compile("|".join(f"(?:{_en(pattern)})" for pattern in patterns), re.IGNORECASE)


def _zh(pattern: str) -> str:
    return _grouped(_ZH_GAP.join(pattern.strip("*").split("*")))


def _en(pattern: str) -> str:
    """``ask~ *(client|her)`` -> ask, any rest, a gap of up to five words, client or her."""
    pieces = [" ".join(piece.split()) for piece in pattern.strip("* ").split("*")]
    joined = _EN_GAP.join(_en_words(piece) for piece in pieces)
    return rf"(?<![\w'’])(?:{joined})(?!\w)"


def _en_words(piece: str) -> str:
    return _grouped(piece.replace(" ", " +").replace("~", r"[\w'’-]*"))


def _grouped(pattern: str) -> str:
    """Groups need not be remembered; a look-ahead stays what it is."""
    return re.sub(r"\((?!\?)", "(?:", pattern)
