"""Go only when every gate of every phase is met by figures."""

import msgspec
import pytest

from scoring.validity.ratings import pair
from scoring.validity.readiness import Counted, Function, Readiness, assess
from scoring.validity.readiness_report import document
from scoring.validity.satisfaction import Reply, satisfaction
from scoring.validity.simulate import Population, make
from scoring.validity.trial import run

TRIAL = run(pair(make(Population(reliability=0.97, machine_noise=0.15), 210, 3).ratings()), times=20)
GROUPS = satisfaction([Reply(f"p{i}", "HR", "ease", 5 if i < 92 else 2) for i in range(100)])
GOOD = Function(Counted(1498, 1500), Counted(1, 120), Counted(19, 20), Counted(43_190, 43_200))


def _verdict(readiness: Readiness, code: str) -> str:
    return next(gate.verdict for gate in readiness.gates if gate.code == code)


def test_all_met_is_go() -> None:
    found = assess(GOOD, TRIAL, GROUPS)
    assert found.go
    assert {gate.phase for gate in found.gates} == {"function", "accuracy", "experience"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"synced": Counted(99, 100)}, "synced"),  # 99 % of a hundred does not show 99 %
        ({"synced": Counted(1480, 1500)}, "synced"),
        ({"conflicts": Counted(2, 120)}, "conflicts"),
        ({"integrated": Counted(18, 20)}, "integrated"),
        ({"up": Counted(43_156, 43_200)}, "uptime"),
    ],
)
def test_one_missed_is_no_go(changed: dict[str, Counted], code: str) -> None:
    found = assess(msgspec.structs.replace(GOOD, **changed), TRIAL, GROUPS)
    assert not found.go
    assert _verdict(found, code) == "missed"


def test_no_figures_is_no_go() -> None:
    for found in (assess(Function(), TRIAL, GROUPS), assess(GOOD, None, GROUPS), assess(GOOD, TRIAL, ())):
        assert not found.go
        assert "undetermined" in {gate.verdict for gate in found.gates}


def test_a_failed_trial_and_an_unhappy_group() -> None:
    bad = run(pair(make(Population(machine_noise=1.5), 60, 1).ratings()), times=20)
    assert _verdict(assess(GOOD, bad, GROUPS), "consistency") == "missed"
    unhappy = satisfaction([Reply(f"p{i}", "HR", "ease", 5 if i < 84 else 2) for i in range(100)])
    assert _verdict(assess(GOOD, TRIAL, unhappy), "satisfied") == "missed"


def test_the_page_in_both_languages() -> None:
    assert "Go: every gate is met." in document(assess(GOOD, TRIAL, GROUPS), GROUPS, "en").render("text")
    page = document(assess(Function(), None, ()), (), "zh").render("text")
    assert "暂不推广。6 项门槛未达到或没有数据" in page
