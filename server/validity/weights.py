"""``viva validity weights``: propose writes a file and changes nothing; approve makes a position's next version."""

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from scoring.position_model import PositionModel
from scoring.positions import PositionInvalid, builtin, digest, stored
from scoring.validity import performance_csv, sealed, weight_report
from scoring.validity.ratings import MACHINE, RatingSource
from scoring.validity.sealed import SealBroken, Source
from scoring.validity.weighing import Weighing, weigh
from scoring.validity.weight_proposal import PositionMoved, WeightProposal, applied, next_version
from server.administration import store_of
from server.clock import rfc3339, wall_ms
from server.positions import position_row
from server.store import interviews, people
from server.validity.printing import language_of, readable, responsible, settings_of, show, stop
from server.validity.sources import rating_source
from server.validity.stored import ACTOR


def propose(
    performance: Path,
    scores: list[Path],
    *,
    position: str,
    from_store: bool,
    ai_scale: str,
    reliability: float | None,
    proposal: Path,
    language: str,
    as_json: bool,
    output: Path | None,
    data_dir: str | None,
) -> bool:
    """Whether there is something to propose."""
    chosen = language_of(language)
    if reliability is not None and not 0 < reliability <= 1:
        stop("--criterion-reliability is above 0 and at most 1")
    if not scores and not from_store:
        stop("name files of scores, or --from-store for the stored reports")
    with readable():
        criterion = performance_csv.load(performance)
        sources = [sealed.source(path) for path in (performance, *scores)]
    source = rating_source(scores, ai_scale, position if from_store else None, data_dir, "weights", people=False)
    model, taken = asyncio.run(_position(position, data_dir))
    weights = {competency.id: competency.weight for competency in model.competencies}
    found = weigh(_scores(source, weights), criterion, weights, criterion_reliability=reliability)
    to_version = next_version(model.version)
    while to_version in taken:
        to_version = next_version(to_version)
    title = f"{model.title.in_language(chosen)} {model.version}"
    show(weight_report.document(found, title, chosen, to_version), found, as_json=as_json, output=output)
    if found.refused:
        return False
    made = _proposal(model, to_version, weights, found, (*sources, *([Source("reports")] if from_store else [])))
    with readable():
        proposal.write_bytes(sealed.to_json(made))
    asyncio.run(_noted(made, data_dir))
    return True


def _scores(source: RatingSource, weights: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """The machine's levels, per person and competency of the position."""
    scores: dict[str, dict[str, float]] = {}
    unknown = set()
    for rating in source.ratings():
        if rating.rater != MACHINE:
            continue
        if rating.competency not in weights:
            unknown.add(rating.competency)
            continue
        scores.setdefault(rating.candidate, {})[rating.competency] = rating.level
    if unknown:
        stop(f"the position has no competency {', '.join(sorted(unknown))}; it has {', '.join(weights)}", code=1)
    return scores


def _proposal(
    model: PositionModel, to_version: str, old: dict[str, float], found: Weighing, sources: tuple[Source, ...]
) -> WeightProposal:
    return sealed.seal(
        WeightProposal(
            position_id=model.id,
            from_version=model.version,
            from_digest=digest(model),
            to_version=to_version,
            old=old,
            new={validity.competency: validity.new_weight for validity in found.competencies},
            weighing=found,
            sources=sources,
            made_at=rfc3339(wall_ms()),
        )
    )


async def _position(position: str, data_dir: str | None) -> tuple[PositionModel, set[str]]:
    """The position in force, and the versions of it that are taken."""
    async with store_of(settings_of(data_dir)) as store:
        row = await interviews.find_position(store, position)
        if row is None and position not in builtin():
            stop(f"there is no position {position!r}; `viva admin positions list` shows what there is", code=1)
        if row is None:
            return builtin()[position], set()
        return stored(row.source_yaml), await interviews.versions_of(store, position)


async def _noted(made: WeightProposal, data_dir: str | None) -> None:
    async with store_of(settings_of(data_dir)) as store:
        detail = json.dumps({"from": made.from_version, "to": made.to_version, "digest": made.digest})
        await people.note(store, ACTOR, "proposed_weights", made.position_id, detail)


def approve(file: Path, *, by: str, reason: str, data_dir: str | None) -> str:
    """The new version's number. The position in force must be the one that the proposal was made for."""
    by, reason = responsible(by, reason)
    try:
        with readable():
            made = sealed.from_json(file.read_bytes(), WeightProposal, file.name)
        return asyncio.run(_approved(made, by, reason, data_dir))
    except (SealBroken, PositionMoved, PositionInvalid) as error:
        stop(str(error), code=1)


async def _approved(made: WeightProposal, by: str, reason: str, data_dir: str | None) -> str:
    model, taken = await _position(made.position_id, data_dir)
    changed = applied(model, made)
    if changed.version in taken:
        raise PositionMoved(f"{changed.id} {changed.version} is there already; propose anew")
    async with store_of(settings_of(data_dir)) as store:
        new = position_row(changed)
        # The newest is in force: the old one, where it is only now stored, must be older.
        await interviews.put_position(store, dataclasses.replace(position_row(model), created_at=new.created_at - 1))
        await interviews.put_position(store, new)
        detail = {"from": made.from_version, "to": changed.version, "proposal": made.digest, "reason": reason}
        await people.note(
            store, f"{by} ({ACTOR})", "approved_weights", changed.id, json.dumps(detail, ensure_ascii=False)
        )
    return changed.version
