"""``viva validity calibration``: fit writes a file, approve puts it in force, withdraw ends that."""

import asyncio
import dataclasses
import json
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.calibration import Calibration, fits, scope_of
from scoring.culture import merged
from scoring.position_model import PositionModel
from scoring.positions import builtin, stored
from scoring.rubric import RubricRater
from scoring.validity import calibration_report, fitting, sealed, trial_report
from scoring.validity.fitting import Fitted
from scoring.validity.ratings import pair, with_machine
from scoring.validity.sealed import SealBroken, Source
from scoring.validity.trial import NothingToCompare, run
from server.administration import store_of
from server.clock import rfc3339, wall_ms
from server.store import calibrations, interviews, people
from server.store.culture import newest_culture
from server.validity.printing import language_of, readable, responsible, settings_of, show, stop
from server.validity.sources import rating_source
from server.validity.stored import ACTOR


def fit(
    scores: list[Path],
    *,
    position: str,
    from_store: bool,
    ai_scale: str,
    version: str,
    file: Path,
    language: str,
    as_json: bool,
    output: Path | None,
    data_dir: str | None,
) -> bool:
    """Whether a calibration is worth having; then ``file`` is written."""
    chosen = language_of(language)
    source = rating_source(scores, ai_scale, position if from_store else None, data_dir, "calibration", raw=True)
    with readable():
        sources = tuple(sealed.source(path) for path in scores)
    model = asyncio.run(_position(position, version, data_dir))
    ratings = list(source.ratings())
    pairing = pair(ratings)
    try:
        before = run(pairing, source.attributes())
    except NothingToCompare as error:
        stop(f"{error}; people must have rated the same candidates, two for each", code=1)
    unknown = {paired.competency for paired in pairing.competencies} - {one.id for one in model.competencies}
    if unknown:
        stop(f"the position has no competency {', '.join(sorted(unknown))}", code=1)
    fitted = fitting.fit(pairing)
    after = run(pair(with_machine(ratings, fitted.held_out)), source.attributes())
    document = calibration_report.document(fitted, chosen, f"{model.title.in_language(chosen)} {version}")
    beside = trial_report.before_and_after(before, after, chosen)
    document = dataclasses.replace(document, blocks=(*document.blocks, beside))
    result = {"maps": fitted.maps, "before": before, "after": after}
    show(document, result, as_json=as_json, output=output)
    if not fitted.useful:
        return False
    made = _calibration(model, version, fitted, (*sources, *([Source("reports")] if from_store else [])))
    with readable():
        file.write_bytes(sealed.to_json(made))
    return True


def _calibration(model: PositionModel, version: str, fitted: Fitted, sources: tuple[Source, ...]) -> Calibration:
    raters = (RubricRater().name,)
    return sealed.seal(
        Calibration(
            position_id=model.id,
            version=version,
            scope=scope_of(model, raters),
            raters=raters,
            maps=fitted.maps,
            sources=sources,
            made_at=rfc3339(wall_ms()),
        )
    )


async def _position(position: str, version: str, data_dir: str | None) -> PositionModel:
    """The position in force with the employer's phrases, once the version's name is known to be good and free."""
    if not version.strip() or len(version) > 40:
        stop("--version is a name of at most 40 characters, such as 1.0.0")
    settings = settings_of(data_dir)
    async with store_of(settings) as store:
        row = await interviews.find_position(store, position)
        taken = await calibrations.versions(store, position)
        phrases = await newest_culture(store, settings.employer_zh, settings.employer_en)
    if version in taken:
        stop(f"calibration {version} of {position} is there already; choose another --version")
    if row is None and position not in builtin():
        stop(f"there is no position {position!r}; `viva admin positions list` shows what there is", code=1)
    model = stored(row.source_yaml) if row else builtin()[position]
    return merged(model, phrases.culture if phrases else None)


def approve(file: Path, *, by: str, reason: str, data_dir: str | None) -> Calibration:
    by, reason = responsible(by, reason)
    try:
        with readable():
            made = sealed.from_json(file.read_bytes(), Calibration, file.name)
    except SealBroken as error:
        stop(str(error), code=1)
    model = asyncio.run(_position(made.position_id, made.version, data_dir))
    if not fits(made, model, made.raters):
        stop(
            f"{file.name}: the position {model.id}, its rater or the employer's phrases have changed since; fit again",
            code=1,
        )
    asyncio.run(_approved(made, by, reason, data_dir))
    return made


async def _approved(made: Calibration, by: str, reason: str, data_dir: str | None) -> None:
    detail = {"version": made.version, "calibration": made.digest, "reason": reason}
    async with store_of(settings_of(data_dir)) as store:
        await calibrations.approve(store, made, by)
        await _note(store, by, "approved_calibration", made.position_id, detail)


def withdraw(position: str, *, by: str, reason: str, data_dir: str | None) -> None:
    by, reason = responsible(by, reason)

    async def end() -> int:
        async with store_of(settings_of(data_dir)) as store:
            ended = await calibrations.withdraw(store, position)
            if ended:
                await _note(store, by, "withdrew_calibration", position, {"reason": reason})
            return ended

    if not asyncio.run(end()):
        stop(f"no calibration is in force for position {position!r}", code=1)


async def _note(store: AsyncConnection, by: str, action: str, position: str, detail: dict[str, str]) -> None:
    await people.note(store, f"{by} ({ACTOR})", action, position, json.dumps(detail, ensure_ascii=False))
