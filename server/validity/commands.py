"""The commands of ``viva validity``: their options and help. The work is imported when it is asked for."""

from typing import Annotated

import typer

from server.validity.options import AiScale, DataDir, JsonOption, LanguageOption, OutputOption, Position, Scores

app = typer.Typer(
    help="Does the score mean what it says? Trials, calibration, bias audits, drift, weights.", no_args_is_help=True
)


@app.command()
def trial(
    scores: Scores,
    ai_scale: AiScale = "levels",
    position: Position = None,
    pass_mark: Annotated[float, typer.Option(help="BARS level from which a candidate passes.")] = 3.0,
    min_raters: Annotated[int, typer.Option(help="Candidates with fewer human ratings are left out.")] = 2,
    language: LanguageOption = "zh",
    as_json: JsonOption = False,
    output: OutputOption = None,
    data_dir: DataDir = None,
) -> None:
    """Compare the machine's scores with people's, per competency. Exit status 3: consistency was not reached."""
    from server.validity import trials

    passed = trials.trial(
        scores,
        ai_scale=ai_scale,
        position=position,
        pass_mark=pass_mark,
        min_raters=min_raters,
        language=language,
        as_json=as_json,
        output=output,
        data_dir=data_dir,
    )
    raise typer.Exit(0 if passed else 3)


@app.command()
def power(
    competencies: Annotated[int, typer.Option(help="How many competencies must all pass.")] = 1,
    language: LanguageOption = "zh",
    output: OutputOption = None,
) -> None:
    """How many candidates a double-blind trial needs."""
    from server.validity import trials

    trials.power(competencies=competencies, language=language, output=output)
