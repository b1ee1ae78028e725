"""The probability that somebody is still here a year after the day they began. For HR alone, as one question among
others: what would keep them?

A logistic regression over five traits. Before an employer has data, its coefficients are a declared *prior*, set so
that two worked examples hold: attendance 100 % and excellent reviews give .95, attendance 80 % and average ones .60.
With data it is the maximum a posteriori around that prior (Gaussian, so few employees move it little), then calibrated
by Platt's scaling (1999) on predictions for people it was not fitted to. What it is worth is measured on held-out
people only: Brier's score (1950) beside that of the base rate, AUC with Hanley and McNeil's interval (1982), and a
table of predicted against observed. Where it is worth nothing, the prior stays, and says so.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from ehr_bridge.canonical import Label
from ehr_bridge.canonical.records import Leave
from ehr_bridge.insight.advice import Advice
from ehr_bridge.insight.lives import Life
from ehr_bridge.insight.shares import Figure, share
from ehr_bridge.insight.traits import NAMES, Traits, traits
from ehr_bridge.rates import Z_95

Floats = NDArray[np.float64]

DAY_MS = 24 * 3_600_000
YEAR_MS = 365 * DAY_MS
LOOK_MS = 90 * DAY_MS
"""Models are trained on what was known 90 days after the first day, and asked at any time."""
NEUTRAL = 0.7
"""In place of what is not known: near the middle of what employers record."""
LEAST_KNOWN = 2
LEAST_PEOPLE = 100
LEAST_LEAVERS = 20
FOLDS = 5
HIGH, LOW = 0.85, 0.70

PRIOR = (-6.4120, 1.6560, 1.1040, 4.4160, 0.5520, 2.2080)
"""Intercept, then ``NAMES``. A person of (.85, .85, 1, .9, .95) has .95; one of (.55, .6, .8, .7, .6) has .60."""
SPREAD = (3.0, 1.5, 1.5, 1.5, 1.5, 1.5)
"""Standard deviations of the prior."""

Band = Literal["high", "middle", "low"]


class CalibrationRow(msgspec.Struct, frozen=True):
    """One fifth of the people, by what was predicted for them."""

    predicted: float
    observed: Figure


class Worth(msgspec.Struct, frozen=True):
    """Of predictions for held-out people. ``brier_of_base_rate``: of always saying the share that stays."""

    people: int
    leavers: int
    brier: float
    brier_of_base_rate: float
    auc: Figure
    table: tuple[CalibrationRow, ...]

    @property
    def useful(self) -> bool:
        better = self.brier < self.brier_of_base_rate
        return better and self.auc.low is not None and self.auc.low > 0.5


class Model(msgspec.Struct, frozen=True):
    """``fitted`` False: the prior, and ``worth`` (if any) says why the data did not replace it."""

    coefficients: tuple[float, ...] = PRIOR
    slope: float = 1.0
    shift: float = 0.0
    fitted: bool = False
    worth: Worth | None = None

    def probability(self, who: Traits) -> float | None:
        """None: too little is known of the person."""
        if who.known < LEAST_KNOWN:
            return None
        z = float(_row(who) @ np.array(self.coefficients))
        return float(_sigmoid(np.array([self.slope * z + self.shift]))[0])


@dataclass(frozen=True, slots=True)
class Observed:
    """One employee whose first year is known."""

    person_id: str
    traits: Traits
    stayed: bool


def observed(lives: Sequence[Life], now_ms: int) -> list[Observed]:
    """Who left of their own will within a year of the first day, and who was still there; others are not known yet.
    People of whom too little was known after 90 days are left out."""
    found = []
    for life in lives:
        hired, left = life.hired_at_ms, life.left_at_ms
        if hired is None:
            continue
        gone = left is not None and left - hired <= YEAR_MS
        if gone and not _resigned(life):
            continue
        if gone or now_ms - hired > YEAR_MS:
            who = traits(life, hired + LOOK_MS)
            if who.known >= LEAST_KNOWN:
                found.append(Observed(life.person_id, who, not gone))
    return found


def _resigned(life: Life) -> bool:
    return life.of(Leave)[-1].cause == "resignation"


def fit(people: Sequence[Observed]) -> Model:
    """The prior, unless there are enough people and the fitted model is of use for those it has not seen."""
    leavers = sum(not each.stayed for each in people)
    if len(people) < LEAST_PEOPLE or leavers < LEAST_LEAVERS or leavers == len(people):
        return Model()
    x = np.stack([_row(each.traits) for each in people])
    y = np.array([float(each.stayed) for each in people])
    folds = np.array([_fold(each.person_id) for each in people])
    held_out = np.empty(len(people))
    for fold in range(FOLDS):
        inside = folds != fold
        held_out[~inside] = x[~inside] @ _map(x[inside], y[inside])
    worth = _worth(_calibrated_by_fold(held_out, y, folds), y)
    if not worth.useful:
        return Model(worth=worth)
    slope, shift = _platt(held_out, y)
    return Model(tuple(_map(x, y).tolist()), slope, shift, True, worth)


def _row(who: Traits) -> Floats:
    values = [getattr(who, name) for name in NAMES]
    return np.array([1.0, *(NEUTRAL if value is None else value for value in values)])


def _fold(person_id: str) -> int:
    """By the person, so that the same data give the same model."""
    return hashlib.sha256(person_id.encode()).digest()[0] % FOLDS


def _sigmoid(z: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -35, 35))))


def _map(x: Floats, y: Floats) -> Floats:
    """Newton's method on the log posterior, which is concave."""
    prior, precision = np.array(PRIOR), 1 / np.square(np.array(SPREAD))
    w = prior.copy()
    for _ in range(50):
        p = _sigmoid(x @ w)
        gradient = x.T @ (y - p) - precision * (w - prior)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        w = w + step
        if float(np.abs(step).max()) < 1e-9:
            break
    return w


