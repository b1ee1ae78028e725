"""The words that résumés are read by: ``words.yaml``, compiled once."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_VALUE = r"\s{0,3}[:：]?\s{0,3}"


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    return found


def text(name: str) -> str:
    return str(_table()[name])


@cache
def pattern(name: str) -> re.Pattern[str]:
    """One list as one pattern."""
    return _compiled(_table()[name])


@cache
def patterns(name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Several named lists, in their order."""
    return tuple((key, _compiled(words)) for key, words in _table()[name].items())


def _compiled(words: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{word})" for word in words).replace("{value}", _VALUE), re.IGNORECASE)
