"""``viva ehr letters``, ``replay``, ``reconcile`` and ``rates``: what HR's delivery page does, for the console."""

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from server import settings as configuration
from server.ehr_commands import ehr_app
from server.settings import SettingInvalid, Settings

if TYPE_CHECKING:
    from ehr_bridge.ledger import DeliveryRecord, Selection
    from ehr_bridge.rates import Rates, Share
    from ehr_bridge.reconciliation import Comparison, Difference

DAY_MS = 24 * 3_600_000
MOST_SHOWN = 1000

__all__ = ["ehr_app"]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
ToDestination = Annotated[str | None, typer.Option("--destination", help="Only this one.")]


def _settings() -> Settings:
    try:
        return configuration.load(os.environ)
    except SettingInvalid as error:
        raise _stop(str(error)) from None


def _stop(message: str) -> typer.Exit:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    return typer.Exit(2)


def _json(content: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(content), indent=2).decode())


@ehr_app.command("letters")
def letters(destination: ToDestination = None, as_json: AsJson = False) -> None:
    """Dead letters: what was refused for good or tried for too long, why, what to do. Exit code 1 if there are any."""
    from ehr_bridge.reasons import reason

    rows = asyncio.run(_dead(_settings(), destination))
    if as_json:
        _json({"letters": rows})
    for row in [] if as_json else rows:
        told = reason(row.error_code)
        field = f" ({row.refused_field})" if row.refused_field else ""
        typer.echo(f"{row.destination}  {row.source} {row.message_id}  {row.attempts} attempts")
        typer.echo(f"    {row.error_code}{field}: {told.what.en} — {told.todo.en}")
        typer.echo(f"    {told.what.zh}。{told.todo.zh}")
    if not rows and not as_json:
        typer.echo("no dead letters")
    raise typer.Exit(1 if rows else 0)


async def _dead(settings: Settings, destination: str | None) -> "list[DeliveryRecord]":
    from ehr_bridge.ledger import deliveries
    from server.administration import store_of

    async with store_of(settings) as store:
        return await deliveries(store, states=["dead"], destination=destination, limit=MOST_SHOWN)


@ehr_app.command("replay")
def replay(
    message: Annotated[str, typer.Option(help="One message: SOURCE/ID, as `letters` shows them with a space.")] = "",
    since: Annotated[str, typer.Option(help="Promised from this time on (2026-11-01T00:00+08:00).")] = "",
    until: Annotated[str, typer.Option(help="Promised before this time.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every dead letter.")] = False,
    destination: ToDestination = None,
    acknowledged_too: Annotated[
        bool, typer.Option("--acknowledged-too", help="Also what has arrived; it is recognised there.")
    ] = False,
) -> None:
    """Deliver again: one message, a range of time, or all. Running servers take it up within a second."""
    selection = _selection(message, since, until, everything)
    count = asyncio.run(_replayed(_settings(), selection, destination, acknowledged_too))
    typer.echo(f"{count} queued again")


def _selection(message: str, since: str, until: str, everything: bool) -> "Selection":
    from ehr_bridge.ledger import All, One, Range

    if bool(message) + bool(since and until) + everything != 1 or bool(since) != bool(until):
        raise _stop("choose one of --message, --since with --until, and --all")
    if message:
        source, found, message_id = message.partition("/")
        if not found:
            raise _stop("--message is SOURCE/ID")
        return One(source, message_id)
    return All() if everything else Range(_moment(since, "--since"), _moment(until, "--until"))


def _moment(text: str, option: str) -> int:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _stop(f"{option} is a time such as 2026-11-01T00:00+08:00") from None
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


async def _replayed(settings: Settings, selection: "Selection", destination: str | None, too: bool) -> int:
    from ehr_bridge import ledger
    from server.administration import ACTOR, store_of
    from server.clock import wall_ms
    from server.store import people

    async with store_of(settings) as store:
        count = await ledger.replay(store, selection, wall_ms(), destination=destination, acknowledged_too=too)
        subject = selection.message_id if isinstance(selection, ledger.One) else type(selection).__name__.lower()
        await people.note(store, ACTOR, "replayed", subject, f"{count} to {destination or 'all'}")
        return count


