"""``viva report``: whether a report file is what was sealed, and the page or paper that belongs to it."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from scoring.report import Report, Seal, from_json, seal_of

report_app = typer.Typer(help="Report files: whole or changed, and drawn again.", no_args_is_help=True)

MAX_BYTES = 20_000_000


def _stop(message: str, code: int = 2) -> typer.Exit:
    typer.secho(f"viva: {message}", err=True, fg=typer.colors.RED)
    return typer.Exit(code)


def _read(path: Path) -> tuple[bytes, Seal]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _stop(f"{path}: more than {MAX_BYTES} bytes; no report is as long")
        data = path.read_bytes()
        return data, seal_of(data)
    except OSError as error:
        raise _stop(f"{path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _stop(f"{path}: not a report in JSON; take it from HR's page or GET /api/v1/reports/ID.json") from None


@report_app.command("verify")
def verify(
    files: Annotated[list[Path], typer.Argument(help="Reports in JSON, of any version.")],
    digest: Annotated[
        str, typer.Option("--digest", help="The digest printed on the PDF, or kept by the employee system.")
    ] = "",
) -> None:
    """Is the file what was sealed? Exit status 1: it is not."""
    if digest and len(files) > 1:
        raise _stop("--digest belongs to one file")
    whole = True
    for path in files:
        _, seal = _read(path)
        wanted = digest.strip().lower() or seal.claimed
        if not seal.holds:
            typer.echo(f"{path}: changed: it claims {seal.claimed}, its contents give {seal.computed}")
        elif wanted != seal.computed:
            typer.echo(f"{path}: whole, but another report: {seal.computed}, not {wanted}")
        else:
            typer.echo(f"{path}: whole, version {seal.version}, {seal.computed}")
        whole = whole and seal.holds and wanted == seal.computed
    if not whole:
        raise typer.Exit(1)


@report_app.command("render")
def render(
    file: Annotated[Path, typer.Argument(help="A report in JSON.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A .pdf or .html file.")],
    edition: Annotated[str, typer.Option(help="hr or candidate.")] = "hr",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
) -> None:
    """Draw a report again: the same file gives the same bytes. HTML has no play buttons, which need the server."""
    if edition not in ("hr", "candidate") or language not in ("zh", "en") or output.suffix not in (".pdf", ".html"):
        raise _stop("--edition is hr or candidate, --language zh or en, and the output ends in .pdf or .html")
    data, seal = _read(file)
    if not seal.holds:
        raise _stop(f"{file}: changed after it was sealed; `viva report verify` says more", 1)
    try:
        report = from_json(data)
    except msgspec.ValidationError as error:
        raise _stop(f"{file}: version {seal.version} cannot be drawn here: {error}") from None
    drawn = _drawn(report, output.suffix, edition, language)
    try:
        output.write_bytes(drawn)
    except OSError as error:
        raise _stop(f"{output}: {error.strerror}") from None
    typer.echo(f"wrote {output}")


def _drawn(report: Report, suffix: str, edition: str, language: str) -> bytes:
    from scoring.render.html import render_html
    from scoring.render.pdf import render_pdf

    shown = "candidate" if edition == "candidate" else "hr"
    spoken = "en" if language == "en" else "zh"
    if suffix == ".pdf":
        return render_pdf(report, edition=shown, language=spoken)  # type: ignore[arg-type]
    return render_html(report, edition=shown, language=spoken).encode()  # type: ignore[arg-type]
