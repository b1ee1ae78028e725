"""Who rates which interview in a double-blind trial: balanced, by lot, and never moved once given.

The design is an incomplete block design made greedily: every interview gets ``each`` raters, no rater's load differs by
more than one from another's as long as nobody is excluded, and raters meet each other about equally often, so that
human–human agreement rests on all pairs and not on one. Among equals a seeded lot decides; the same input gives the
same assignment.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations


class TooFewRaters(Exception):
    """``interview``: the one that could not get its raters."""

    code = "trial_raters_few"
    retry = False
    fault = "client"

    def __init__(self, interview: str, needed: int, free: int) -> None:
        super().__init__(f"{needed} raters are needed for every interview and {free} may rate this one")
        self.interview = interview


def assign(
    interviews: Sequence[str],
    raters: Sequence[str],
    each: int,
    seed: str,
    given: Mapping[str, Collection[str]] | None = None,
    excluded: Mapping[str, Collection[str]] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Raters by interview, sorted, for every interview that has not enough of them yet.

    ``given``: who rates what already, in or out of ``interviews``; it stays and counts. ``excluded``: who must not rate
    an interview, because they held it or know the candidate. TooFewRaters; ValueError for ``each`` below 1.
    """
    if each < 1:
        raise ValueError(f"each is {each}: an interview needs at least one rater")
    load = dict.fromkeys(raters, 0)
    met = dict.fromkeys(combinations(sorted(load), 2), 0)
    for panel in (given or {}).values():
        _count(load, met, panel)
    order = sorted(interviews)
    lot = random.Random(seed)
    lot.shuffle(order)
    made = {}
    for interview in order:
        panel = set((given or {}).get(interview, ()))
        before = len(panel)
        while len(panel) < each:
            barred = panel | set((excluded or {}).get(interview, ()))
            free = [rater for rater in load if rater not in barred]
            if not free:
                raise TooFewRaters(interview, each, len(panel & load.keys()))
            chosen = min(free, key=lambda rater: (load[rater], _meetings(met, rater, panel), lot.random()))
            _count(load, met, (chosen,), with_=panel)
            panel.add(chosen)
        if len(panel) > before:
            made[interview] = tuple(sorted(panel))
    return made


def _meetings(met: Mapping[tuple[str, str], int], rater: str, panel: Collection[str]) -> int:
    return sum(met.get(_pair(rater, other), 0) for other in panel)


def _count(
    load: dict[str, int], met: dict[tuple[str, str], int], new: Collection[str], with_: Collection[str] = ()
) -> None:
    """People who rate no longer count no more: they are not in ``load``."""
    for rater in load.keys() & set(new):
        load[rater] += 1
    for one, other in [*combinations(sorted(new), 2), *((a, b) for a in new for b in with_)]:
        pair = _pair(one, other)
        if pair in met:
            met[pair] += 1


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
