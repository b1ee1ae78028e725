"""A sealed proposal, and the next version of a position."""

import msgspec
import pytest

from scoring.positions import PositionInvalid, builtin, digest
from scoring.validity import sealed
from scoring.validity.intervals import Interval
from scoring.validity.sealed import SealBroken, Source
from scoring.validity.weighing import Weighing
from scoring.validity.weight_proposal import PositionMoved, WeightProposal, applied, next_version

MODEL = builtin()["client_manager"]
OLD = {competency.id: competency.weight for competency in MODEL.competencies}
NEW = {**OLD, "communication": OLD["communication"] + 4, "teamwork": OLD["teamwork"] - 4}


def _proposal(**changes: object) -> WeightProposal:
    made = WeightProposal(
        position_id=MODEL.id,
        from_version=MODEL.version,
        from_digest=digest(MODEL),
        to_version=next_version(MODEL.version),
        old=OLD,
        new=NEW,
        weighing=Weighing(120, "", Interval(0.3, 0.1, 0.5, "fisher_z"), (), 0.01, 0.3, 0.35, Interval(0.05), None),
        sources=(Source("performance.csv", "00"),),
        made_at="2026-03-02T01:30:00.000Z",
    )
    return sealed.seal(msgspec.structs.replace(made, **changes))


def test_the_next_version_has_the_new_weights_and_the_old_one_is_untouched() -> None:
    changed = applied(MODEL, _proposal())
    assert changed.version == next_version(MODEL.version) != MODEL.version
    assert {competency.id: competency.weight for competency in changed.competencies} == NEW
    assert {competency.id: competency.weight for competency in MODEL.competencies} == OLD
    assert changed.questions == MODEL.questions


def test_views_that_showed_the_weights_follow_and_others_do_not() -> None:
    before = {(view.id, part.id): part.weights for view in MODEL.views for part in view.parts}
    changed = applied(MODEL, _proposal())
    for view in changed.views:
        for part in view.parts:
            old = before[view.id, part.id]
            followed = len(old) > 1 and all(OLD[name] == weight for name, weight in old.items())
            assert part.weights == ({name: NEW[name] for name in old} if followed else old)
    general = next(
        part for view in changed.views if view.id == "dimensions" for part in view.parts if part.id == "general"
    )
    assert general.weights["communication"] == NEW["communication"]


def test_a_position_that_has_changed_since_is_refused() -> None:
    with pytest.raises(PositionMoved, match="propose anew"):
        applied(MODEL, _proposal(from_digest="sha256:0"))
    with pytest.raises(PositionMoved, match="propose anew"):
        applied(MODEL, _proposal(from_version="0.9.0"))


def test_weights_that_break_the_rules_are_refused() -> None:
    with pytest.raises(PositionInvalid, match="weights"):
        applied(MODEL, _proposal(new={**OLD, "communication": 50.0}))


def test_a_file_that_was_changed_is_not_the_one_that_was_made() -> None:
    data = sealed.to_json(_proposal())
    assert sealed.from_json(data, WeightProposal, "p.json") == _proposal()
    with pytest.raises(SealBroken, match=r"p\.json: was changed after it was made"):
        sealed.from_json(data.replace(b"0.35", b"0.95"), WeightProposal, "p.json")
    for broken in (b"", b"{}", b"\xff", data.replace(b"weight_proposal", b"other")):
        with pytest.raises(SealBroken, match=r"p\.json: not a WeightProposal"):
            sealed.from_json(broken, WeightProposal, "p.json")


def test_versions() -> None:
    assert [next_version(v) for v in ("1.1.0", "2.0.9")] == ["1.1.1", "2.0.10"]
