"""How a phrase was meant: denied, only supposed, quoted, or about somebody else.

"我不会睁一只眼闭一只眼" contains a bad phrase and says a good thing. The rules look at the clause around the
phrase, left to right; they are lexical and therefore explainable, and they err towards not counting.
"""

from dataclasses import dataclass

from scoring.analysis.clauses import Clause, Structure
from scoring.analysis.finding import Span
from scoring.analysis.lexicon import Lexicon
from scoring.analysis.marks import Marks

NEAR_SCOPE = {"zh": 6, "en": 24}
"""How far, in characters, "不" or "no" reaches; "不会" and "not" reach to the end of their clause."""
FAR_SCOPE = {"zh": 26, "en": 80}
DISAPPROVAL_SCOPE = {"zh": 10, "en": 24}

CHAINED_WITHIN = 3
"""Characters between two Chinese negators that make a double negation: 不能不, 不会再不."""
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


def stance_of(marks: Marks, structure: Structure, start: int, end: int) -> Stance:
    """The stance of ``marks.text[start:end]``."""
    index = structure.clause_at(start)
    clause = structure.clauses[index]
    return Stance(
        negated=_negated(marks, clause, start, end),
        disapproved=_disapproved(marks, structure, index, end),
        supposed=_supposed(marks, clause, start),
        mentioned=_quoted(marks, structure, clause, start, end),
        actor=_actor(marks, structure, index, start),
    )


def _negated(marks: Marks, clause: Clause, start: int, end: int) -> bool:
    """An odd number of negators whose reach ends at the phrase: 不能不上报 is an affirmation."""
    language = clause.lexicon.language
    begin = marks.last_end(language, "negation_ends", clause.start, start)
    masked = marks.within(language, "not_negators", begin, start)
    far = [span for span in marks.within(language, "negators_far", begin, start) if not _overlaps(span, masked)]
    near_from = marks.last_end(language, "condition_ends", begin, start)  # "不行就…": short ones do not reach past 就
    masked = [*masked, *far]
    near = [span for span in marks.within(language, "negators_near", near_from, start) if not _overlaps(span, masked)]
    reaching = [span for span in far if start - span[1] <= FAR_SCOPE[language]]
    reaching += [span for span in near if start - span[1] <= NEAR_SCOPE[language]]
    if _chained(marks.text, sorted(reaching), language) % 2 == 0:
        return False
    voided = marks.within(language, "negation_voided", end, max(end, clause.end))
    return not (voided and not marks.text[end : voided[0][0]].strip(" ，,"))


def _chained(text: str, negators: list[Span], language: str) -> int:
    """How many of them belong together. In Chinese, where nobody may have written a comma, two that stand apart deny
    two things (拒绝他…不能收), unless the first one denies a reason (不会因为是朋友就不上报)."""
    if language != "zh" or len(negators) < 2:
        return len(negators)
    count = 1
    for before, after in zip(reversed(negators[:-1]), reversed(negators[1:]), strict=True):
        between = text[before[1] : after[0]]
        if len(between) > CHAINED_WITHIN and not any(word in between for word in ("因为", "为了", "由于")):
            break
        count += 1
    return count


def _overlaps(span: Span, others: list[Span]) -> bool:
    return any(span[0] < right and left < span[1] for left, right in others)


def _disapproved(marks: Marks, structure: Structure, index: int, end: int) -> bool:
    """Said and then called wrong, in this clause or at the start of the next: "…是不对的", "…, that is wrong"; or
    conceded and then turned against: "瞒着也许没人知道，但是…"."""
    clause = structure.clauses[index]
    language = clause.lexicon.language
    found = marks.within(language, "disapproval", end, max(end, clause.end))
    if found and found[0][0] - end <= DISAPPROVAL_SCOPE[language]:
        return True
    if index + 1 == len(structure.clauses):
        return False
    following = structure.clauses[index + 1]
    return _begins(marks, following, "disapproval_next") or (
        bool(marks.within(language, "concessions", clause.start, clause.end))
        and _begins(marks, following, "concession_next")
    )


def _begins(marks: Marks, clause: Clause, name: str) -> bool:
    spans = marks.within(clause.lexicon.language, name, clause.start, clause.end)
    return bool(spans) and spans[0][0] == clause.start


