"""Proposing changes nothing; approving makes a new version, leaves the old one, and is in the audit log."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scoring.positions import builtin
from scoring.positions import stored as read_stored
from scoring.report import Report
from scoring.validity.simulate import Population, make
from server import settings as configuration
from server.administration import store_of
from server.store import interviews
from tests.server.validity.conftest import Viva, report_with

NAMES = tuple(competency.id for competency in builtin()["client_manager"].competencies)
Audit = Callable[[], list[tuple[str, str, str, str]]]


def _write(folder: Path, persons: int) -> None:
    made = make(Population(competencies=NAMES, halo=0.1), persons, 3)
    lines, performance = ["候选人,能力,机器"], ["员工编号,绩效"]
    for row, person in enumerate(made.candidates()):
        lines += [f"{person},{name},{made.machine[row, column]}" for column, name in enumerate(NAMES)]
        grade = 0.8 * made.truth[row, 3] + 0.2 * made.truth[row].sum() + (row % 7) / 4
        performance.append(f"{person},{grade:.3f}")
    (folder / "scores.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "performance.csv").write_text("\n".join(performance), encoding="gb18030")


async def _newest() -> tuple[str, dict[str, float], set[str]]:
    async with store_of(configuration.load()) as store:
        row = await interviews.find_position(store, "client_manager")
        assert row is not None
        model = read_stored(row.source_yaml)
        taken = await interviews.versions_of(store, "client_manager")
    return row.version, {competency.id: competency.weight for competency in model.competencies}, taken


def test_propose_then_approve(viva: Viva, tmp_path: Path, audited: Audit) -> None:
    _write(tmp_path, 400)
    proposed = viva("weights", "propose", "performance.csv", "scores.csv", "--language", "en")
    assert proposed.exit_code == 0, proposed.output
    for words in ("Range restriction", "Multiple testing", "Held-out persons", "Nothing is applied before"):
        assert words in proposed.output
    made = json.loads((tmp_path / "weights-proposal.json").read_bytes())
    assert made["new"]["communication"] > made["old"]["communication"]
    assert [line[1] for line in audited()] == ["proposed_weights"]

    approved = viva(
        "weights", "approve", "weights-proposal.json", "--by", "王主管", "--reason", "经评审委员会讨论通过，试行一季度"
    )
    assert approved.exit_code == 0, approved.output
    version, weights, taken = asyncio.run(_newest())
    assert (version, weights) == (made["to_version"], made["new"])
    assert taken == {made["from_version"], made["to_version"]}
    actor, action, subject, detail = audited()[-1]
    assert (actor, action, subject) == ("王主管 (viva validity)", "approved_weights", "client_manager")
    assert json.loads(detail)["proposal"] == made["digest"]
    assert "评审委员会" in json.loads(detail)["reason"]

    again = viva("weights", "approve", "weights-proposal.json", "--by", "王主管", "--reason", "再次批准同一份建议")
    assert again.exit_code == 1
    assert "propose anew" in again.output


def test_thirty_persons_lead_to_no_file(viva: Viva, tmp_path: Path, audited: Audit) -> None:
    _write(tmp_path, 30)
    refused = viva("weights", "propose", "performance.csv", "scores.csv")
    assert refused.exit_code == 3
    assert "少于 100 人" in refused.output
    assert not (tmp_path / "weights-proposal.json").exists()
    assert audited() == []


def test_scores_out_of_the_store(viva: Viva, tmp_path: Path, stored: Callable[[list[Report]], list[str]]) -> None:
    ids = stored([report_with(dict.fromkeys(NAMES, 60.0 + row)) for row in range(3)])
    lines = ["interview_id,performance", *(f"{name},{row}" for row, name in enumerate(ids))]
    (tmp_path / "performance.csv").write_text("\n".join(lines), encoding="utf-8")
    told = viva("weights", "propose", "performance.csv", "--from-store", "--json")
    assert told.exit_code == 3
    assert json.loads(told.output)["persons"] == 3
    assert json.loads(told.output)["refused"] == "too_few"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("approve", "p.json", "--by", " ", "--reason", "long enough a reason"), "--by names who"),
        (("approve", "p.json", "--by", "han", "--reason", "why"), "--reason says why"),
        (("approve", "nothing.json", "--by", "han", "--reason", "long enough a reason"), "No such file"),
        (("approve", "p.json", "--by", "han", "--reason", "long enough a reason"), "p.json: not a WeightProposal"),
        (("propose", "perf.csv"), "name files of scores"),
        (("propose", "perf.csv", "s.csv", "--criterion-reliability", "0"), "above 0 and at most 1"),
        (("propose", "perf.csv", "s.csv", "--position", "pilot"), "there is no position 'pilot'"),
        (("propose", "twice.csv", "s.csv"), "twice.csv:3: column 'candidate': c1 stands in line 2 already"),
        (("propose", "perf.csv", "s.csv"), "the position has no competency juggling"),
    ],
)
def test_errors_are_sentences(viva: Viva, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    (tmp_path / "p.json").write_text("{}", encoding="utf-8")
    (tmp_path / "perf.csv").write_text("candidate,performance\nc1,3\n", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("candidate,performance\nc1,3\nc1,4\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("candidate,competency,ai\nc1,juggling,3\n", encoding="utf-8")
    refused = viva("weights", *words)
    assert refused.exit_code in (1, 2)
    assert says in " ".join(refused.output.split())