@ehr_app.command("reconcile")
def reconcile(
    days: Annotated[int, typer.Option(min=1, max=3660, help="How far back.")] = 30,
    destination: ToDestination = None,
    as_json: AsJson = False,
) -> None:
    """Read back what was delivered and compare it, field by field. Exit code 1 if anything differs."""
    settings = _settings()
    try:
        found = asyncio.run(_compared(settings, destination, days))
    except SettingInvalid as error:
        raise _stop(str(error)) from None
    except LookupError as error:
        raise _stop(str(error.args[0])) from None
    if as_json:
        _json({"comparisons": [{"comparison": each, "differences": rows} for each, rows in found]})
    for each, rows in [] if as_json else found:
        typer.echo(
            f"{each.destination}: {each.records} records, {each.in_conflict} differ, {each.unreadable} not readable, "
            f"{each.fields_equal} of {each.fields} fields equal"
            + ("" if each.listed else "; it cannot list what it has, so nothing unknown here is found")
        )
        for row in rows:
            typer.echo(f"    {row.what}  {row.field or 'the whole record'}  {row.source} {row.message_id} {row.detail}")
    raise typer.Exit(1 if any(each.in_conflict for each, _ in found) else 0)


async def _compared(
    settings: Settings, destination: str | None, days: int
) -> "list[tuple[Comparison, list[Difference]]]":
    from ehr_bridge import reconciliation
    from ehr_bridge.egress import Egress
    from server import destinations
    from server.administration import ACTOR
    from server.clock import wall_ms
    from server.store import people
    from server.store.database import migrate, open_database

    await migrate(settings.database)
    engine = open_database(settings.database)
    found = []
    try:
        async with Egress(settings.egress) as egress:
            there = {each.name: each for each in destinations.build(settings, engine, egress).readable}
            if destination is not None and destination not in there:
                raise LookupError(f"there is no destination {destination!r}; there are {', '.join(sorted(there))}")
            for name in [destination] if destination else sorted(there):
                since_ms = wall_ms() - days * DAY_MS
                made = await reconciliation.reconcile(
                    engine, there[name], since_ms=since_ms, asked_by=ACTOR, now_ms=wall_ms
                )
                async with engine.begin() as store:
                    rows = await reconciliation.differences_of(store, made.id, limit=MOST_SHOWN)
                    await people.note(store, ACTOR, "reconciled", name, f"{days} days")
                found.append((made, [row for _, row in rows]))
    finally:
        await engine.dispose()
    return found


@ehr_app.command("rates")
def rates(
    days: Annotated[int, typer.Option(min=1, max=3660, help="The window, up to now.")] = 30, as_json: AsJson = False
) -> None:
    """Sync success, conflicts and integration, each with its 95 % interval (Wilson)."""
    found = asyncio.run(_rates(_settings(), days))
    if as_json:
        _json({"days": days, "rates": found})
        return
    typer.echo(f"{'':<16} {'sync success':<28} {'conflicts':<28} integration")
    for each in found:
        shares = (each.sync_success, each.conflict, each.integration)
        typer.echo(f"{each.destination:<16} " + " ".join(f"{_share(share):<28}" for share in shares).rstrip())


async def _rates(settings: Settings, days: int) -> "list[Rates]":
    from ehr_bridge import rates as shares
    from server.administration import store_of
    from server.clock import wall_ms

    now_ms = wall_ms()
    async with store_of(settings) as store:
        return await shares.rates(store, now_ms - days * DAY_MS, now_ms + 1, now_ms)


def _share(share: "Share") -> str:
    if share.value is None:
        return "nothing to count"
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}] of {share.of}"
