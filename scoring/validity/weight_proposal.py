"""A proposal of new weights for a position, and the position that follows when somebody approves it."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from scoring.position_model import PositionModel, View
from scoring.positions import digest, parse, self_contained
from scoring.validity.sealed import Sealed, Source
from scoring.validity.weighing import Weighing


class WeightProposal(Sealed, frozen=True, kw_only=True):
    """Everything somebody needs who has to decide. It changes nothing by itself."""

    kind: Literal["viva.weight_proposal"] = "viva.weight_proposal"
    format: Literal[1] = 1
    position_id: str
    from_version: str
    from_digest: str
    to_version: str
    old: dict[str, float]
    new: dict[str, float]
    weighing: Weighing
    sources: tuple[Source, ...]
    made_at: str


class PositionMoved(Exception):
    """The position is no longer what the proposal was made for."""

    code = "position_moved"
    retry = False
    fault = "client"


def next_version(version: str) -> str:
    """The last number raised: weights are no change of meaning."""
    first, _, last = version.rpartition(".")
    return f"{first}.{int(last) + 1}"


def applied(model: PositionModel, proposal: WeightProposal) -> PositionModel:
    """The position with the proposed weights, in its next version; the old one is untouched. Parts of views whose
    weights were those of the competencies follow. PositionMoved; PositionInvalid if the rules refuse it."""
    if (model.id, model.version, digest(model)) != (proposal.position_id, proposal.from_version, proposal.from_digest):
        raise PositionMoved(
            f"the proposal is for {proposal.position_id} {proposal.from_version}, the position in force is {model.id} "
            f"{model.version}; propose anew"
        )
    changed = msgspec.structs.replace(
        model,
        version=proposal.to_version,
        competencies=tuple(
            msgspec.structs.replace(competency, weight=proposal.new[competency.id]) for competency in model.competencies
        ),
        views=tuple(_view(view, proposal.old, proposal.new) for view in model.views),
    )
    return parse(self_contained(changed), file=f"{model.id} {proposal.to_version}")


def _view(view: View, old: Mapping[str, float], new: Mapping[str, float]) -> View:
    parts = tuple(
        msgspec.structs.replace(part, weights={name: new[name] for name in part.weights})
        if len(part.weights) > 1 and all(old.get(name) == weight for name, weight in part.weights.items())
        else part
        for part in view.parts
    )
    return msgspec.structs.replace(view, parts=parts)
