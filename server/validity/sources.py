"""Where ratings come from: files, stored reports, stored scorecards."""

import asyncio
from pathlib import Path

import typer

from scoring.validity import ratings_csv
from scoring.validity.ratings import RatingSource, Together
from scoring.validity.ratings_csv import MachineScale
from server.administration import store_of
from server.validity.printing import readable, settings_of, stop
from server.validity.stored import ReportedRatings, ScorecardRatings, StoredReport, cards_of, current_reports


def rating_source(
    files: list[Path],
    ai_scale: str,
    position: str | None,
    data_dir: str | None,
    purpose: str,
    *,
    raw: bool = False,
    people: bool = True,
) -> RatingSource:
    """All files together; with a position also what the machine's stored reports say (``raw``: uncalibrated), and what
    ``people`` gave on stored scorecards."""
    if ai_scale not in ("levels", "points"):
        stop("--ai-scale is levels or points")
    scale: MachineScale = "points" if ai_scale == "points" else "levels"
    with readable():
        sources: list[RatingSource] = [ratings_csv.load(path, scale) for path in files]
    if position is not None:
        found = stored_reports(position, data_dir, purpose)
        sources.append(ReportedRatings(found, raw))
        if people:
            sources.append(_scorecards(found, data_dir))
    if not sources:
        stop("name files of scores, or the stored reports (--position, --from-store)")
    return Together(tuple(sources))


def _scorecards(found: list[StoredReport], data_dir: str | None) -> ScorecardRatings:
    async def read() -> ScorecardRatings:
        async with store_of(settings_of(data_dir)) as store:
            return ScorecardRatings(await cards_of(store, [one.interview_id for one in found]))

    source = asyncio.run(read())
    if source.seen:
        typer.echo(f"left out: {source.seen} scorecards whose rater had seen the report or another card", err=True)
    return source


def stored_reports(position: str, data_dir: str | None, purpose: str) -> list[StoredReport]:
    """Stops the command if there is none."""

    async def read() -> tuple[list[StoredReport], int]:
        async with store_of(settings_of(data_dir)) as store:
            return await current_reports(store, position, purpose)

    found, unreadable = asyncio.run(read())
    if unreadable:
        typer.echo(f"left out: {unreadable} reports of another format version; score them again", err=True)
    if not found:
        stop(f"there is no report for position {position!r}", code=1)
    return found
