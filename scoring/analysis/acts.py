"""What was done, by whom, and with what result: behaviour verbs, results with quantities, STAR spans."""

import re
from dataclasses import dataclass
from typing import Literal

from scoring.analysis.clauses import Clause, Structure
from scoring.analysis.stance import stance_of

Actor = Literal["i", "we", "implied"]
StarPart = Literal["situation", "task", "action", "result"]


INTENTION_REACH = {"zh": 5, "en": 20}
"""How far before its verb "会" or "would" stands, in characters."""
QUANTITY_REACH = {"zh": 12, "en": 40}
"""How far a quantity may stand from the outcome that it measures."""


@dataclass(frozen=True, slots=True)
class Act:
    """A behaviour verb of the speaker's. ``done`` False: announced ("I would"), not told."""

    start: int
    end: int
    verb: str
    actor: Actor
    done: bool


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


def find_acts(text: str, structure: Structure) -> tuple[Act, ...]:
    """Each verb once a clause. Denied, supposed, quoted and other people's acts are left out."""
    acts: list[Act] = []
    for clause in structure.clauses:
        seen: set[str] = set()
        for match in clause.lexicon["action_verbs"].finditer(text, clause.start, clause.end):
            verb = match.group(0).lower()
            if verb in seen:
                continue
            seen.add(verb)
            stance = stance_of(text, structure, match.start(), match.end())
            if stance.counts and not stance.negated:
                acts.append(_act(text, clause, match))
    return tuple(acts)


def _act(text: str, clause: Clause, match: re.Match[str]) -> Act:
    left = text[clause.start : match.start()]
    words = clause.lexicon
    actor: Actor = "implied"
    persons = [found.group(0).lower() for found in words["first_person"].finditer(left)]
    if persons:
        actor = "we" if words["first_person_plural"].fullmatch(persons[-1]) else "i"
    intended = words["intended"].search(left[-INTENTION_REACH[words.language] :]) is not None
    return Act(match.start(), match.end(), match.group(0).lower(), actor, done=not intended)


def find_results(text: str, structure: Structure) -> tuple[Result, ...]:
    """Clauses with an outcome word and a quantity, or an outcome word after "finally"; not if denied."""
    results: list[Result] = []
    for clause in structure.clauses:
        words = clause.lexicon
        cue = words["result_cues"].search(text, clause.start, clause.end)
        if cue is None:
            continue
        stance = stance_of(text, structure, cue.start(), cue.end())
        if stance.negated or stance.supposed or stance.mentioned:
            continue
        reach = QUANTITY_REACH[words.language]
        near = max(clause.start, cue.start() - reach), min(clause.end, cue.end() + reach)
        quantity = words["quantities"].search(text, *near)
        opened = words["result_openers"].search(text, clause.start, cue.start())
        if opened is None and words["task"].search(text, clause.start, clause.end):
            continue  # "had to finish within three weeks" is the task, not the result
        if quantity is not None or opened is not None:
            results.append(Result(clause.start, clause.end, quantity.group(0).strip() if quantity else ""))
    return tuple(results)


def find_star(
    text: str, structure: Structure, acts: tuple[Act, ...], results: tuple[Result, ...]
) -> tuple[StarSpan, ...]:
    """Situation, task, action, result: each clause takes the strongest claim; neighbours of one part join."""
    result_starts = {result.start for result in results}
    acting = {structure.clause_at(act.start) for act in acts if act.done}
    spans: list[StarSpan] = []
    for index, clause in enumerate(structure.clauses):
        part = _part(text, clause, index in acting, clause.start in result_starts)
        if part is None:
            continue
        if spans and spans[-1].part == part and not text[spans[-1].end : clause.start].strip(" ，,。.；;、"):
            spans[-1] = StarSpan(part, spans[-1].start, clause.end)
        else:
            spans.append(StarSpan(part, clause.start, clause.end))
    return tuple(spans)


def _part(text: str, clause: Clause, acting: bool, result: bool) -> StarPart | None:
    words = clause.lexicon
    if result:
        return "result"
    if words["situation"].search(text, clause.start, clause.end):
        return "situation"
    if words["task"].search(text, clause.start, clause.end):
        return "task"
    return "action" if acting else None
