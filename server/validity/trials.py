"""``viva validity trial`` and ``power``."""

from pathlib import Path

import msgspec
import typer

from scoring.validity import fitting, power_report, simulate, trial_report
from scoring.validity.ratings import pair, with_machine
from scoring.validity.trial import NothingToCompare, run
from server.validity.printing import language_of, readable, show, stop
from server.validity.sources import rating_source


def trial(
    scores: list[Path],
    *,
    ai_scale: str,
    position: str | None,
    pass_mark: float,
    min_raters: int,
    calibrate: bool,
    language: str,
    as_json: bool,
    output: Path | None,
    data_dir: str | None,
) -> bool:
    """Whether the required consistency was reached."""
    chosen = language_of(language)
    if not 1 <= pass_mark <= 5:
        stop("--pass-mark is a BARS level from 1 to 5")
    if min_raters < 1:
        stop("--min-raters is 1 or more")
    source = rating_source(scores, ai_scale, position, data_dir, "trial", raw=calibrate)
    pairing = pair(source.ratings(), min_raters)
    try:
        found = run(pairing, source.attributes(), pass_mark=pass_mark, min_raters=min_raters)
    except NothingToCompare as error:
        left = pairing.left_out
        stop(
            f"{error}. {left['no_machine_score']} have no machine score, {left['too_few_people']} too few people; "
            "check that the ids are the same on both sides (for stored reports: the interview's id), or --min-raters 1",
            code=1,
        )
    result = {"passed": found.passed, **msgspec.to_builtins(found)}
    after = None
    if calibrate:
        levels = fitting.fit(pairing).held_out
        again = pair(with_machine(source.ratings(), levels), min_raters)
        after = run(again, source.attributes(), pass_mark=pass_mark, min_raters=min_raters)
        result["after_calibration"] = msgspec.to_builtins(after)
    show(trial_report.document(found, chosen, after), result, as_json=as_json, output=output)
    return found.passed


def power(*, competencies: int, language: str, output: Path | None) -> None:
    if not 1 <= competencies <= 50:
        stop("--competencies is 1 to 50")
    document = power_report.document(language_of(language), competencies=competencies)
    table = document.tables()[0]
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    show(document, rows, as_json=False, output=output)


def example(file: Path, *, candidates: int, seed: int) -> None:
    """A harsh machine beside two raters who know their anchors; wide, with a made-up group."""
    if not 2 <= candidates <= 100_000:
        stop("--candidates is 2 to 100000")
    names = ("communication", "compliance", "problem_solving")
    made = simulate.make(
        simulate.Population(competencies=names, reliability=0.9, machine_shift=-0.25), candidates, seed
    )
    groups = made.attributes()
    lines = ["candidate,competency,ai,human1,human2,group_made"]
    for row, candidate in enumerate(made.candidates()):
        for column, name in enumerate(names):
            people = ",".join(f"{level:g}" for level in made.people[row, column].tolist())
            lines.append(f"{candidate},{name},{made.machine[row, column]:g},{people},{groups[candidate]['group_made']}")
    with readable():
        file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    typer.echo(str(file))
