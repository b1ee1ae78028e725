"""What people put right. The machine's facts stay as they were; corrections stand beside them, and the newest holds."""

from collections.abc import Iterable, Sequence

import msgspec

from ehr_bridge.resume.dates import PRESENT
from ehr_bridge.resume.facts import DEGREES, Fact, FactKind, ResumeFacts

MAX_CHARACTERS = 200
ONCE: frozenset[FactKind] = frozenset({"name", "years"})
FIELDS: dict[FactKind, tuple[str, ...]] = {
    "education": ("school", "degree", "degree_said", "major", "from", "to"),
    "work": ("employer", "title", "from", "to"),
    "internship": ("employer", "title", "from", "to"),
    "certificate": ("level",),
    "language": ("level",),
}


class Correction(msgspec.Struct, frozen=True):
    """``fact_id`` empty: a fact that the machine did not find. ``removed``: it is no fact."""

    kind: FactKind
    fact_id: str = ""
    value: str = ""
    fields: dict[str, str] = {}
    removed: bool = False


def flaw(facts: ResumeFacts, correction: Correction) -> str | None:
    """Why it cannot be taken, in words; None: it can."""
    known = {fact.id: fact for fact in facts.facts}
    if correction.fact_id and correction.fact_id not in known:
        return f"there is no fact {correction.fact_id!r}"
    if correction.fact_id and known[correction.fact_id].kind != correction.kind:
        return f"{correction.fact_id} is of the kind {known[correction.fact_id].kind}"
    if correction.removed:
        return None if correction.fact_id else "what is removed needs its fact_id"
    texts = [correction.value, *correction.fields.values()]
    if not correction.value.strip() or any(len(text) > MAX_CHARACTERS for text in texts):
        return f"value and fields have from 1 to {MAX_CHARACTERS} characters"
    unknown = set(correction.fields) - set(FIELDS.get(correction.kind, ()))
    if unknown:
        return f"a fact of the kind {correction.kind} has no field {min(unknown)!r}"
    return _flaw_of_values(correction)


def _flaw_of_values(correction: Correction) -> str | None:
    degree = correction.fields.get("degree")
    if degree is not None and degree not in DEGREES:
        return f"degree is one of {', '.join(DEGREES)}"
    for name in ("from", "to"):
        date = correction.fields.get(name, "")
        if date and date != PRESENT and not _is_month(date):
            return f"{name} is a month such as 2019-07, a year, or {PRESENT}"
    if correction.kind == "years":
        try:
            sound = 0 <= float(correction.value) <= 60
        except ValueError:
            sound = False
        return None if sound else "years is a number from 0 to 60"
    return None


def _is_month(text: str) -> bool:
    year, dash, month = text.partition("-")
    return year.isdecimal() and len(year) == 4 and (not dash or (month.isdecimal() and 1 <= int(month) <= 12))


def corrected(facts: ResumeFacts, corrections: Iterable[Correction]) -> ResumeFacts:
    """What holds. A corrected fact keeps its source: one still sees what it was taken from."""
    held: dict[str, Fact] = {fact.id: fact for fact in facts.facts}
    for number, correction in enumerate(corrections, 1):
        before = held.pop(correction.fact_id, None) if correction.fact_id else None
        if correction.removed:
            continue
        if correction.kind in ONCE:
            held = {fact_id: fact for fact_id, fact in held.items() if fact.kind != correction.kind}
        # A number of its own: an added fact may be corrected again.
        fact_id = correction.fact_id or f"h{number}"
        sources = before.sources if before else ()
        held[fact_id] = Fact(fact_id, correction.kind, correction.value, correction.fields, sources, "corrected")
    return msgspec.structs.replace(facts, facts=_in_order(list(held.values()), facts.facts))


def _in_order(held: Sequence[Fact], before: Sequence[Fact]) -> tuple[Fact, ...]:
    place = {fact.id: index for index, fact in enumerate(before)}
    return tuple(sorted(held, key=lambda fact: place.get(fact.id, len(place))))
