"""Options that the commands of ``viva validity`` share. Nothing heavy is imported here: ``viva --help`` is quick."""

from pathlib import Path
from typing import Annotated

import typer

LanguageOption = Annotated[str, typer.Option("--language", help="zh or en.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write to a file instead: .html, .md, .txt, .json, or .csv (tables)."),
]
DataDir = Annotated[str | None, typer.Option("--data-dir", help="Folder of database, recordings and models.")]
Scores = Annotated[list[Path] | None, typer.Argument(help="CSV files of scores (docs/reference/validity-files.md).")]
AiScale = Annotated[str, typer.Option("--ai-scale", help="Machine's column: levels (1-5) or points (0-100).")]
Position = Annotated[
    str | None, typer.Option("--position", help="Also this position's stored reports, and scorecards handed in blind.")
]
