"""The rules of a position's glossary: real terms, and spoken variants that sound like them.

A variant is *replaced* in what was heard, so it must be close: the same letters or almost, the same number of Chinese
characters and two thirds of them the same. A linter cannot hear; it can see to it that no other word is put in.
"""

import re
from collections.abc import Sequence

from scoring.lint.flaw import Flaws
from scoring.position_model import Term
from scoring.yaml_source import Path

MOST_TERMS = 20
"""What goes into a prompt of a few dozen tokens, and is still read when it is reviewed."""
LONGEST = {"zh": 12, "en": 40}
FEWEST_CHARACTERS = 3
"""Of a Chinese variant: two characters that sound alike are mostly another word."""
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def check_glossary(terms: Sequence[Term], flaws: Flaws) -> None:
    if len(terms) > MOST_TERMS:
        flaws.add(("glossary",), "glossary", f"{len(terms)} terms are more than {MOST_TERMS}")
    seen: set[str] = set()
    written = {_letters(text) for term in terms for text in (term.zh, term.en)}
    for index, term in enumerate(terms):
        where: Path = ("glossary", index)
        flaws.bilingual(term, where)
        for language, text in (("zh", term.zh), ("en", term.en)):
            if len(text) > LONGEST[language]:
                flaws.add((*where, language), "glossary", f"`{text[:60]}` is a sentence, not a term")
            if _letters(text) in seen:
                flaws.add((*where, language), "glossary", f"`{text}` stands here twice")
            seen.add(_letters(text))
        for place, spoken in enumerate(term.spoken):
            problem = _far(spoken, term)
            if _letters(spoken) in written and _letters(spoken) != _letters(term.en):
                problem = "is itself a term"
            if _letters(spoken) in seen and _letters(spoken) != _letters(term.en):
                problem = problem or "stands here twice"
            if problem:
                flaws.add((*where, "spoken", place), "glossary_spoken", f"`{spoken}` {problem}")
            seen.add(_letters(spoken))


def _far(spoken: str, term: Term) -> str:
    """Why this cannot be how the term sounds; empty if it can."""
    if _CHINESE.search(spoken):
        if len(spoken) != len(term.zh):
            return f"has not as many characters as `{term.zh}`"
        if len(spoken) < FEWEST_CHARACTERS:
            return f"has fewer than {FEWEST_CHARACTERS} characters and may be another word"
        same = sum(heard == meant for heard, meant in zip(spoken, term.zh, strict=True))
        return "" if 3 * same >= 2 * len(spoken) and spoken != term.zh else f"is not close to `{term.zh}`"
    heard, meant = _letters(spoken), _letters(term.en)
    if not heard or spoken == term.en:
        return "says nothing new"
    return "" if 4 * _distance(heard, meant) <= len(meant) else f"is not close to `{term.en}`"


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _distance(one: str, other: str) -> int:
    """Levenshtein."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        above, row[0] = row[0], at
        for place, wanted in enumerate(other, 1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (letter != wanted))
    return row[-1]
