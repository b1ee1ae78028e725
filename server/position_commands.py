"""``viva admin positions``: lint, list, show."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from scoring.lint.flaw import Flaw

positions_app = typer.Typer(help="Position models: the questions, and what a good answer is.", no_args_is_help=True)


@positions_app.command("lint")
def lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Position or competency files (YAML). None: all that come with Viva.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
) -> None:
    """Check position files: every flaw with file, line, rule and what to do. Exit code 1 if there is an error."""
    checked = [(path, *_examined(path)) for path in files or _all_files()]
    flaws = [flaw for _, _, found in checked for flaw in found]
    errors = sum(flaw.severity == "error" for flaw in flaws)
    if as_json:
        told = {"files": len(checked), "errors": errors, "warnings": len(flaws) - errors, "flaws": flaws}
        typer.echo(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    else:
        for path, said, found in checked:
            _tell(path, said, found)
    raise typer.Exit(1 if errors or (strict and flaws) else 0)


def _all_files() -> list[Path]:
    from scoring.competencies import FOLDER
    from scoring.positions import BUILTIN

    return [*sorted(FOLDER.glob("*.yaml")), *sorted(BUILTIN.glob("*.yaml"))]


def _examined(path: Path) -> tuple[str, tuple[Flaw, ...]]:
    """What the file is, in words, and what is wrong with it."""
    from scoring.lint.flaw import flaw_at
    from scoring.positions import examine_file

    try:
        examined = examine_file(path, file=str(path))
    except UnicodeDecodeError:
        return "", (flaw_at(str(path), 1, "yaml", "the file is not UTF-8"),)
    except OSError as error:
        typer.secho(f"viva: {path}: {error.strerror}", err=True, fg=typer.colors.RED)
        raise typer.Exit(2) from None
    model = examined.model
    said = f"{model.title.zh} / {model.title.en}, {len(model.questions)} questions" if model else "competency"
    return said, examined.flaws


def _tell(path: Path, said: str, flaws: Iterable[Flaw]) -> None:
    flaws = list(flaws)
    for flaw in flaws:
        typer.echo(str(flaw), err=True)
    if not any(flaw.severity == "error" for flaw in flaws):
        typer.echo(f"{path}: {said}, no error")


@positions_app.command("list")
def list_all() -> None:
    """The positions and the competencies that come with Viva."""
    from scoring.competencies import library
    from scoring.positions import builtin

    typer.echo("positions")
    for model in builtin().values():
        asked = sum(not question.reserve for question in model.questions)
        spare = len(model.questions) - asked
        count = f"{asked} questions" + (f", {spare} in reserve" if spare else "")
        typer.echo(f"  {model.id:<22} {model.version:<8} {count:<24} {model.title.zh} / {model.title.en}")
    typer.echo("competencies")
    for competency in library().values():
        label = competency.label
        typer.echo(f"  {competency.id:<22} {competency.version:<8} {competency.dimension:<24} {label.zh} / {label.en}")


@positions_app.command("show")
def show(
    position_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a position that comes with Viva.")],
    resolved: Annotated[bool, typer.Option("--resolved", help="The whole model as YAML, library included.")] = False,
) -> None:
    """One position: what it weighs, what it asks, and which question shows which behaviour."""
    from scoring.position_outline import outline
    from scoring.positions import builtin, digest, self_contained

    model = builtin().get(position_id)
    if model is None:
        known = ", ".join(builtin())
        typer.secho(f"viva: there is no position {position_id!r}; there are {known}", err=True, fg=typer.colors.RED)
        raise typer.Exit(1)
    if resolved:
        sys.stdout.write(self_contained(model))
    else:
        typer.echo(outline(model, digest(model)))
