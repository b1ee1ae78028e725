"""Where the output of ``viva validity`` goes, and how an error ends a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import typer

from scoring.bilingual import Language
from scoring.validity.document import Document, Format, to_csv
from scoring.validity.tables_csv import CsvInvalid
from server import settings as configuration
from server.settings import SettingInvalid, Settings

MIN_REASON = 5
_FORMATS: dict[str, Format] = {".html": "html", ".htm": "html", ".md": "markdown", ".txt": "text"}


def stop(message: str, code: int = 2) -> NoReturn:
    """2: the command was called wrongly; 1: it cannot be done with these data."""
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    raise typer.Exit(code)


def language_of(text: str) -> Language:
    if text == "zh":
        return "zh"
    if text == "en":
        return "en"
    stop(f"--language is zh or en, not {text!r}")


def responsible(by: str, reason: str) -> tuple[str, str]:
    """Who approves, and why; both are asked for."""
    if not by.strip():
        stop("--by names who takes responsibility")
    if len(reason.strip()) < MIN_REASON:
        stop(f"--reason says why, in {MIN_REASON} characters or more; it is kept in the audit log")
    return by.strip()[:120], reason.strip()


def settings_of(data_dir: str | None) -> Settings:
    try:
        return configuration.load(data_dir=data_dir)
    except SettingInvalid as error:
        stop(str(error))


@contextmanager
def readable() -> Iterator[None]:
    """Errors of input files end the command with a sentence."""
    try:
        yield
    except CsvInvalid as error:
        stop(str(error), code=1)
    except OSError as error:
        stop(f"{error.filename}: {error.strerror}")


def show(document: Document, result: Any, *, as_json: bool, output: Path | None) -> None:
    """The document on the terminal or in a file, or the result as JSON."""
    text = _as_json(result) if as_json else _written(document, result, output)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        stop(f"{output}: {error.strerror}")
    typer.echo(str(output))


def _written(document: Document, result: Any, output: Path | None) -> str:
    suffix = output.suffix.lower() if output else ".txt"
    if suffix == ".json":
        return _as_json(result)
    if suffix == ".csv":
        return "\ufeff" + "\r\n".join(f"{table.title}\r\n{to_csv(table)}" for table in document.tables())
    if suffix in _FORMATS:
        return document.render(_FORMATS[suffix])
    stop(f"{output}: the ending says the format: .html, .md, .txt, .json or .csv")


def _as_json(result: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(result)).decode() + "\n"
