"""Everything that a trial is judged by, from a store with interviews, cards, checks, answers and minutes in it."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from scoring.acceptance.checks import FUNCTIONS, Check
from scoring.acceptance.questionnaire import GROUPS, LEAST_PERSONS, Answered, items
from scoring.acceptance.uptime import MINUTE_MS
from scoring.panel import Mark, Scorecard
from scoring.report import Report
from scoring.validity.readiness import Counted
from server import settings as configuration
from server import trial_figures
from server.administration import store_of
from server.store import scorecards, trials, uptime

COMPETENCIES = ("communication", "compliance")
CANDIDATES = 16
MINUTES = 120
BEGAN, NOW = 0, MINUTES * MINUTE_MS
ALL_SYNCED = Counted(1500, 1500)


def _trial(**changes: Any) -> trials.TrialRow:
    plan = trials.Plan(("li.na", "wang.wei"), 2, interfaces=("odoo",))
    row = trials.TrialRow("tr_1", "校招试用", "client_manager", plan, {"viva": "0"}, 1, "han", BEGAN)
    return msgspec.structs.replace(row, **changes) if changes else row


@pytest.fixture
def figures(viva: Any, stored: Callable[[list[Report]], list[str]]) -> Callable[..., trial_figures.Figures]:
    """Of a trial that 20 candidates, two raters, all checks and five people each have gone through; ``away`` names
    what is left out."""
    from tests.server.validity.conftest import report_with  # a fixture's module, not one of ours

    def made(away: str = "", apart: bool = False, synced: Counted | None = ALL_SYNCED) -> trial_figures.Figures:
        levels = [1 + number % 5 for number in range(CANDIDATES)]
        found = stored([report_with(dict.fromkeys(COMPETENCIES, level * 20.0)) for level in levels])
        return asyncio.run(_figures(found, levels, away, apart, synced))

    return made


async def _figures(
    ids: list[str], levels: list[int], away: str, apart: bool, synced: Counted | None
) -> trial_figures.Figures:
    trial = _trial()
    async with store_of(configuration.load()) as store:
        await trials.add(store, trial)
        await trials.include(store, trial.id, ids, NOW)
        for interview, level in zip(ids, levels, strict=True):
            given = 6 - level if apart else level
            marks = tuple(Mark(name, given, "") for name in COMPETENCIES)
            for rater in trial.plan.raters if "cards" not in away else ():
                version = await scorecards.save_draft(store, interview, rater, Scorecard(marks))
                await scorecards.submit(store, interview, rater, version, blind=True)
        if "checks" not in away:
            for name in FUNCTIONS:
                await trials.check(store, trial.id, Check("function", name, "works", "", "han", NOW))
            await trials.check(store, trial.id, Check("interface", "odoo", "works", "", "han", NOW))
        for group in GROUPS:
            for number in range(LEAST_PERSONS - ("answers" in away)):
                answered = Answered({item.id: 5 for item in items(group)})
                await trials.put_answers(store, trial, f"{group}{number}", group, answered, NOW)
        for minute in range(MINUTES if "minutes" not in away else MINUTES - 2):
            await uptime.mark(store, minute * MINUTE_MS)
        return await trial_figures.figures(store, configuration.load(), trial, synced, NOW)


def _missed(found: trial_figures.Figures) -> set[str]:
    return {gate.code for gate in found.readiness.gates if gate.verdict != "met"}


def test_when_everything_is_there_it_is_a_go(figures: Callable[..., trial_figures.Figures]) -> None:
    found = figures()
    assert _missed(found) == set()
    assert found.readiness.go
    assert found.trial is not None
    assert (found.trial.candidates, found.seen) == (CANDIDATES, 0)
    assert (found.uptime.up, found.uptime.of) == (MINUTES, MINUTES)
    assert found.answered == {"hr": 5, "candidate": 5}
    assert {change.name for change in found.changes} >= {"viva", "profile"}


def test_what_is_not_there_is_no_go(figures: Callable[..., trial_figures.Figures]) -> None:
    found = figures(away="cards checks answers minutes", synced=None)
    assert _missed(found) == {"consistency", "conflicts", "integrated", "satisfied", "uptime", "synced"}
    assert found.trial is None
    assert found.satisfaction == ()


def test_people_who_see_it_otherwise_are_no_go(figures: Callable[..., trial_figures.Figures]) -> None:
    assert _missed(figures(apart=True, synced=Counted(99, 100))) == {"consistency", "synced"}


def test_a_pseudonym_is_one_persons_in_one_trial() -> None:
    names = [trial_figures.pseudonym(s, t, p) for s in ("a", "b") for t in ("1", "2") for p in ("x", "y")]
    assert len(set(names)) == 8
    assert names[0] == trial_figures.pseudonym("a", "1", "x")
