"""A double-blind trial: the same candidates rated by the machine and by people who do not see each other.

Consistency, the figure that a trial's 80 % is about: the share of candidates whose machine score and mean human score,
both rounded to half a BARS step, lie at most half a step apart. Passed: at least .80 *and* a lower Wilson bound of at
least .75. Everything else are gates beside it and figures to read. *Overall* is the mean over competencies, not the
pooled share; its intervals resample candidates, whose competencies stay together.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np

from scoring.validity import agreement, coefficients
from scoring.validity.agreement import Limits
from scoring.validity.coefficients import Coefficients, Material
from scoring.validity.intervals import SEED, TIMES, Floats, Interval, bootstrap, mean_of, resamples
from scoring.validity.kappa import cohen
from scoring.validity.ratings import Paired, Pairing

Verdict = Literal["met", "missed", "undetermined"]

MIN_CONSISTENCY = 0.80
MIN_CONSISTENCY_LOW = 0.75
MIN_KAPPA = 0.70
"""Quadratic; this, the largest drop below people and both SMD limits: Williamson, Xi & Breyer 2012."""
MAX_KAPPA_DROP = 0.10
MAX_SMD = 0.15
MAX_GROUP_SMD = 0.10
MIN_CANDIDATES = 200
MIN_GROUP = 30
"""A smaller group's difference is mostly noise: it is shown, and decides nothing."""
PASS_MARK = 3.0
OVERALL = ""


class Gate(msgspec.Struct, frozen=True):
    """``required``: a least value, or a largest one for differences. ``about``: the group, for ``group_smd``."""

    code: str
    required: float
    value: float | None
    verdict: Verdict
    about: str = ""


class Decision(msgspec.Struct, frozen=True):
    """Pass or fail at ``mark``. ``agreement`` looks good wherever nearly everybody passes; kappa does not."""

    mark: float
    base_rate: float
    machine_rate: float
    agreement: Interval
    kappa: Interval


class GroupShift(msgspec.Struct, frozen=True):
    """How far the machine lies above people in one group, in standard deviations, mean over competencies."""

    attribute: str
    value: str
    candidates: int
    smd: Interval


class Result(msgspec.Struct, frozen=True):
    """One competency, or all (``competency`` empty). ``people``: how people agree with each other; None with one
    rater each. ``limits`` and ``decision``: None for the mean over competencies."""

    competency: str
    candidates: int
    machine: Coefficients
    people: Coefficients | None
    limits: Limits | None
    decision: Decision | None
    gates: tuple[Gate, ...]

    @property
    def consistent(self) -> bool:
        """The 80 % of the trial."""
        wanted = [gate for gate in self.gates if gate.code in ("consistency", "consistency_low")]
        return all(gate.verdict == "met" for gate in wanted)


class Trial(msgspec.Struct, frozen=True):
    """``left_out`` counts what could not be paired. ``humans_disagree``: competencies (empty: overall) in which people
    are less consistent with each other than the machine is asked to be with them; a report of the trial must say so."""

    candidates: int
    min_raters: int
    results: tuple[Result, ...]
    overall: Result
    groups: tuple[GroupShift, ...]
    left_out: dict[str, int]
    humans_disagree: tuple[str, ...]
    resamples: int = TIMES
    seed: int = SEED

    @property
    def passed(self) -> bool:
        return all(result.consistent for result in (*self.results, self.overall))


class NothingToCompare(Exception):
    """No candidate has a machine score and enough human ones."""

    code = "nothing_to_compare"
    retry = False
    fault = "client"


def run(
    pairing: Pairing,
    attributes: Mapping[str, Mapping[str, str]] | None = None,
    *,
    pass_mark: float = PASS_MARK,
    min_raters: int = 2,
    times: int = TIMES,
    seed: int = SEED,
) -> Trial:
    """Every figure of the trial. NothingToCompare if there is none."""
    if not pairing.competencies:
        raise NothingToCompare(f"no candidate has a machine score and {min_raters} human ones on a competency")
    everyone = pairing.candidates
    weights = resamples(len(everyone), times, seed)
    at = {candidate: index for index, candidate in enumerate(everyone)}
    materials = [
        coefficients.material(paired, np.array([at[c] for c in paired.candidates])) for paired in pairing.competencies
    ]
    results = tuple(
        _result(paired, material, weights, pass_mark)
        for paired, material in zip(pairing.competencies, materials, strict=True)
    )
    groups = _groups(pairing, attributes or {}, materials, everyone, weights)
    overall = _overall(results, materials, weights, groups)
    return Trial(
        candidates=len(everyone),
        min_raters=min_raters,
        results=results,
        overall=overall,
        groups=groups,
        left_out=dict(pairing.left_out),
        humans_disagree=tuple(r.competency for r in (*results, overall) if _people_below(r)),
        resamples=times,
        seed=seed,
    )


