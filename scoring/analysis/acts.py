"""What was done, by whom, and with what result: behaviour verbs, results with quantities, STAR spans."""

from dataclasses import dataclass
from typing import Literal

from scoring.analysis.clauses import Clause, Structure
from scoring.analysis.marks import Marks
from scoring.analysis.quantities import Quantity, between
from scoring.analysis.stance import stance_of

Actor = Literal["i", "we", "implied"]
StarPart = Literal["situation", "task", "action", "result"]


INTENTION_REACH = {"zh": 5, "en": 20}
"""How far before its verb "会" or "would" stands, in characters."""
QUANTITY_REACH = {"zh": 12, "en": 40}
"""How far a quantity may stand from the outcome that it measures."""


@dataclass(frozen=True, slots=True)
class Act:
    """A behaviour verb of the speaker's. ``done`` False: announced ("I would"), not told. ``denied``: said not to
    have been done, or not to be meant ("我没有核实", "I would not report")."""

    start: int
    end: int
    verb: str
    actor: Actor
    done: bool
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A stretch that tells an outcome; ``quantity`` as it was said, empty if there is none."""

    start: int
    end: int
    quantity: str


@dataclass(frozen=True, slots=True)
class StarSpan:
    part: StarPart
    start: int
    end: int


def find_acts(marks: Marks, structure: Structure) -> tuple[Act, ...]:
    """Each verb once a clause. Supposed, quoted and other people's acts are left out."""
    acts: list[Act] = []
    for clause in structure.clauses:
        seen: set[str] = set()
        for start, end in marks.within(clause.lexicon.language, "action_verbs", clause.start, clause.end):
            verb = marks.lowered[start:end]
            if verb in seen:
                continue
            seen.add(verb)
            stance = stance_of(marks, structure, start, end)
            if stance.counts:
                acts.append(_act(marks, clause, start, end, denied=stance.negated))
    return tuple(acts)


def _act(marks: Marks, clause: Clause, start: int, end: int, *, denied: bool) -> Act:
    language = clause.lexicon.language
    actor: Actor = "implied"
    persons = marks.within(language, "first_person", clause.start, start)
    if persons:
        actor = "we" if persons[-1] in marks.within(language, "first_person_plural", *persons[-1]) else "i"
    near = max(clause.start, start - INTENTION_REACH[language])
    intended = bool(marks.within(language, "intended", near, start))
    return Act(start, end, marks.lowered[start:end], actor, done=not intended, denied=denied)


def find_results(marks: Marks, structure: Structure, quantities: tuple[Quantity, ...]) -> tuple[Result, ...]:
    """Clauses with an outcome word and a quantity, or an outcome word after "finally"; not if denied."""
    results: list[Result] = []
    for clause in structure.clauses:
        language = clause.lexicon.language
        cues = marks.within(language, "result_cues", clause.start, clause.end)
        if not cues:
            continue
        start, end = cues[0]
        stance = stance_of(marks, structure, start, end)
        if stance.negated or stance.supposed or stance.mentioned:
            continue
        reach = QUANTITY_REACH[language]
        near = between(quantities, max(clause.start, start - reach), min(clause.end, end + reach))
        opened = marks.within(language, "result_openers", clause.start, start)
        if not opened and marks.within(language, "task", clause.start, clause.end):
            continue  # "had to finish within three weeks" is the task, not the result
        if near or opened:
            quantity = marks.text[near[0].start : near[0].end].strip() if near else ""
            results.append(Result(clause.start, clause.end, quantity))
    return tuple(results)


def find_star(
    marks: Marks, structure: Structure, acts: tuple[Act, ...], results: tuple[Result, ...]
) -> tuple[StarSpan, ...]:
    """Situation, task, action, result: each clause takes the strongest claim; neighbours of one part join."""
    result_starts = {result.start for result in results}
    acting = {structure.clause_at(act.start) for act in acts if act.done and not act.denied}
    spans: list[StarSpan] = []
    for index, clause in enumerate(structure.clauses):
        part = _part(marks, clause, index in acting, clause.start in result_starts)
        if part is None:
            continue
        gap = marks.text[spans[-1].end : clause.start] if spans else "."
        if spans and spans[-1].part == part and not gap.strip(" ，,。.；;、"):
            spans[-1] = StarSpan(part, spans[-1].start, clause.end)
        else:
            spans.append(StarSpan(part, clause.start, clause.end))
    return tuple(spans)


def _part(marks: Marks, clause: Clause, acting: bool, result: bool) -> StarPart | None:
    if result:
        return "result"
    for part in ("situation", "task"):
        if marks.within(clause.lexicon.language, part, clause.start, clause.end):
            return "situation" if part == "situation" else "task"
    return "action" if acting else None
