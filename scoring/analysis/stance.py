"""How a phrase was meant: denied, only supposed, quoted, or about somebody else.

"我不会睁一只眼闭一只眼" contains a bad phrase and says a good thing. The rules look at the clause around the
phrase, left to right; they are lexical and therefore explainable, and they err towards not counting.
"""

import re
from dataclasses import dataclass

from scoring.analysis.clauses import Clause, Structure
from scoring.analysis.lexicon import Lexicon

NEAR_SCOPE = {"zh": 6, "en": 24}
"""How far, in characters, "不" or "no" reaches; "不会" and "not" reach to the end of their clause."""
FAR_SCOPE = {"zh": 26, "en": 80}
DISAPPROVAL_SCOPE = {"zh": 10, "en": 24}

SUBJECT_WITHIN = {"zh": 6, "en": 16}
"""So near to its beginning a clause names its own subject, after "and then" or "然后"."""
REPORTED_REST = 12
"""With more than this after "he said" the next clause is taken for the speaker's own again."""

_OPEN_QUOTES = "“「『"
_CLOSE_QUOTES = "”」』"


@dataclass(frozen=True, slots=True)
class Stance:
    """``disapproved``: called wrong after it was said. ``mentioned``: put in quotation marks, not said as one's own.
    ``actor``: who would do it."""

    negated: bool = False
    disapproved: bool = False
    supposed: bool = False
    mentioned: bool = False
    actor: str = "self"
    """self, or other: a third person, or people in general."""

    @property
    def counts(self) -> bool:
        return not self.supposed and not self.mentioned and self.actor == "self"


def stance_of(text: str, structure: Structure, start: int, end: int) -> Stance:
    """The stance of ``text[start:end]``."""
    index = structure.clause_at(start)
    clause = structure.clauses[index]
    following = structure.clauses[index + 1] if index + 1 < len(structure.clauses) else None
    left = text[clause.start : start]
    right = text[end : max(end, clause.end)]
    words = clause.lexicon
    return Stance(
        negated=_negated(left, right, words),
        disapproved=_disapproved(text, right, following, words),
        supposed=_supposed(left, words),
        mentioned=_quoted(text, structure, clause, start, end),
        actor=_actor(text, structure, index, left, words),
    )


def _mask(pattern: re.Pattern[str], text: str) -> str:
    return pattern.sub(lambda match: "\0" * len(match.group(0)), text)


def _after_last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.end() for match in pattern.finditer(text)), default=0)


def _negated(left: str, right: str, words: Lexicon) -> bool:
    """An odd number of negators whose reach ends at the phrase: 不能不上报 is an affirmation."""
    scope = _mask(words["not_negators"], left)
    scope = scope[_after_last(words["negation_ends"], scope) :]
    far = [m for m in words["negators_far"].finditer(scope) if len(scope) - m.end() <= FAR_SCOPE[words.language]]
    rest = _mask(words["negators_far"], scope)
    rest = rest[_after_last(words["condition_ends"], rest) :]  # "不行就…": the short ones do not reach past 就
    near = [m for m in words["negators_near"].finditer(rest) if len(rest) - m.end() <= NEAR_SCOPE[words.language]]
    if words["negation_voided"].match(right.lstrip(" ，,")):
        return False
    return (len(far) + len(near)) % 2 == 1


def _disapproved(text: str, right: str, following: Clause | None, words: Lexicon) -> bool:
    """Said and then called wrong, in this clause or at the start of the next: "…是不对的", "…, that is wrong"."""
    found = words["disapproval"].search(right)
    if found is not None and found.start() <= DISAPPROVAL_SCOPE[words.language]:
        return True
    if following is None:
        return False
    return following.lexicon["disapproval_next"].match(text, following.start, following.end) is not None


def _supposed(left: str, words: Lexicon) -> bool:
    """Inside the condition of an if, or what should have been done and was not."""
    if words["counterfactuals"].search(left):
        return True
    opened = _after_last(words["conditionals"], left)
    return opened > 0 and words["condition_ends"].search(left, opened) is None


def _quoted(text: str, structure: Structure, clause: Clause, start: int, end: int) -> bool:
    """In quotation marks that one's own "I would say" did not open."""
    sentence = structure.sentences[clause.sentence]
    before = text[sentence.start : start]
    after = text[end : sentence.end]
    curly = sum(before.count(mark) for mark in _OPEN_QUOTES) > sum(before.count(mark) for mark in _CLOSE_QUOTES)
    straight = before.count('"') % 2 == 1 and '"' in after
    if not curly and not straight:
        return False
    opened = max(before.rfind(mark) for mark in (*_OPEN_QUOTES, '"'))
    return clause.lexicon["own_speech"].search(before[:opened]) is None


def _actor(text: str, structure: Structure, index: int, left: str, words: Lexicon) -> str:
    """Whose act it is: the nearest subject to the left in the clause; without one, the speaker's own.

    Reported speech ("他说…") carries over to the next clause of its sentence unless that begins with "I".
    """
    if _reported(text, structure, index, left, words):
        return "other"
    first = _after_last(words["first_person"], _mask_addressed(left, words))
    others = _after_last(words["others"], left)
    if others > first:
        return "other"
    subject = words["third_person"].match(_without_opener(left, words))
    if subject is None or first:
        return "self"
    rest = _without_opener(left, words)[subject.end() :]
    if rest.startswith(tuple(words.lists.not_subject_after)):
        return "self"
    return "other"


def _without_opener(left: str, words: Lexicon) -> str:
    opener = words["clause_openers"].match(left)
    return left[opener.end() :].lstrip() if opener else left


def _mask_addressed(left: str, words: Lexicon) -> str:
    """Hide "对我" and "told me": there, I am not the subject."""
    if words.language == "en":
        return left
    joined = "|".join(re.escape(word) for word in words.lists.addressed_by)
    return re.sub(rf"(?:{joined})我(?!们)", lambda match: "\0" * len(match.group(0)), left)


def _reported(text: str, structure: Structure, index: int, left: str, words: Lexicon) -> bool:
    if _says_another(left, words):
        return True
    clause = structure.clauses[index]
    if index == 0 or structure.clauses[index - 1].sentence != clause.sentence:
        return False
    if words["first_person"].search(text, clause.start, min(clause.end, clause.start + SUBJECT_WITHIN[words.language])):
        return False
    previous = structure.clauses[index - 1]
    return _says_another(text[previous.start : previous.end], previous.lexicon, at_end=True)


def _says_another(text: str, words: Lexicon, *, at_end: bool = False) -> bool:
    """Somebody else is speaking in ``text``; ``at_end``: and has not finished with it."""
    for match in words["reported_by"].finditer(text):
        addressed = text[: match.start()].endswith(tuple(words.lists.addressed_by))
        if not addressed and (not at_end or len(text) - match.end() <= REPORTED_REST):
            return True
    return False
