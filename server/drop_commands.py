"""``viva ehr read-drop``: rows of another system's CSV into people's records."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ehr_bridge.dropped import DropUnreadable
from server import settings as configuration
from server.delivery_commands import ehr_app
from server.settings import SettingInvalid, Settings

if TYPE_CHECKING:
    from server.dropping import Outcome

__all__ = ["ehr_app"]


@ehr_app.command("read-drop")
def read_drop(
    file: Annotated[Path, typer.Argument(help="CSV with columns kind, id, external_id, name, … (UTF-8 or GB18030).")],
    source: Annotated[
        str, typer.Option(help="Names the system that dropped it; the same one for every file.")
    ] = "drop",
) -> None:
    """Read a dropped file row by row. What is wrong is written beside it, as NAME.ack.csv. Exit code 1 if a row was."""
    from server.dropping import LARGEST_BYTES, acknowledgement, acknowledgement_path

    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise _stop(f"{file}: larger than {LARGEST_BYTES} bytes; split it")
        content = file.read_bytes()
        outcomes = asyncio.run(_read(configuration.load(os.environ), content, source))
        acknowledgement_path(file).write_bytes(acknowledgement(outcomes))
    except SettingInvalid as error:
        raise _stop(str(error)) from None
    except DropUnreadable as error:
        raise _stop(f"{file}: {error.code}: {error}") from None
    except OSError as error:
        raise _stop(f"{error.filename or file}: {error.strerror}") from None
    bad = [one for one in outcomes if one.code]
    for one in bad:
        typer.echo(f"{file}:{one.number}: {one.code}: {one.problem}", err=True)
    changed = sum(one.changed for one in outcomes)
    typer.echo(f"{file}: {changed} taken, {len(outcomes) - changed - len(bad)} unchanged, {len(bad)} refused")
    raise typer.Exit(1 if bad else 0)


async def _read(settings: Settings, content: bytes, source: str) -> "list[Outcome]":
    from server.dropping import read_drop as read
    from server.field_keys import PersonKeys
    from server.media_room import master_keys
    from server.store.database import migrate, open_database

    settings.data.mkdir(parents=True, exist_ok=True)
    await migrate(settings.database)
    engine = open_database(settings.database)
    try:
        return await read(engine, PersonKeys(master_keys(settings)), content, source)
    finally:
        await engine.dispose()


def _stop(message: str) -> typer.Exit:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    return typer.Exit(2)
