"""Who stands where among those who applied for the same position. Pure.

*Ranking.* By total, rounded as shown, so that nobody stands before another for a difference that nobody can see. Equal
totals share a place and the next place is skipped (1, 2, 2, 4). The top share takes everybody whose place lies within
it: at the border a tie is inside as a whole.

*Normalising.* Candidates may have been asked different questions and marked by different people. Levels are described
as ``candidate + question + rater`` with random effects (the mixed-model equations of Henderson 1975, solved by
alternating shrunken means), which assumes that candidates came to questions and raters by chance: where one branch
asks the hard questions, its candidates' ability is part of what is taken out. A question's difficulty and a rater's
severity are shrunk by n / (n + 10) toward none, so that a question asked twice moves nobody.
Below 30 candidates nothing is normalised: there the estimate would be noise, and noise is unfair in a way that nobody
can explain.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean

import msgspec

LEAST_CANDIDATES = 30
SHRINK = 10.0
"""So many levels have to say the same before half of an effect is believed."""
SHRINK_CANDIDATE = 1.0
"""Variance within a candidate's levels over the variance between candidates: about as large, in structured interviews.
Above 0, or a rater could never be told from the candidates that only this rater has seen."""
SWEEPS = 60
DEFAULT_TOP_SHARE = 0.2


class Entry(msgspec.Struct, frozen=True):
    """``total`` None: not assessable, which has no place: it is no low score."""

    candidate: str
    total: float | None


class Placed(msgspec.Struct, frozen=True):
    candidate: str
    total: float | None
    place: int | None
    top: bool


class Leaf(msgspec.Struct, frozen=True):
    """One level, BARS 1-5. ``rater`` is a person, or the machine with its version."""

    candidate: str
    question: str
    rater: str
    level: float


class Normalised(msgspec.Struct, frozen=True):
    """``difficulty`` and ``severity`` in BARS steps, above 0 for hard and strict; ``shift``: what is added to a
    candidate's total for both, 0-100. Empty, with the reason, when too few candidates were there."""

    difficulty: dict[str, float]
    severity: dict[str, float]
    shift: dict[str, float]
    refused: str = ""


def place(entries: Sequence[Entry], top_share: float = DEFAULT_TOP_SHARE) -> list[Placed]:
    """Best first; without a place last; within a place by id, which says nothing. ValueError: not a share."""
    if not 0 < top_share <= 1:
        raise ValueError("top_share lies above 0 and at most at 1")
    ranked = sorted((e for e in entries if e.total is not None), key=lambda e: (-_shown(e), e.candidate))
    inside = within(len(ranked), top_share)
    placed: list[Placed] = []
    for index, entry in enumerate(ranked):
        same = bool(placed) and placed[-1].total is not None and _shown(entry) == round(placed[-1].total, 1)
        at = placed[-1].place if same else index + 1
        placed.append(Placed(entry.candidate, entry.total, at, at is not None and at <= inside))
    rest = sorted((e for e in entries if e.total is None), key=lambda e: e.candidate)
    return placed + [Placed(entry.candidate, None, None, False) for entry in rest]


def within(ranked: int, top_share: float) -> int:
    """The last place of the top share: of ten, a fifth ends at 2; of eleven at 3."""
    return math.ceil(top_share * ranked - 1e-9)


def _shown(entry: Entry) -> float:
    return round(entry.total or 0.0, 1)


def normalise(leaves: Sequence[Leaf]) -> Normalised:
    candidates = {leaf.candidate for leaf in leaves}
    if len(candidates) < LEAST_CANDIDATES:
        return Normalised({}, {}, {}, f"{len(candidates)} candidates; {LEAST_CANDIDATES} are needed")
    able = dict.fromkeys(candidates, 0.0)
    hard = dict.fromkeys({leaf.question for leaf in leaves}, 0.0)
    strict = dict.fromkeys({leaf.rater for leaf in leaves}, 0.0)
    mean = fmean(leaf.level for leaf in leaves)
    for _ in range(SWEEPS):
        _fit(
            able,
            leaves,
            lambda x: x.candidate,
            lambda x: x.level - mean + hard[x.question] + strict[x.rater],
            SHRINK_CANDIDATE,
        )
        _fit(hard, leaves, lambda x: x.question, lambda x: mean + able[x.candidate] - strict[x.rater] - x.level, SHRINK)
        _fit(strict, leaves, lambda x: x.rater, lambda x: mean + able[x.candidate] - hard[x.question] - x.level, SHRINK)
    shifts: dict[str, list[float]] = defaultdict(list)
    for leaf in leaves:
        shifts[leaf.candidate].append(hard[leaf.question] + strict[leaf.rater])
    middle = fmean(fmean(found) for found in shifts.values())
    return Normalised(
        {name: round(value, 3) for name, value in sorted(hard.items())},
        {name: round(value, 3) for name, value in sorted(strict.items())},
        {name: round((fmean(found) - middle) * 20, 1) for name, found in sorted(shifts.items())},
    )


def _fit(
    effects: dict[str, float],
    leaves: Sequence[Leaf],
    of: Callable[[Leaf], str],
    rest: Callable[[Leaf], float],
    shrink: float,
) -> None:
    """One step of the alternation: each effect is the shrunken mean of what the others leave over."""
    residuals: dict[str, list[float]] = defaultdict(list)
    for leaf in leaves:
        residuals[of(leaf)].append(rest(leaf))
    for name, found in residuals.items():
        effects[name] = math.fsum(found) / (len(found) + shrink)
