"""``viva ehr mappings`` and ``viva ehr import …``: old data brought over from the command line."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from server import settings as configuration
from server.settings import SettingInvalid, Settings

if TYPE_CHECKING:
    from server.imports import Importer

T = TypeVar("T")

import_app = typer.Typer(
    help="Old data: tried first, applied, undone if need be, verified. Persons first.", no_args_is_help=True
)
ImportId = Annotated[str, typer.Argument(help="The import's id.")]
ENGLISH = {"new": "new", "changed": "changed", "same": "the same", "refused": "refused"}


def mappings() -> None:
    """Every mapping, checked: those that come with Viva, and those of VIVA_MAPPINGS."""
    from server.mappings import mappings_of

    for name, mapping in _settled(mappings_of).items():
        typer.echo(f"{name:<16} {', '.join(mapping.records)}   {mapping.title['zh']} / {mapping.title['en']}")


@import_app.command("try")
def try_(
    file: Annotated[Path, typer.Argument(help="CSV: UTF-8, GB18030, or both in one file; or UTF-16.")],
    mapping: Annotated[str, typer.Option(help="See `viva ehr mappings`.")],
    kind: Annotated[str, typer.Option(help="person first, then onboarding, training, performance, leave …")],
    table: Annotated[Path | None, typer.Option(help="Where the whole table is written (CSV).")] = None,
) -> None:
    """Show what a file would do. Nothing is changed. Exit status 3: some rows are refused."""
    from server.import_table import as_csv

    try:
        content = file.read_bytes()
    except OSError as error:
        _stop(f"{file}: {error.strerror}")
    tried = _run(lambda importer: importer.try_file(content, file.name, mapping, kind, _who()))
    if table is not None:
        table.write_bytes(as_csv(tried.planned, tried.outcomes, "zh"))
        typer.echo(f"the table is in {table}", err=True)
    typer.echo(f"{tried.row.id}: " + ", ".join(f"{n} {ENGLISH[action]}" for action, n in tried.row.counts.items()))
    raise typer.Exit(3 if tried.row.counts["refused"] else 0)


@import_app.command("apply")
def apply(import_id: ImportId) -> None:
    """Bring the rows over; goes on with one that was cut off."""
    row = _run(lambda importer: importer.apply(import_id, _who()))
    typer.echo(f"{row.id}: applied, " + ", ".join(f"{n} {ENGLISH[action]}" for action, n in row.counts.items()))


@import_app.command("undo")
def undo(import_id: ImportId) -> None:
    """Take it back. What somebody has changed since stays."""
    undone = _run(lambda importer: importer.undo(import_id, _who()))
    typer.echo(f"{import_id}: {undone.taken_back} rows taken back, {undone.kept} kept as they are")


@import_app.command("verify")
def verify(import_id: ImportId) -> None:
    """One more pass over every row. Exit status 3: it found differences."""
    check = _run(lambda importer: importer.verify(import_id, _who()))
    found = check.found
    typer.echo(
        f"{import_id}: pass {check.number}, {found.compared} rows: {found.missing} missing, {found.different} different"
    )
    for line, path in found.differences:
        typer.echo(f"  line {line}: {path or 'is not there'}")
    raise typer.Exit(0 if found.clean else 3)


def _run(work: "Callable[[Importer], Awaitable[T]]") -> T:
    from server.clock import wall_ms
    from server.field_keys import PersonKeys
    from server.imports import Importer, ImportRefused
    from server.mappings import mappings_of
    from server.media_room import master_keys
    from server.store.database import migrate, open_database

    async def inside(settings: Settings) -> T:
        settings.data.mkdir(parents=True, exist_ok=True)
        await migrate(settings.database)
        engine = open_database(settings.database)
        try:
            importer = Importer(engine, PersonKeys(master_keys(settings)), mappings_of(settings), wall_ms)
            return await work(importer)
        finally:
            await engine.dispose()

    try:
        return _settled(lambda settings: asyncio.run(inside(settings)))
    except ImportRefused as refused:
        _stop(f"{refused.code}: {refused}")


def _settled(work: Callable[[Settings], T]) -> T:
    try:
        return work(configuration.load())
    except SettingInvalid as error:
        _stop(str(error))


def _who() -> str:
    return f"viva ehr ({getpass.getuser()})"


def _stop(message: str) -> NoReturn:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    raise typer.Exit(2)
