"""A calibration: maps from the machine's competency scores to the scale of trained people, approved and versioned.

A map is monotone and piecewise linear: it changes no order. It was fitted to double-blind ratings
(``scoring.validity.fitting``), fits one way of scoring only, and is named in every report that it had a part in.
"""

import bisect
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from scoring.aggregate import Estimate
from scoring.bilingual import Bilingual
from scoring.position_model import PositionModel
from scoring.positions import digest
from scoring.report import Engine
from scoring.validity.sealed import Sealed, Source

Reason = Literal["used", "too_few", "no_gain", "no_variance"]


class CompetencyMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``knots``: (machine, people) in points of 100, increasing. Held-out figures, from candidates not used to fit:
    root mean squared errors in points, and the interval of the gain in mean squared error. ``reason`` used: the map
    is applied; otherwise the score stays as it is."""

    competency: str
    candidates: int
    knots: tuple[tuple[float, float], ...]
    error_before: float | None
    error_after: float | None
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    reason: Reason


class Calibration(Sealed, frozen=True, kw_only=True):
    """``scope``: what it was fitted to, see ``scope_of``."""

    kind: Literal["viva.calibration"] = "viva.calibration"
    format: Literal[1] = 1
    position_id: str
    version: str
    scope: str
    raters: tuple[str, ...]
    maps: tuple[CompetencyMap, ...]
    sources: tuple[Source, ...]
    made_at: str

    @property
    def used(self) -> tuple[CompetencyMap, ...]:
        return tuple(one for one in self.maps if one.reason == "used")

    def engine(self) -> Engine:
        """How a report names it."""
        name = f"{self.position_id} {self.version} {self.digest}"
        count = len(self.used)
        notice = Bilingual(
            zh=f"{count} 项能力的分数已按人工评分校准（单调映射，经批准）；各题等级未改动。",
            en=f"The scores of {count} competencies are calibrated to people's ratings (a monotone map, approved); the "
            "levels of single answers are unchanged.",
        )
        return Engine("calibration", name, notice)


def scope_of(model: PositionModel, raters: Sequence[str]) -> str:
    """What a machine score depends on: the position, with the employer's phrases, without version, weights, views and
    hints; and the raters."""
    bare = msgspec.structs.replace(
        model,
        version="",
        views=(),
        pass_hints=(),
        competencies=tuple(msgspec.structs.replace(competency, weight=0.0) for competency in model.competencies),
    )
    return " ".join([digest(bare), *sorted(raters)])


def fits(calibration: Calibration, model: PositionModel, raters: Sequence[str]) -> bool:
    """False: made for another way of scoring, and must not be used."""
    return calibration.scope == scope_of(model, raters)


def calibrated(estimates: Mapping[str, Estimate | None], calibration: Calibration) -> dict[str, Estimate | None]:
    """The estimates on people's scale. Their errors are then what was measured on held-out candidates, not what is
    assumed; an estimate that was less sure than usual stays so."""
    maps = {one.competency: one for one in calibration.used}
    found: dict[str, Estimate | None] = {}
    for name, estimate in estimates.items():
        known = maps.get(name)
        if estimate is None or known is None:
            found[name] = estimate
        else:
            error = max(estimate.error, known.error_after or 0.0)
            found[name] = Estimate(interpolated(known.knots, estimate.value), error)
    return found


def interpolated(knots: Sequence[tuple[float, float]], value: float) -> float:
    """Linear between knots, level beyond them."""
    at = bisect.bisect_right([x for x, _ in knots], value)
    if at == 0:
        return knots[0][1]
    if at == len(knots):
        return knots[-1][1]
    (x0, y0), (x1, y1) = knots[at - 1], knots[at]
    return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
