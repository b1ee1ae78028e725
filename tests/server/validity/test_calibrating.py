"""Fit, look, approve, withdraw; nothing is in force before somebody approved it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from scoring.calibration import Calibration
from scoring.report import Leaf, Report, seal
from scoring.validity import sealed
from scoring.validity.simulate import Population, make
from server import settings as configuration
from server.administration import store_of
from server.store import calibrations
from tests.server.validity.conftest import Viva, report_with

CROOKED = Population(
    competencies=("communication",), reliability=0.9, machine_shift=-0.8, machine_spread=0.5, machine_noise=0.2
)
RESPONSIBLE = ("--by", "王主管", "--reason", "双盲测试通过后启用")


def _write(folder: Path, population: Population, candidates: int) -> None:
    lines = ["candidate,competency,rater,score"]
    lines += [f"{r.candidate},{r.competency},{r.rater},{r.level}" for r in make(population, candidates, 1).ratings()]
    (folder / "scores.csv").write_text("\n".join(lines), encoding="utf-8")


def _in_force() -> Calibration | None:
    async def read() -> Calibration | None:
        async with store_of(configuration.load()) as store:
            return await calibrations.in_force(store, "client_manager")

    return asyncio.run(read())


def test_fit_approve_withdraw(
    viva: Viva, tmp_path: Path, audited: Callable[[], list[tuple[str, str, str, str]]]
) -> None:
    _write(tmp_path, CROOKED, 250)
    fitted = viva("calibration", "fit", "scores.csv", "--language", "en")
    assert fitted.exit_code == 0, fitted.output
    assert "Nothing is applied before somebody approves" in fitted.output
    assert "consistency after calibration (cross-validated)" in fitted.output.lower()
    assert _in_force() is None

    approved = viva("calibration", "approve", "calibration.json", *RESPONSIBLE)
    assert approved.exit_code == 0, approved.output
    assert "calibration 1.0.0 of client_manager is in force: sha256:" in approved.output
    assert _in_force() == msgspec.json.decode((tmp_path / "calibration.json").read_bytes(), type=Calibration)
    actor, action, subject, detail = audited()[-1]
    assert (actor, action, subject) == ("王主管 (viva validity)", "approved_calibration", "client_manager")
    assert json.loads(detail)["reason"] == "双盲测试通过后启用"
    again = viva("calibration", "approve", "calibration.json", *RESPONSIBLE)
    assert again.exit_code == 2
    assert "calibration 1.0.0 of client_manager is there already" in again.output

    assert viva("calibration", "withdraw", "client_manager", *RESPONSIBLE).exit_code == 0
    assert _in_force() is None
    assert audited()[-1][1] == "withdrew_calibration"
    assert viva("calibration", "withdraw", "client_manager", *RESPONSIBLE).exit_code == 1


def test_nothing_gained_no_file(viva: Viva, tmp_path: Path) -> None:
    _write(tmp_path, CROOKED, 60)
    fitted = viva("calibration", "fit", "scores.csv")
    assert fitted.exit_code == 3
    assert "没有值得校准的能力" in fitted.output
    assert not (tmp_path / "calibration.json").exists()


def test_a_trial_shows_both_columns(viva: Viva, tmp_path: Path) -> None:
    _write(tmp_path, CROOKED, 150)
    found = json.loads(viva("trial", "scores.csv", "--calibrate", "--json").output)
    before, after = found["overall"], found["after_calibration"]["overall"]
    assert after["machine"]["consistency"]["value"] > before["machine"]["consistency"]["value"]
    assert "一致性 校准后（交叉验证）" in viva("trial", "scores.csv", "--calibrate").output


def test_scores_from_the_store_are_taken_raw(
    viva: Viva, tmp_path: Path, stored: Callable[[list[Report]], list[str]]
) -> None:
    """A report that was calibrated already is fitted from the levels of its answers, not on top of the calibration."""
    report = report_with({"communication": 90.0})
    scored = tuple(
        msgspec.structs.replace(c, leaves=(Leaf("q1", 3.0, 2.0), Leaf("q2", 4.0, 1.0)))
        if c.id == "communication"
        else c
        for c in report.competencies
    )
    ids = stored([seal(msgspec.structs.replace(report, competencies=scored))])
    (tmp_path / "p.csv").write_text(
        f"candidate,competency,human1,human2\n{ids[0]},communication,3,4\n", encoding="utf-8"
    )
    limits = {}
    for words in ((), ("--calibrate",)):
        found = json.loads(viva("trial", "p.csv", "--position", "client_manager", "--json", *words).output)
        limits[words] = found["results"][0]["machine"]["consistency"]["value"]
    assert limits == {(): 0.0, ("--calibrate",): 1.0}  # 4.5 and 3.35 against 3.5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("fit", "scores.csv", "--version", " "), "--version is a name"),
        (("fit", "scores.csv", "--position", "pilot"), "there is no position 'pilot'"),
        (("fit", "one.csv"), "no candidate has a machine score and 2 human ones"),
        (("fit", "juggling.csv"), "the position has no competency juggling"),
        (("approve", "one.csv", *RESPONSIBLE), "one.csv: not a Calibration"),
        (("approve", "calibration.json", "--by", "han", "--reason", "-"), "--reason says why"),
        (("approve", "changed.json", *RESPONSIBLE), "changed.json: was changed after it was made"),
        (
            ("approve", "stale.json", *RESPONSIBLE),
            "the position client_manager, its rater or the employer's phrases have changed since; fit again",
        ),
        (("withdraw", "pilot", *RESPONSIBLE), "no calibration is in force for position 'pilot'"),
    ],
)
def test_errors_are_sentences(viva: Viva, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    _write(tmp_path, CROOKED, 20)
    made = sealed.seal(
        Calibration(
            position_id="client_manager", version="1.0.0", scope="another", raters=(), maps=(), sources=(), made_at=""
        )
    )  # fmt: skip
    (tmp_path / "stale.json").write_bytes(msgspec.json.encode(made))
    (tmp_path / "changed.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(made, scope="changed")))
    (tmp_path / "one.csv").write_text("candidate,competency,ai,human1\nc1,communication,3,3\n", encoding="utf-8")
    (tmp_path / "juggling.csv").write_text(
        "candidate,competency,ai,human1,human2\nc1,juggling,3,3,3\n", encoding="utf-8"
    )
    refused = viva("calibration", *words)
    assert refused.exit_code in (1, 2)
    assert says in " ".join(refused.output.split())
