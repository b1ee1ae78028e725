"""Positions as rows, and what of one is asked of one candidate.

YAML that needs no library is stored, so that a report can always be scored again. A version, once stored, is never
changed: another model under the same version is refused, or, where it is Viva's own, kept under a version that says so.
"""

import asyncio
from collections.abc import Collection
from functools import lru_cache
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncConnection

from realtime.protocol.text import Bilingual
from scoring.campaign import questions_for
from scoring.position_model import FEATURES, Feature, PositionModel, Question
from scoring.positions import builtin, digest, examine, self_contained
from server.clock import wall_ms
from server.profiles import Profile
from server.store import interviews
from server.store.interviews import InvitationRow, PositionRow


class VersionTaken(Exception):
    """The version of this position is stored already, with another content."""


def position_row(model: PositionModel, source: str | None = None) -> PositionRow:
    """``source``: the author's own text, where it needs no library."""
    title = Bilingual(zh=model.title.zh, en=model.title.en)
    return PositionRow(model.id, model.version, title, source or self_contained(model), wall_ms(), digest=digest(model))


async def publish(store: AsyncConnection, row: PositionRow) -> PositionRow:
    """Stores a version; storing the same again changes nothing. Raises ``VersionTaken``."""
    there = await interviews.find_position(store, row.id, row.version)
    if there is None:
        await interviews.put_position(store, row)
        return row
    if not _same(there, row):
        raise VersionTaken(f"{row.id} {row.version} is stored already with other content; raise its version")
    return there


async def publish_builtin(store: AsyncConnection, model: PositionModel) -> PositionRow:
    """Stores a position that comes with Viva. After an update of Viva, or of its library, the same version may mean
    something else: it is then kept beside the old one, as ``1.0.0+1a2b3c4d`` (build metadata of semantic versioning).
    """
    there = await interviews.find_position(store, model.id, model.version)
    if there is not None and there.digest == digest(model):
        return there  # as at most starts: nothing needs to be written out
    row = position_row(model)
    if there is None:
        await interviews.put_position(store, row)
        return row
    if _same(there, row):
        return there
    build = row.digest.removeprefix("sha256:")[:8]
    title, source = row.title, row.source_yaml
    own = PositionRow(row.id, f"{row.version}+{build}", title, source, row.created_at, digest=row.digest)
    await interviews.put_position(store, own)
    return await interviews.find_position(store, own.id, own.version) or own


async def publish_all_builtin(store: AsyncConnection) -> None:
    for model in builtin().values():
        await publish_builtin(store, model)


def _same(there: PositionRow, row: PositionRow) -> bool:
    return there.digest == row.digest if there.digest else there.source_yaml == row.source_yaml


async def errors_of(position: PositionRow) -> tuple[str, ...]:
    """What the rules of today say against a stored position: nobody is invited to one that does not pass them."""
    return await asyncio.to_thread(_errors, position.source_yaml)


@lru_cache(maxsize=64)
def _errors(source: str) -> tuple[str, ...]:
    return tuple(str(error) for error in examine(source, file="stored.yaml").errors)


# --------------------------------------------------------------------------- one invitation
def features_of(invitation: InvitationRow, model: PositionModel) -> tuple[Feature, ...]:
    """What this campaign switched on; without a choice, what the position says."""
    if invitation.features is None:
        return model.features
    return as_features(invitation.features.split())


def allowed_by(profile: Profile, features: Collection[Feature]) -> tuple[Feature, ...]:
    """The law of the place goes before the wish of a campaign."""
    law = {"voice": profile.delivery, "expression": profile.face}
    return tuple(feature for feature in features if law.get(feature, "on") in ("on", "consented"))


def as_features(names: Collection[str]) -> tuple[Feature, ...]:
    """In the order in which they are always named. Raises ``ValueError`` for one that is not there."""
    unknown = sorted(set(names) - set(get_args(Feature)))
    if unknown:
        raise ValueError(f"there is no feature {', '.join(unknown)[:120]}; there are {', '.join(FEATURES)}")
    return tuple(feature for feature in FEATURES if feature in names)


def asked_of(invitation: InvitationRow, model: PositionModel) -> tuple[Question, ...]:
    chosen = (invitation.questions or "").split()
    return questions_for(model, features_of(invitation, model), chosen)
