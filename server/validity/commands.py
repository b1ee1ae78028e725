"""The commands of ``viva validity``: their options and help. The work is imported when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer

from server.validity.options import AiScale, DataDir, JsonOption, LanguageOption, OutputOption, Position, Scores

app = typer.Typer(
    help="Does the score mean what it says? Trials, calibration, bias audits, drift, weights.", no_args_is_help=True
)


@app.command()
def trial(
    scores: Scores = None,
    ai_scale: AiScale = "levels",
    position: Position = None,
    pass_mark: Annotated[float, typer.Option(help="BARS level from which a candidate passes.")] = 3.0,
    min_raters: Annotated[int, typer.Option(help="Candidates with fewer human ratings are left out.")] = 2,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Also as it would be after calibration (cross-validated).")
    ] = False,
    language: LanguageOption = "zh",
    as_json: JsonOption = False,
    output: OutputOption = None,
    data_dir: DataDir = None,
) -> None:
    """Compare the machine's scores with people's, per competency. Exit status 3: consistency was not reached."""
    from server.validity import trials

    passed = trials.trial(
        scores or [],
        ai_scale=ai_scale,
        position=position,
        pass_mark=pass_mark,
        min_raters=min_raters,
        calibrate=calibrate,
        language=language,
        as_json=as_json,
        output=output,
        data_dir=data_dir,
    )
    raise typer.Exit(0 if passed else 3)


@app.command()
def example(
    file: Annotated[Path, typer.Argument(help="Where the made-up scores are written (CSV).")],
    candidates: Annotated[int, typer.Option(help="How many candidates.")] = 240,
    seed: Annotated[int, typer.Option(help="The same seed, the same file.")] = 1,
) -> None:
    """Write a made-up trial to try the other commands on. Nobody's data."""
    from server.validity import trials

    trials.example(file, candidates=candidates, seed=seed)


@app.command()
def power(
    competencies: Annotated[int, typer.Option(help="How many competencies must all pass.")] = 1,
    language: LanguageOption = "zh",
    output: OutputOption = None,
) -> None:
    """How many candidates a double-blind trial needs."""
    from server.validity import trials

    trials.power(competencies=competencies, language=language, output=output)


weights_app = typer.Typer(
    help="New competency weights from performance: proposed, then approved.", no_args_is_help=True
)
app.add_typer(weights_app, name="weights")


@weights_app.command("propose")
def weights_propose(
    performance: Annotated[Path, typer.Argument(help="CSV: candidate, performance.")],
    scores: Annotated[list[Path] | None, typer.Argument(help="CSV files of the machine's scores.")] = None,
    position: Annotated[str, typer.Option(help="Id of the position.")] = "client_manager",
    from_store: Annotated[bool, typer.Option("--from-store", help="Take scores from the stored reports.")] = False,
    ai_scale: AiScale = "levels",
    criterion_reliability: Annotated[
        float | None, typer.Option(help="Reliability of the performance measure, to show corrected correlations.")
    ] = None,
    proposal: Annotated[Path, typer.Option(help="Where the proposal is written.")] = Path("weights-proposal.json"),
    language: LanguageOption = "zh",
    as_json: JsonOption = False,
    output: OutputOption = None,
    data_dir: DataDir = None,
) -> None:
    """Look whether other weights would predict performance better. Changes nothing. Exit status 3: no proposal."""
    from server.validity import weights

    proposed = weights.propose(
        performance,
        scores or [],
        position=position,
        from_store=from_store,
        ai_scale=ai_scale,
        reliability=criterion_reliability,
        proposal=proposal,
        language=language,
        as_json=as_json,
        output=output,
        data_dir=data_dir,
    )
    raise typer.Exit(0 if proposed else 3)