def _people_below(result: Result) -> bool:
    value = result.people.consistency.value if result.people else None
    return value is not None and value < MIN_CONSISTENCY


def _result(paired: Paired, material: Material, weights: Floats, mark: float) -> Result:
    machine = coefficients.machine(material, weights)
    people = coefficients.people(material, weights)
    count = len(paired.candidates)
    return Result(
        competency=paired.competency,
        candidates=count,
        machine=machine,
        people=people,
        limits=agreement.bland_altman(paired.machine, paired.mean) if count >= 3 else None,
        decision=_decision(paired, material, weights, mark),
        gates=_gates(count, machine, people),
    )


def _decision(paired: Paired, material: Material, weights: Floats, mark: float) -> Decision:
    machine, human = paired.machine >= mark - 1e-9, paired.mean >= mark - 1e-9
    cells = np.zeros((len(machine), 2, 2))
    cells[np.arange(len(machine)), machine.astype(int), human.astype(int)] = 1
    return Decision(
        mark=mark,
        base_rate=float(human.mean()),
        machine_rate=float(machine.mean()),
        agreement=agreement.share((machine == human).astype(np.float64)),
        kappa=bootstrap(material.of_tables(cells, lambda table: cohen(table, "plain")), weights),
    )


def _overall(
    results: tuple[Result, ...], materials: list[Material], weights: Floats, groups: tuple[GroupShift, ...]
) -> Result:
    machine = coefficients.mean_machine(materials, weights)
    people = coefficients.mean_people(materials, weights)
    fewest = min(result.candidates for result in results)
    return Result(
        competency=OVERALL,
        candidates=weights.shape[1],
        machine=machine,
        people=people,
        limits=None,
        decision=None,
        gates=(*_gates(fewest, machine, people), *(_group_gate(group) for group in groups)),
    )


def _gates(candidates: int, machine: Coefficients, people: Coefficients | None) -> tuple[Gate, ...]:
    kappa = machine.kappa_quadratic.value
    between = people.kappa_quadratic.value if people else None
    least = None if between is None else between - MAX_KAPPA_DROP
    size = abs(machine.smd.value) if machine.smd.value is not None else None
    return (
        _at_least("candidates", MIN_CANDIDATES, float(candidates)),
        _at_least("consistency", MIN_CONSISTENCY, machine.consistency.value),
        _at_least("consistency_low", MIN_CONSISTENCY_LOW, machine.consistency.low),
        _at_least("kappa", MIN_KAPPA, kappa),
        Gate("kappa_drop", 0.0, None, "undetermined") if least is None else _at_least("kappa_drop", least, kappa),
        _at_most("smd", MAX_SMD, size),
    )


def _at_least(code: str, required: float, value: float | None) -> Gate:
    if value is None:
        return Gate(code, required, None, "undetermined")
    return Gate(code, required, value, "met" if value >= required - 1e-12 else "missed")


def _at_most(code: str, required: float, value: float | None, about: str = "") -> Gate:
    if value is None:
        return Gate(code, required, None, "undetermined", about)
    return Gate(code, required, value, "met" if value <= required + 1e-12 else "missed", about)


def _group_gate(group: GroupShift) -> Gate:
    enough = group.candidates >= MIN_GROUP and group.smd.value is not None
    size = abs(group.smd.value) if enough and group.smd.value is not None else None
    return _at_most("group_smd", MAX_GROUP_SMD, size, f"{group.attribute}={group.value}")


def _groups(
    pairing: Pairing,
    attributes: Mapping[str, Mapping[str, str]],
    materials: list[Material],
    everyone: tuple[str, ...],
    weights: Floats,
) -> tuple[GroupShift, ...]:
    kinds = sorted({(name, value) for known in attributes.values() for name, value in known.items()})
    shifts = []
    for name, value in kinds:
        inside = np.array([attributes.get(c, {}).get(name) == value for c in everyone])
        if not inside.any():
            continue
        shift = bootstrap(mean_of([material.within(inside) for material in materials]), weights)
        shifts.append(GroupShift(name, value, int(inside.sum()), shift))
    return tuple(shifts)
