"""Where ratings come from: files, and the machine's from stored reports. A store of people's scorecards joins here."""

import asyncio
from pathlib import Path

from scoring.validity import ratings_csv
from scoring.validity.ratings import RatingSource, Together
from scoring.validity.ratings_csv import MachineScale
from server.administration import store_of
from server.validity.printing import readable, settings_of, stop
from server.validity.stored import ReportedRatings, StoredReport, current_reports


def rating_source(
    files: list[Path],
    ai_scale: str,
    position: str | None,
    data_dir: str | None,
    purpose: str,
    *,
    raw: bool = False,
) -> RatingSource:
    """All files together; with a position also what the machine's stored reports say, ``raw``: uncalibrated."""
    if ai_scale not in ("levels", "points"):
        stop("--ai-scale is levels or points")
    scale: MachineScale = "points" if ai_scale == "points" else "levels"
    with readable():
        sources: list[RatingSource] = [ratings_csv.load(path, scale) for path in files]
    if position is not None:
        sources.append(ReportedRatings(stored_reports(position, data_dir, purpose), raw))
    return Together(tuple(sources))


def stored_reports(position: str, data_dir: str | None, purpose: str) -> list[StoredReport]:
    """Stops the command if there is none."""

    async def read() -> list[StoredReport]:
        async with store_of(settings_of(data_dir)) as store:
            return await current_reports(store, position, purpose)

    found = asyncio.run(read())
    if not found:
        stop(f"there is no report for position {position!r}", code=1)
    return found