@weights_app.command("approve")
def weights_approve(
    file: Annotated[Path, typer.Argument(help="The proposal.")],
    by: Annotated[str, typer.Option(help="Who takes responsibility.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
    data_dir: DataDir = None,
) -> None:
    """Make the next version of the position with the proposed weights. Interviews invited before keep theirs."""
    from server.validity import weights

    version = weights.approve(file, by=by, reason=reason, data_dir=data_dir)
    typer.echo(f"version {version} is in force for new invitations; the old one is kept")


@app.command()
def bias(
    file: Annotated[Path, typer.Argument(help="CSV: candidate, groups (sex, race_ethnicity, …), score, selected.")],
    position: Annotated[
        str | None, typer.Option(help="Take the totals of this position's stored reports as scores.")
    ] = None,
    intersect: Annotated[
        list[str] | None, typer.Option(help="Also by two or more columns together, e.g. sex,age_band.")
    ] = None,
    auditor: Annotated[str, typer.Option(help="The independent auditor; recorded, see audit-age.")] = "",
    language: LanguageOption = "zh",
    as_json: JsonOption = False,
    output: OutputOption = None,
    data_dir: DataDir = None,
) -> None:
    """Selection and scoring rates by group, with impact ratios (New York's Local Law 144)."""
    from server.validity import audits

    audits.bias(
        file,
        position=position,
        intersect=intersect or [],
        auditor=auditor,
        language=language,
        as_json=as_json,
        output=output,
        data_dir=data_dir,
    )


@app.command("audit-age")
def audit_age(
    last: Annotated[str | None, typer.Option(help="Date of the last audit; absent: the newest recorded one.")] = None,
    profile: Annotated[str | None, typer.Option(help="Jurisdiction profile; absent: this installation's.")] = None,
    language: LanguageOption = "zh",
    data_dir: DataDir = None,
) -> None:
    """Whether the bias audit is young enough for the law. Exit status 3: missing or older than a year."""
    from server.validity import audits

    fine = audits.audit_age(last=last, profile=profile, language=language, data_dir=data_dir)
    raise typer.Exit(0 if fine else 3)


@app.command()
def drift(
    files: Annotated[list[Path] | None, typer.Argument(help="CSV: candidate, at, competency, score, …")] = None,
    position: Annotated[str | None, typer.Option(help="Take the stored reports of this position.")] = None,
    reference: Annotated[str | None, typer.Option(help="2026-01-01..2026-03-31; absent: 90 days before now.")] = None,
    now: Annotated[str | None, typer.Option(help="2026-04-01..2026-04-30; absent: the last 30 days.")] = None,
    language: LanguageOption = "zh",
    as_json: JsonOption = False,
    output: OutputOption = None,
    data_dir: DataDir = None,
) -> None:
    """Have scores or guard rates moved since a reference period? Exit status 3: an alarm."""
    from server.validity import drifting

    fine = drifting.drift(
        files or [],
        position=position,
        reference=reference,
        now=now,
        language=language,
        as_json=as_json,
        output=output,
        data_dir=data_dir,
    )
    raise typer.Exit(0 if fine else 3)


calibration_app = typer.Typer(help="From the machine's scale to people's: fitted, then approved.", no_args_is_help=True)
app.add_typer(calibration_app, name="calibration")


@calibration_app.command("fit")
def calibration_fit(
    scores: Scores = None,
    position: Annotated[str, typer.Option(help="Id of the position.")] = "client_manager",
    from_store: Annotated[
        bool, typer.Option("--from-store", help="Also the stored reports, and scorecards handed in blind.")
    ] = False,
    ai_scale: AiScale = "levels",
    version: Annotated[str, typer.Option(help="What reports will call it.")] = "1.0.0",
    file: Annotated[Path, typer.Option(help="Where the calibration is written.")] = Path("calibration.json"),
    language: LanguageOption = "zh",
    as_json: JsonOption = False,
    output: OutputOption = None,
    data_dir: DataDir = None,
) -> None:
    """Fit maps to double-blind ratings and say what they are worth. Changes nothing. Exit status 3: nothing gained."""
    from server.validity import calibrating

    useful = calibrating.fit(
        scores or [],
        position=position,
        from_store=from_store,
        ai_scale=ai_scale,
        version=version,
        file=file,
        language=language,
        as_json=as_json,
        output=output,
        data_dir=data_dir,
    )
    raise typer.Exit(0 if useful else 3)


@calibration_app.command("approve")
def calibration_approve(
    file: Annotated[Path, typer.Argument(help="The fitted calibration.")],
    by: Annotated[str, typer.Option(help="Who takes responsibility.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
    data_dir: DataDir = None,
) -> None:
    """Put a calibration in force for reports made from now on. Reports name it; those made before stay as they are."""
    from server.validity import calibrating

    made = calibrating.approve(file, by=by, reason=reason, data_dir=data_dir)
    typer.echo(f"calibration {made.version} of {made.position_id} is in force: {made.digest}")


@calibration_app.command("withdraw")
def calibration_withdraw(
    position: Annotated[str, typer.Argument(help="Id of the position.")],
    by: Annotated[str, typer.Option(help="Who takes responsibility.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log.")],
    data_dir: DataDir = None,
) -> None:
    """Score without calibration again. The calibration is kept, since reports name it."""
    from server.validity import calibrating

    calibrating.withdraw(position, by=by, reason=reason, data_dir=data_dir)
    typer.echo(f"no calibration is in force for {position}")


@app.command()
def readiness(
    trial: Annotated[Path | None, typer.Option(help="What `viva validity trial -o trial.json` wrote.")] = None,
    survey: Annotated[Path | None, typer.Option(help="CSV: person, group, item, rating (1-5), round.")] = None,
    synced: Annotated[str | None, typer.Option(help="Records verified of those sent, like 1496/1500.")] = None,
    conflicts: Annotated[str | None, typer.Option(help="Functions in conflict of those tried, like 0/120.")] = None,
    integrated: Annotated[str | None, typer.Option(help="Interfaces that work of those agreed, like 19/20.")] = None,
    up: Annotated[str | None, typer.Option(help="Minutes up of all, like 43190/43200.")] = None,
    language: LanguageOption = "zh",
    as_json: JsonOption = False,
    output: OutputOption = None,
) -> None:
    """Go or no-go after a trial: function, accuracy, experience. Exit status 3: no-go."""
    from server.validity import readying

    go = readying.readiness(
        trial=trial,
        survey=survey,
        counts={"synced": synced, "conflicts": conflicts, "integrated": integrated, "up": up},
        language=language,
        as_json=as_json,
        output=output,
    )
    raise typer.Exit(0 if go else 3)
