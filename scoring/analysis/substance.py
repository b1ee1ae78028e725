"""What an answer is made of, whatever the position asks: acts, detail, reasons, results, care — or hollow claims.

Every sign is a span of the answer, so that it can be quoted. Different wordings count, not mentions.
"""

from dataclasses import dataclass
from typing import Literal

from scoring.analysis.acts import Act, Result
from scoring.analysis.clauses import Clause, Structure
from scoring.analysis.finding import Span
from scoring.analysis.marks import Marks
from scoring.analysis.quantities import Quantity
from scoring.analysis.stance import stance_of

Fault = Literal["hollow", "evasion", "passing_on", "red_lines"]
FAULTS: tuple[Fault, ...] = ("hollow", "evasion", "passing_on", "red_lines")
DENIAL_WITHIN = {"zh": 8, "en": 16}
"""So near to its beginning a clause says that it denies."""
KINDS_OF_DETAIL = ("documents", "roles", "times", "speech", "names_of_things")
KINDS_OF_CARE = ("verification", "follow_up", "learning")
KINDS_OF_VIEW = ("alternatives", "perspective", "risk_sense", "goals")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Words that say nothing or the wrong thing. ``refused``: denied or called wrong, so to the speaker's credit."""

    fault: Fault
    start: int
    end: int
    refused: bool


@dataclass(frozen=True, slots=True)
class Substance:
    """Counts of different wordings. ``denied``: clauses in which the speaker says what he did not or would not do, and
    the thing was not a bad one; ``clauses``: all of them. ``breadth``: different terms."""

    clauses: int
    denied: int
    acts: int
    detail: int
    kinds_of_detail: int
    reasons: int
    sequence: int
    outcomes: int
    care: int
    views: int
    examples: int
    breadth: int
    flaws: tuple[Flaw, ...]

    def count(self, fault: Fault, *, refused: bool = False) -> int:
        return sum(flaw.fault == fault and flaw.refused is refused for flaw in self.flaws)


def find_substance(
    marks: Marks,
    structure: Structure,
    acts: tuple[Act, ...],
    results: tuple[Result, ...],
    quantities: tuple[Quantity, ...],
    signposts: int,
    breadth: int,
) -> Substance:
    flaws = _flaws(marks, structure)
    detail = {name: len(marks.wordings(name)) for name in KINDS_OF_DETAIL}
    detail["quantities"] = len({marks.lowered[q.start : q.end] for q in quantities})
    outcomes = len(_affirmed(marks, structure, "outcomes"))
    return Substance(
        clauses=len(structure.clauses),
        denied=sum(_denies(marks, structure, clause) for clause in structure.clauses),
        acts=len({act.verb for act in acts if not act.denied}),
        detail=sum(detail.values()),
        kinds_of_detail=sum(count > 0 for count in detail.values()),
        reasons=len(marks.wordings("reasons")),
        sequence=signposts,
        outcomes=outcomes + 2 * sum(bool(result.quantity) for result in results),
        care=sum(len(marks.wordings(name)) for name in KINDS_OF_CARE),
        views=sum(min(3, len(marks.wordings(name))) for name in KINDS_OF_VIEW) + sum(flaw.refused for flaw in flaws),
        examples=len(marks.wordings("examples")),
        breadth=breadth,
        flaws=flaws,
    )


def _affirmed(marks: Marks, structure: Structure, name: str) -> set[str]:
    """Wordings that were not denied and not only supposed."""
    found: set[str] = set()
    for start, end in marks.everywhere(name):
        stance = stance_of(marks, structure, start, end)
        if not stance.negated and not stance.supposed and not stance.mentioned:
            found.add(marks.lowered[start:end])
    return found


def _denies(marks: Marks, structure: Structure, clause: Clause) -> bool:
    """ "我没有核对", "I would not report it", but not "我不会急着推荐" nor "I never promise returns"."""
    language = clause.lexicon.language
    own = marks.within(language, "own_denials", clause.start, clause.end)
    if not own or own[0][0] - _begin(marks, clause) > DENIAL_WITHIN[language]:
        return False
    if any(marks.within(language, name, own[0][0], clause.end) for name in ("bad_acts", "red_lines", "not_negators")):
        return False
    stance = stance_of(marks, structure, own[0][0], own[0][1])
    return stance.actor == "self" and not stance.supposed and not stance.mentioned


def _begin(marks: Marks, clause: Clause) -> int:
    openers = marks.within(clause.lexicon.language, "clause_openers", clause.start, clause.end)
    return openers[0][1] if openers and openers[0][0] == clause.start else clause.start


def _flaws(marks: Marks, structure: Structure) -> tuple[Flaw, ...]:
    found: list[Flaw] = []
    seen: set[tuple[Fault, str]] = set()
    for fault in FAULTS:
        for start, end in marks.everywhere(fault):
            wording = fault, marks.lowered[start:end]
            if wording in seen:
                continue
            stance = stance_of(marks, structure, start, end)
            if not stance.counts or (fault == "evasion" and not _own_voice(marks, structure, start, end)):
                continue
            refused = stance.negated or stance.disapproved
            if fault in ("hollow", "evasion") and refused:
                continue  # "not very good at it" is neither a claim nor its refusal
            seen.add(wording)
            found.append(Flaw(fault, start, end, refused))
    return tuple(sorted(found, key=lambda flaw: (flaw.start, flaw.end, flaw.fault)))


def _own_voice(marks: Marks, structure: Structure, start: int, end: int) -> bool:
    """ "我不知道" and "不知道" at the head of a clause; not "大家不知道"."""
    clause = structure.clauses[structure.clause_at(start)]
    if start - clause.start <= 2:
        return True
    return bool(marks.within(clause.lexicon.language, "first_person", clause.start, end))


def spans_of(marks: Marks, names: tuple[str, ...]) -> list[Span]:
    """Where the signs of some lists stand."""
    return sorted({span for name in names for span in marks.everywhere(name)})
