"""An installation with stored reports, and the command line run against it."""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from scoring.positions import builtin
from scoring.report import Report, from_json, seal, to_json
from server import settings as configuration
from server.administration import store_of
from server.cli import app
from server.finish import report_id_of
from server.positions import position_row
from server.store import interviews, people, reports
from server.store.database import migrate
from server.store.tables import audit

GOLDEN = Path(__file__).parents[2] / "scoring" / "golden" / "interview.report.json"
Viva = Callable[..., Result]
Points = Mapping[str, Mapping[str, float]]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once: every test copies it."""
    path = tmp_path_factory.mktemp("validity") / "viva.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def viva(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Viva:
    """Runs ``viva validity …`` in a folder and with an installation of its own."""
    (tmp_path / "data").mkdir()
    shutil.copy(empty_store, tmp_path / "data" / "viva.db")
    for name in list(os.environ):
        if name.startswith("VIVA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VIVA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def run(*words: str) -> Result:
        result = runner.invoke(app, ["validity", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


def report_with(points: Mapping[str, float], at: str = "2026-03-02T01:30:00Z") -> Report:
    """A whole report whose competencies have these scores; the others have none."""
    golden = from_json(GOLDEN.read_bytes())
    scored = tuple(
        msgspec.structs.replace(
            competency, score=msgspec.structs.replace(competency.score, value=points.get(competency.id))
        )
        for competency in golden.competencies
    )
    interview = msgspec.structs.replace(golden.interview, started_at=at)
    known = list(points.values())
    total = msgspec.structs.replace(golden.total, value=round(sum(known) / len(known), 1) if known else None)
    return seal(msgspec.structs.replace(golden, competencies=scored, interview=interview, total=total))


@pytest.fixture
def stored(tmp_path: Path, viva: Viva) -> Callable[[list[Report]], list[str]]:
    """Stores one interview with each report; returns the interviews' ids. The n-th is made n ms after 1970."""

    async def put(made: list[Report]) -> list[str]:
        found = []
        async with store_of(configuration.load()) as store:
            position = position_row(builtin()["client_manager"])
            await interviews.put_position(store, position)
            for number, report in enumerate(made):
                person = await people.add_applicant(store, name=f"候选人{number}")
                invitation = await interviews.invite(
                    store,
                    applicant_id=person.id,
                    position=position,
                    language="zh",
                    profile="cn-bank",
                    expires_at=1,
                    time_factor=None,
                    created_by="test",
                )
                inside = msgspec.structs.replace(report.interview, interview_id=invitation.interview_id)
                sealed = seal(msgspec.structs.replace(report, interview=inside))
                row = reports.ReportRow(
                    id=report_id_of(sealed),
                    interview_id=invitation.interview_id,
                    position_id="client_manager",
                    created_at=number,
                    total=sealed.total.value,
                    digest=sealed.digest,
                    body=to_json(sealed),
                )
                await reports.put_report(store, row)
                found.append(invitation.interview_id)
        return found

    return lambda made: asyncio.run(put(made))


@pytest.fixture
def audited(viva: Viva) -> Callable[[], list[tuple[str, str, str, str]]]:
    """The audit log: (actor, action, subject, detail)."""

    async def read() -> list[tuple[str, str, str, str]]:
        async with store_of(configuration.load()) as store:
            lines = await store.execute(select(audit).order_by(audit.c.id))
            return [(line.actor, line.action, line.subject, line.detail) for line in lines]

    return lambda: asyncio.run(read())
