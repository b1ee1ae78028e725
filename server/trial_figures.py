"""The figures of a trial: what was counted, compared and asked, judged against the gates."""

import asyncio
import hashlib
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.acceptance import uptime as minutes
from scoring.acceptance.checks import Check, conflicts, integrated
from scoring.acceptance.configuration import Change, changes
from scoring.acceptance.questionnaire import GROUPS, Answered, Group, replies
from scoring.validity.ratings import Pairing, Together, pair
from scoring.validity.readiness import Counted, Function, Readiness, assess
from scoring.validity.satisfaction import GroupSatisfaction, satisfaction
from scoring.validity.trial import NothingToCompare, Trial, run
from server.settings import Settings
from server.store import calibrations, culture, interviews, trials, uptime
from server.validity.stored import ReportedRatings, ScorecardRatings, cards_of, current_reports


@dataclass(frozen=True, slots=True)
class Figures:
    """``answered``: persons by group in the newest round. ``seen``: raters whose cards were not blind and are left
    out."""

    readiness: Readiness
    uptime: minutes.Uptime
    satisfaction: tuple[GroupSatisfaction, ...]
    trial: Trial | None
    seen: int
    checks: list[Check]
    answered: dict[str, int]
    changes: tuple[Change, ...]


async def figures(
    store: AsyncConnection, settings: Settings, trial: trials.TrialRow, synced: Counted | None, now_ms: int
) -> Figures:
    """As of now, or of the moment in which the trial was decided."""
    until = trial.ended_at or now_ms
    pairing, seen = await _paired(store, trial)
    made = await trials.checks(store, trial.id)
    given = await trials.answers(store, trial.id)
    up = minutes.uptime(await uptime.hours(store, trial.started_at, until), trial.started_at, until)
    groups = satisfaction(replies(given))
    # Thousands of resamples are counted beside the loop that live interviews share.
    compared = await asyncio.to_thread(_compared, pairing, trial.plan)
    function = Function(
        synced=synced,
        conflicts=conflicts(made),
        integrated=integrated(made, trial.plan.interfaces),
        up=Counted(up.up, up.of) if up.of else None,
    )
    return Figures(
        readiness=assess(function, compared, groups),
        uptime=up,
        satisfaction=groups,
        trial=compared,
        seen=seen,
        checks=made,
        answered=_counted(given, trial.round),
        changes=changes(trial.configuration, await configuration(store, settings, trial.position_id)),
    )


async def _paired(store: AsyncConnection, trial: trials.TrialRow) -> tuple[Pairing, int]:
    ids = {subject.interview_id for subject in await trials.subjects(store, trial.id)}
    found, _ = await current_reports(store, trial.position_id, f"trial {trial.id}")
    own = [one for one in found if one.interview_id in ids]
    cards = ScorecardRatings(await cards_of(store, [one.interview_id for one in own]))
    sources = Together((ReportedRatings(own), cards))
    return pair(sources.ratings(), trial.plan.each), cards.seen


def _compared(pairing: Pairing, plan: trials.Plan) -> Trial | None:
    try:
        return run(pairing, pass_mark=plan.pass_mark, min_raters=plan.each)
    except NothingToCompare:
        return None


def _counted(given: list[tuple[str, Group, int, Answered]], round_: int) -> dict[str, int]:
    return {group: sum(own == group and at == round_ for _, own, at, _ in given) for group in GROUPS}


async def configuration(store: AsyncConnection, settings: Settings, position_id: str) -> dict[str, str]:
    """What a trial is about, by name: another version of any of it is another system."""
    position = await interviews.find_position(store, position_id)
    calibration = await calibrations.in_force(store, position_id)
    phrases = await culture.newest_culture(store, settings.employer.zh, settings.employer.en)
    named = {
        "viva": version("viva"),
        "profile": settings.profile,
        "raters": settings.raters,
        "media_policy": settings.media_policy,
        "top_percent": str(settings.top_percent),
        "employer": settings.employer.zh,
    }
    if position is not None:
        named["position"] = f"{position.version} {position.digest[:19]}".strip()
    if calibration is not None:
        named["calibration"] = calibration.version
    if phrases is not None:
        named["culture"] = str(phrases.version)
    return named


def pseudonym(secret: str, trial_id: str, person: str) -> str:
    """Says whether somebody has answered, and not who answered what to whoever reads the table without the secret."""
    return hashlib.blake2b(f"{trial_id}\n{person}".encode(), key=secret.encode()[:64], digest_size=32).hexdigest()
