"""What an answer says about staying and about what the speaker holds dear: stability and values phrases.

They are quoted and counted, never scored: a wish to stay is easily said. HR reads them beside the culture dimension.
"""

from dataclasses import dataclass
from typing import Literal

from scoring.analysis.clauses import Structure
from scoring.analysis.marks import Marks
from scoring.analysis.stance import stance_of

Topic = Literal["stability", "value"]
STATEMENTS_KEPT = 4
"""Of one topic in one answer."""
_LISTS: tuple[tuple[str, Topic, int], ...] = (
    ("stability_for", "stability", +1),
    ("stability_against", "stability", -1),
    ("values", "value", +1),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """``supports``: for staying or for the value (+1), or against (-1)."""

    topic: Topic
    start: int
    end: int
    supports: int


def find_statements(marks: Marks, structure: Structure) -> tuple[Statement, ...]:
    """Each wording once, the speaker's own, not only supposed; what is denied counts the other way round."""
    found: list[Statement] = []
    worded: set[tuple[Topic, str]] = set()
    for name, topic, supports in _LISTS:
        for start, end in marks.everywhere(name):
            stance = stance_of(marks, structure, start, end)
            inside = any(s.topic == topic and start < s.end and s.start < end for s in found)
            if stance.counts and not inside and (topic, marks.lowered[start:end]) not in worded:
                sign = -supports if stance.negated or stance.disapproved else supports
                found.append(Statement(topic, start, end, sign))
                worded.add((topic, marks.lowered[start:end]))
    kept = sorted(found, key=lambda statement: (statement.topic, statement.start))
    return tuple(
        statement
        for topic in ("stability", "value")
        for statement in [each for each in kept if each.topic == topic][:STATEMENTS_KEPT]
    )
