"""Importing an employer's phrases into the store, with or without a running server."""

from collections import Counter
from collections.abc import Iterable

from scoring.culture import CulturePhrase, CultureSet, culture_set
from server.administration import ACTOR, store_of
from server.clock import rfc3339, wall_ms
from server.settings import Settings
from server.store import people
from server.store.culture import list_cultures, newest_culture, put_culture


async def import_phrases(
    settings: Settings, employer: str, phrases: Iterable[CulturePhrase]
) -> tuple[CultureSet, bool]:
    """The set, and whether it is new: importing what is the newest already makes no version."""
    async with store_of(settings) as store:
        newest = await newest_culture(store, employer)
        made = culture_set(employer, newest.version + 1 if newest else 1, phrases)
        if newest is not None and newest.digest == made.digest:
            return newest.culture, False
        await put_culture(store, made, ACTOR, wall_ms())
        await people.note(store, ACTOR, "imported_culture", employer, f"version {made.version} {made.digest}")
    return made, True


async def listed(settings: Settings) -> list[str]:
    async with store_of(settings) as store:
        rows = await list_cultures(store)
    lines = []
    for row in rows:
        counts = Counter(f"{phrase.value} {phrase.sign}" for phrase in row.culture.phrases)
        told = ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
        lines.append(f"{row.employer}  version {row.version}  {rfc3339(row.created_at)}  {row.digest}  {told}")
    return lines
