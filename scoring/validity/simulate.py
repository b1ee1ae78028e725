"""Made-up trials with known truth: for tests, for documentation, and to ask how many candidates a trial needs.

Every candidate has a true level on each competency; each rater sees it with noise and a severity of their own, the
machine with noise, a shift and, if wanted, a further shift for one group. Nothing of this is data about anybody.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from scoring.validity import agreement
from scoring.validity.intervals import Floats, wilson
from scoring.validity.kappa import cohen
from scoring.validity.ratings import MACHINE, Rating
from scoring.validity.trial import MAX_SMD, MIN_CONSISTENCY, MIN_CONSISTENCY_LOW, MIN_KAPPA

GROUPS = ("A", "B")


class Population(msgspec.Struct, frozen=True):
    """``reliability``: share of one rater's variance that is true (.44 for separate interviewers, .74 for a panel:
    Huffcutt et al. 2013). ``machine_noise`` and ``machine_shift`` in levels; ``machine_spread`` below 1: it avoids the
    ends. ``halo``: correlation of the true levels of two competencies. ``group_shift``: added for group B only."""

    competencies: tuple[str, ...] = ("communication", "risk_awareness")
    raters: int = 2
    reliability: float = 0.74
    severity_sd: float = 0.1
    mean: float = 3.2
    sd: float = 0.9
    halo: float = 0.5
    machine_noise: float = 0.35
    machine_shift: float = 0.0
    machine_spread: float = 1.0
    group_shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Made:
    """A ``RatingSource`` of made-up ratings. Arrays: ``truth`` and ``machine`` (candidates, competencies), ``people``
    (candidates, competencies, raters), ``in_b`` (candidates,)."""

    population: Population
    truth: Floats
    machine: Floats
    people: Floats
    in_b: Floats

    def candidates(self) -> list[str]:
        return [f"c{index:04d}" for index in range(len(self.truth))]

    def ratings(self) -> Sequence[Rating]:
        found = []
        for row, candidate in enumerate(self.candidates()):
            for column, competency in enumerate(self.population.competencies):
                found.append(Rating(candidate, competency, MACHINE, float(self.machine[row, column])))
                for rater, level in enumerate(self.people[row, column].tolist(), start=1):
                    found.append(Rating(candidate, competency, f"human{rater}", level))
        return found

    def attributes(self) -> Mapping[str, Mapping[str, str]]:
        groups = self.in_b.astype(int).tolist()
        return {name: {"group_made": GROUPS[group]} for name, group in zip(self.candidates(), groups, strict=True)}


def make(population: Population, candidates: int, seed: int) -> Made:
    """The same seed, the same trial."""
    p = population
    generator = np.random.default_rng(seed)
    shape = (candidates, len(p.competencies))
    common = generator.normal(size=(candidates, 1))
    own = generator.normal(size=shape)
    truth = p.mean + p.sd * (math.sqrt(p.halo) * common + math.sqrt(1 - p.halo) * own)
    noise_sd = p.sd * math.sqrt((1 - p.reliability) / p.reliability)
    severity = generator.normal(0, p.severity_sd, size=p.raters)
    seen = truth[..., None] + severity + generator.normal(0, noise_sd, size=(*shape, p.raters))
    in_b = (generator.random(candidates) < 0.5).astype(np.float64)
    machine = p.mean + p.machine_spread * (truth - p.mean) + p.machine_shift + p.group_shift * in_b[:, None]
    machine = machine + generator.normal(0, p.machine_noise, size=shape)
    return Made(p, truth, np.round(np.clip(machine, 1, 5) * 200) / 200, agreement.to_levels(seen), in_b)


def consistency_power(true_share: float, candidates: int) -> float:
    """Probability that a trial of one competency passes (.80 and lower Wilson bound .75) if the true consistency is
    ``true_share``: an exact binomial tail."""
    least = next((hits for hits in range(candidates + 1) if _passes(hits, candidates)), candidates + 1)
    return math.fsum(_binomial(hits, candidates, true_share) for hits in range(least, candidates + 1))


def _passes(hits: int, n: int) -> bool:
    low = wilson(hits, n).low
    return hits / n >= MIN_CONSISTENCY - 1e-12 and low is not None and low >= MIN_CONSISTENCY_LOW - 1e-12


def _binomial(hits: int, n: int, p: float) -> float:
    if p in (0.0, 1.0):
        return float(hits == n * p)
    ways = math.lgamma(n + 1) - math.lgamma(hits + 1) - math.lgamma(n - hits + 1)
    return math.exp(ways + hits * math.log(p) + (n - hits) * math.log1p(-p))


def candidates_needed(true_share: float, power: float = 0.8, most: int = 2000, step: int = 10) -> int | None:
    """The smallest multiple of ``step`` from which on every trial has that power (it rises in teeth); None above
    ``most``."""
    needed = None
    for n in range(step, most + 1, step):
        if consistency_power(true_share, n) < power:
            needed = None
        elif needed is None:
            needed = n
    return needed


class GatePower(msgspec.Struct, frozen=True):
    """Shares of simulated trials: of one competency that pass each gate, and of all competencies that pass all.
    ``consistency``: the mean that this population has."""

    candidates: int
    consistency: float
    consistency_gates: float
    kappa_gate: float
    smd_gate: float
    everything: float


def gate_power(population: Population, candidates: int, repetitions: int = 200, seed: int = 1) -> GatePower:
    """By simulation, with raters as they are: their noise counts against the machine as it does in life."""
    shares: list[float] = []
    gates: list[list[tuple[bool, bool, bool]]] = []
    for repetition in range(repetitions):
        made = make(population, candidates, seed * 100_003 + repetition)
        trial = []
        for column in range(len(population.competencies)):
            machine, people = made.machine[:, column], made.people[:, column]
            mean = people.mean(axis=1)
            hits = float(agreement.consistent(machine, mean).sum())
            shares.append(hits / candidates)
            shift = abs(float(agreement.smd(machine, mean)[0]))
            trial.append((_passes(int(hits), candidates), _kappa(machine, people) >= MIN_KAPPA, shift <= MAX_SMD))
        gates.append(trial)
    each = np.array(gates)
    by_gate = each.mean(axis=(0, 1)).tolist()
    everything = float(each.all(axis=(1, 2)).mean())
    return GatePower(candidates, float(np.mean(shares)), by_gate[0], by_gate[1], by_gate[2], everything)


def _kappa(machine: Floats, people: Floats) -> float:
    table = np.zeros((5, 5))
    first = agreement.to_levels(machine).astype(int) - 1
    for rater in range(people.shape[1]):
        np.add.at(table, (first, people[:, rater].astype(int) - 1), 1.0)
    return float(cohen(table))
