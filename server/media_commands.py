"""``viva admin media``: recordings at rest. What it does is ``media_administration``."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from realtime.media.errors import MediaError
from server import settings as configuration
from server.master_keys import MasterKeyMissing
from server.settings import SettingInvalid, Settings

media_app = typer.Typer(help="Recordings at rest: their keys, shredding, export.", no_args_is_help=True)

DataDir = Annotated[str | None, typer.Option("--data-dir", help="Folder of database, recordings and models.")]
InterviewId = Annotated[str, typer.Argument(help="The interview.")]
T = TypeVar("T")


@media_app.command()
def rotate(
    forget_old: Annotated[bool, typer.Option("--forget-old", help="Older master keys leave the key file.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Wrap every interview's key under a new master key. With VIVA_MEDIA_KEY: put the new key first in it before."""
    from server import media_administration

    done = _run(media_administration.rotate(_settings(data_dir), forget=forget_old))
    typer.echo(f"master key {done.newest} wraps from now on; {done.rewrapped} keys wrapped anew")
    for master_id in done.forgotten:
        typer.echo(f"forgotten: {master_id}. Destroy its copies too: what only it opened is gone with them.")


@media_app.command()
def shred(
    interview_id: InterviewId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Destroy an interview's key and files. What is left in any backup cannot be read any more."""
    from server import media_administration

    settings = _settings(data_dir)
    if not yes and not typer.confirm(f"Recordings of {interview_id} are lost for ever. Go on?"):
        raise _stop("nothing was done")
    there = _run(media_administration.shred(settings, interview_id))
    typer.echo(f"{interview_id}: {'its key is destroyed' if there else 'there was no key'}, its files are deleted")


@media_app.command()
def encrypt(data_dir: DataDir = None) -> None:
    """Encrypt recordings that are older than encryption."""
    from server import media_administration

    typer.echo(f"{_run(media_administration.encrypt(_settings(data_dir)))} objects encrypted")


@media_app.command()
def export(
    interview_id: InterviewId,
    folder: Annotated[Path, typer.Argument(help="Where to write; made if it is not there.")],
    data_dir: DataDir = None,
) -> None:
    """Write everything kept of an interview as files, decrypted. It is noted in the audit log."""
    from server import media_administration

    written = _run(media_administration.export(_settings(data_dir), interview_id, folder))
    for path in written:
        typer.echo(str(path))
    typer.echo(f"{len(written)} files")


def _settings(data_dir: str | None) -> Settings:
    try:
        return configuration.load(os.environ, data_dir=data_dir)
    except SettingInvalid as error:
        raise _stop(str(error)) from None


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except (LookupError, MasterKeyMissing, MediaError, OSError, SettingInvalid) as error:
        raise _stop(str(error)) from None


def _stop(message: str) -> typer.Exit:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    return typer.Exit(1)
