"""What would break a report, or the server that makes it, is refused here, where its author can repair it."""

import re

from scoring.analysis.phrases import compile_patterns
from scoring.bilingual import Language
from scoring.lint.flaw import Flaws
from scoring.position_model import Phrases
from scoring.yaml_source import Path

MAX_CHARACTERS = 400
MAX_GAPS = 8
"""More makes an expression that takes longer to compile than an interview to score."""

_REPEATED_GROUP = re.compile(r"\)\s*[+{]")
_SET_IN_SET = re.compile(r"\[[^\]]*(?:\[|~|\*|--|&&|\|\|)")
"""``[`` in ``[…]``, or what would become one: Python will give these a meaning of their own."""


def by_language(phrases: Phrases) -> dict[Language, tuple[str, ...]]:
    return {"zh": phrases.zh, "en": phrases.en}


def phrases_compile(phrases: Phrases, path: Path, flaws: Flaws) -> None:
    for language, patterns in by_language(phrases).items():
        for index, pattern in enumerate(patterns):
            wrong = wrong_with(pattern, language)
            if wrong:
                flaws.add((*path, language, index), "pattern", wrong)


def wrong_with(pattern: str, language: Language) -> str:
    """What is wrong with a pattern; empty if nothing is."""
    if len(pattern) > MAX_CHARACTERS or pattern.count("*") > MAX_GAPS:
        return f"`{pattern[:40]}…` is too long: at most {MAX_CHARACTERS} characters and {MAX_GAPS} gaps"
    if _SET_IN_SET.search(pattern):
        return f"`{pattern}` has more than letters and digits between square brackets"
    if _REPEATED_GROUP.search(pattern):
        return f"`{pattern}` repeats a group: one sentence could take years to search"
    try:
        compiled = compile_patterns((pattern,), language)
    except (re.error, OverflowError, RecursionError) as error:
        return f"`{pattern}` is no pattern: {error}"
    return f"`{pattern}` finds nothing at all, and so is found everywhere" if compiled.search("") else ""
