"""The slots that a text may have, and how long what is put into one may be: so that a text that passed the check fits
its channel whatever is filled in."""

from collections.abc import Mapping

SLOTS: Mapping[str, int] = {
    "name": 40,
    "employer": 30,
    "position": 40,
    "link": 200,
    "when": 40,
    "where": 80,
    "contact": 60,
    "materials": 80,
    "hours": 4,
    "scores": 100,
    "strength": 90,
    "quote": 80,
    "weakness": 120,
    "exercise": 120,
    "value": 20,
    "case_title": 40,
    "case_story": 260,
    "step_note": 80,
    "reason": 60,
    "text": 600,
}
"""Characters."""
CUT = frozenset({"quote", "strength", "weakness", "exercise", "case_story"})
"""Prose, which may be shortened visibly; a name, a link or a time is whole or not there."""


class SlotInvalid(ValueError):
    """``slot``: unknown, missing or too long. Its text holds nothing that was filled in."""

    def __init__(self, slot: str, problem: str) -> None:
        super().__init__(f"{{{slot}}}: {problem}")
        self.slot = slot


def fitting(slot: str, value: str) -> str:
    """``value`` within its limit, on one line. Raises ``SlotInvalid``."""
    most = SLOTS.get(slot)
    if most is None:
        raise SlotInvalid(slot, "there is no such slot")
    line = " ".join(value.split())
    if not line:
        raise SlotInvalid(slot, "empty")
    if len(line) <= most:
        return line
    if slot not in CUT:
        raise SlotInvalid(slot, f"{len(line)} characters, not {most} at most")
    return line[: most - 1].rstrip("，,、；;：: ") + "…"