def _platt(z: Floats, y: Floats) -> tuple[float, float]:
    """Slope and shift for the logits, held near (1, 0) by a weak prior: a fold without leavers cannot run off."""
    design = np.stack([z, np.ones_like(z)], axis=1)
    w, start = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    for _ in range(50):
        p = _sigmoid(design @ w)
        gradient = design.T @ (y - p) - (w - start)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        w = w + step
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(w[0]), float(w[1])


def _calibrated_by_fold(z: Floats, y: Floats, folds: NDArray[np.int64]) -> Floats:
    """Each fold calibrated by the others: no prediction that is judged has seen its own answer."""
    found = np.empty_like(z)
    for fold in range(FOLDS):
        inside = folds != fold
        slope, shift = _platt(z[inside], y[inside])
        found[~inside] = _sigmoid(slope * z[~inside] + shift)
    return found


def _worth(predicted: Floats, y: Floats) -> Worth:
    base = float(y.mean())
    order = np.argsort(predicted, kind="stable")
    rows = [
        CalibrationRow(float(predicted[part].mean()), share(int(y[part].sum()), len(part)))
        for part in np.array_split(order, FOLDS)
    ]
    return Worth(
        people=len(y),
        leavers=int((1 - y).sum()),
        brier=float(np.square(predicted - y).mean()),
        brier_of_base_rate=base * (1 - base),
        auc=auc(predicted, y),
        table=tuple(rows),
    )


def auc(predicted: Floats, y: Floats) -> Figure:
    """The chance that one who stayed was given more than one who left; ties count half (Mann and Whitney 1947)."""
    stayed, left = predicted[y == 1], predicted[y == 0]
    if not len(stayed) or not len(left):
        return Figure(None, None, None, len(y))
    ranks = np.searchsorted(np.sort(left), stayed, "left") + np.searchsorted(np.sort(left), stayed, "right")
    a = float(ranks.mean()) / (2 * len(left))
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    variance = (a * (1 - a) + (len(stayed) - 1) * (q1 - a * a) + (len(left) - 1) * (q2 - a * a)) / (
        len(stayed) * len(left)
    )
    error = Z_95 * math.sqrt(max(0.0, variance))
    return Figure(a, max(0.0, a - error), min(1.0, a + error), len(y))


def band(probability: float) -> Band:
    return "high" if probability >= HIGH else "low" if probability < LOW else "middle"


ADVICE: dict[Band, Label] = {
    "high": Label("重点培养，为其成为核心人才创造机会。", "Invest in them: opportunities to grow into a key role."),
    "middle": Label("保持沟通，了解其发展意愿。", "Keep talking; learn where they would like to go."),
    "low": Label(
        "加强沟通，了解其需求；可考虑调整岗位或改善待遇。",
        "Talk soon, learn what they need; another post or better terms may help.",
    ),
}


def advice(life: Life, who: Traits, probability: float) -> Advice:
    """A strategy for HR, with the traits it rests on. Never shown to others, never an input of a score."""
    which = band(probability)
    return Advice(f"retention_{which}", life.person_id, ADVICE[which], who.inputs)