def _supposed(marks: Marks, clause: Clause, start: int) -> bool:
    """Inside the condition of an if, or what should have been done and was not."""
    language = clause.lexicon.language
    if marks.within(language, "counterfactuals", clause.start, start):
        return True
    opened = marks.within(language, "conditionals", clause.start, start)
    return bool(opened) and not marks.within(language, "condition_ends", opened[-1][1], start)


def _quoted(marks: Marks, structure: Structure, clause: Clause, start: int, end: int) -> bool:
    """In quotation marks that one's own "I would say" did not open."""
    if not marks.has_quotes:
        return False
    sentence = structure.sentences[clause.sentence]
    before = marks.text[sentence.start : start]
    after = marks.text[end : sentence.end]
    curly = sum(before.count(mark) for mark in _OPEN_QUOTES) > sum(before.count(mark) for mark in _CLOSE_QUOTES)
    straight = before.count('"') % 2 == 1 and '"' in after
    if not curly and not straight:
        return False
    opened = sentence.start + max(before.rfind(mark) for mark in (*_OPEN_QUOTES, '"'))
    return not marks.within(clause.lexicon.language, "own_speech", sentence.start, opened)


def _actor(marks: Marks, structure: Structure, index: int, start: int) -> str:
    """Whose act it is: the nearest subject to the left in the clause; without one, the speaker's own.

    Reported speech ("他说…") carries over to the next clause of its sentence unless that begins with "I".
    """
    clause = structure.clauses[index]
    words = clause.lexicon
    if _reported(marks, structure, index, start):
        return "other"
    firsts = marks.within(words.language, "first_person", clause.start, start)
    own = max((end for begin, end in firsts if not _addressed(marks, begin, words)), default=0)
    others = marks.last_end(words.language, "others", clause.start, start)
    if others > max(own, clause.start):
        return "other"
    if _witnessed(marks, clause, own, start):
        return "other"
    if own:
        return "self"
    begin = _without_opener(marks, clause, start)
    subject = marks.within(words.language, "third_person", begin, start)
    if not subject or subject[0][0] != begin:
        return "self"
    rest = marks.text[subject[0][1] : start].lstrip()
    return "self" if rest.startswith(tuple(words.lists.not_subject_after)) else "other"


def _witnessed(marks: Marks, clause: Clause, own: int, start: int) -> bool:
    """ "我看到同事代客户签字": I saw it, another did it; unless I come back before the phrase."""
    language = clause.lexicon.language
    seen = marks.within(language, "witnessed", clause.start, start)
    return bool(seen) and seen[-1][1] > own and not marks.within(language, "witness_ends", seen[-1][1], start)


def _without_opener(marks: Marks, clause: Clause, start: int) -> int:
    """Where the clause begins after "然后" or "and then"."""
    openers = marks.within(clause.lexicon.language, "clause_openers", clause.start, start)
    begin = openers[0][1] if openers and openers[0][0] == clause.start else clause.start
    while begin < start and marks.text[begin].isspace():
        begin += 1
    return begin


def _addressed(marks: Marks, position: int, words: Lexicon) -> bool:
    """In "对我" and "告诉我" I am not the subject; 我们 always is one."""
    if words.language == "en" or marks.text.startswith("我们", position):
        return False
    return marks.text[:position].endswith(tuple(words.lists.addressed_by)) if position else False


def _reported(marks: Marks, structure: Structure, index: int, start: int) -> bool:
    clause = structure.clauses[index]
    if _says_another(marks, clause, start):
        return True
    if index == 0 or structure.clauses[index - 1].sentence != clause.sentence:
        return False
    language = clause.lexicon.language
    if marks.within(language, "first_person", clause.start, min(clause.end, clause.start + SUBJECT_WITHIN[language])):
        return False
    previous = structure.clauses[index - 1]
    return _says_another(marks, previous, previous.end, at_end=True)


def _says_another(marks: Marks, clause: Clause, end: int, *, at_end: bool = False) -> bool:
    """Somebody else is speaking before ``end``; ``at_end``: and has not finished with it."""
    addressed_by = tuple(clause.lexicon.lists.addressed_by)
    for left, right in marks.within(clause.lexicon.language, "reported_by", clause.start, end):
        addressed = marks.text[clause.start : left].endswith(addressed_by)
        if not addressed and (not at_end or end - right <= REPORTED_REST):
            return True
    return False
