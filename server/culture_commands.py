"""``viva admin culture``: an employer's own words for its values."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from scoring.culture_file import ReadCulture
from server import settings as configuration
from server.settings import SettingInvalid, Settings

culture_app = typer.Typer(
    help="Phrases of an employer's code of conduct and culture handbook, for the culture score.", no_args_is_help=True
)

DataDir = Annotated[str | None, typer.Option("--data-dir", help="Folder of database, recordings and models.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
MAX_BYTES = 2_000_000


def _settings(data_dir: str | None) -> Settings:
    try:
        return configuration.load(os.environ, data_dir=data_dir)
    except SettingInvalid as error:
        raise _stop(str(error)) from None


def _stop(message: str, code: int = 2) -> typer.Exit:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    return typer.Exit(code)


def _read(path: Path) -> ReadCulture:
    from scoring.culture_file import read_culture
    from scoring.lint.flaw import flaw_at

    try:
        if path.stat().st_size > MAX_BYTES:
            raise _stop(f"{path}: more than {MAX_BYTES} bytes; a code of conduct has a few hundred phrases")
        return read_culture(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        return ReadCulture((), (flaw_at(str(path), 1, "yaml", "the file is not UTF-8"),))
    except OSError as error:
        raise _stop(f"{path}: {error.strerror}") from None


@culture_app.command("lint")
def lint(
    file: Annotated[Path, typer.Argument(help="YAML, or CSV with the columns phrase,language,value,sign.")],
    as_json: AsJson = False,
) -> None:
    """Check a file of phrases: every flaw with file, line, rule and what to do. Exit code 1 if there is an error."""
    found = _read(file)
    if as_json:
        told = {"phrases": len(found.phrases), "errors": len(found.errors), "flaws": found.flaws}
        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        _tell(map(str, found.flaws))
        if not found.errors:
            typer.echo(f"{file}: {len(found.phrases)} phrases, no error")
    raise typer.Exit(1 if found.errors else 0)


def _tell(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line, err=True)


@culture_app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="YAML, or CSV with the columns phrase,language,value,sign.")],
    employer: Annotated[str, typer.Option(help="Whose phrases: VIVA_EMPLOYER_ZH or VIVA_EMPLOYER_EN of the server.")],
    data_dir: DataDir = None,
) -> None:
    """Import phrases as the employer's next version. Interviews that begin from now on are scored with them."""
    from server import culture

    found = _read(file)
    _tell(map(str, found.flaws))
    if found.errors:
        raise _stop(f"{file}: nothing was imported", code=1)
    settings = _settings(data_dir)
    names = (settings.employer_zh, settings.employer_en)
    if employer not in names:
        raise _stop(
            f"this installation's employer is {names[0]} / {names[1]}, not {employer}; "
            "set VIVA_EMPLOYER_ZH and VIVA_EMPLOYER_EN, or import under that name",
            code=1,
        )
    made, new = asyncio.run(culture.import_phrases(settings, employer, found.phrases))
    word = "imported as" if new else "already there as"
    typer.echo(f"{employer}: {len(made.phrases)} phrases, {word} version {made.version}, {made.digest}")


@culture_app.command("list")
def list_all(data_dir: DataDir = None) -> None:
    """What has been imported: employer, version, digest, phrases per value."""
    from server import culture

    lines = asyncio.run(culture.listed(_settings(data_dir)))
    if not lines:
        typer.echo("nothing has been imported")
    for line in lines:
        typer.echo(line)
