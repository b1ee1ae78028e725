"""A store of one's own for every test, on SQLite and on PostgreSQL, and facts to fill it with."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ehr_bridge.canonical import ApplicantFacts, Label, result_message
from ehr_bridge.outbox import Message
from ehr_bridge.store import metadata
from scoring import report as published
from scoring.bilingual import Bilingual

START_MS = 1_767_225_600_000


BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]


@pytest.fixture(scope="session")
def postgres_database(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """``postgres_database(name)``: the URL of a new, empty database; all of them go with the cluster."""
    server = make_url(postgres_url)
    # Databases are made over a blocking connection, outside any test's loop.
    admin = sqlalchemy.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")

    def make(name: str) -> str:
        database = f"{name}_{uuid.uuid4().hex[:12]}"
        with admin.connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {database}"))
        return server.set(database=database).render_as_string(hide_password=False)

    yield make
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_tables(postgres_database: Callable[[str], str]) -> str:
    """A database with the schema, shared by the tests that leave nothing but rows behind."""
    url = postgres_database("tables")
    engine = sqlalchemy.create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture(params=BACKENDS)
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """The bridge's tables, empty, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        opened = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'viva.db'}")
        async with opened.begin() as connection:
            await connection.run_sync(metadata.create_all)
    else:
        opened = open_engine(request.getfixturevalue("postgres_tables"))
        names = ", ".join(metadata.tables)
        async with opened.begin() as connection:
            await connection.execute(sqlalchemy.text(f"TRUNCATE {names} RESTART IDENTITY"))
    yield opened
    await opened.dispose()


def open_engine(url: str) -> AsyncEngine:
    """Opened as the server opens it: SQLite in WAL mode with foreign keys."""
    opened = create_async_engine(url)
    if opened.dialect.name == "sqlite":

        @event.listens_for(opened.sync_engine, "connect")
        def _pragmas(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA foreign_keys=ON")

    return opened


class Clock:
    """Wall time that stands still until it is moved."""

    def __init__(self) -> None:
        self.at_ms = START_MS

    def now_ms(self) -> int:
        return self.at_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def applicant() -> Callable[..., ApplicantFacts]:
    """``applicant(n, **changes)``: the facts of the n-th made-up applicant."""

    def make(number: int = 1, **changes: Any) -> ApplicantFacts:
        facts = ApplicantFacts(
            applicant_id=f"app_{number}",
            application_id=f"inv_{number}",
            position_id="client-manager",
            applied_at=datetime(2026, 1, 1, tzinfo=UTC),
            name=f"王芳{number}",
            email=f"wf{number}@example.com",
            phone=f"1380013{number:04d}",
            external_id=f"CMB{number:05d}",
            position=Label("客户经理", "Client manager"),
        )
        return msgspec.structs.replace(facts, **changes)

    return make


@pytest.fixture
def report() -> Callable[..., bytes]:
    """``report(n, total)``: the published report of the n-th interview, made and sealed by ``scoring.report``."""

    def make(number: int = 1, total: float | None = 82.0, ended: str = "completed") -> bytes:
        score = published.Score(total)
        label = Bilingual("沟通", "Communication")
        interview = published.Interview(
            interview_id=f"int_{number}",
            applicant_name=f"王芳{number}",
            position_id="client-manager",
            position_version="1",
            position=Bilingual("客户经理", "Client manager"),
            employer=Bilingual("示范银行", "Example Bank"),
            language="zh",
            profile="cn-bank",
            started_at="2026-01-01T00:00:00Z",
            ended_at="2026-01-01T00:20:00Z",
            ended=ended,
        )
        whole = published.Report(
            version=published.REPORT_VERSION,
            digest="",
            label=label,
            statement=label,
            interview=interview,
            engines=(),
            answers_planned=4,
            answers_assessable=4,
            total=score,
            total_words_only=score,
            non_verbal=published.NonVerbal("off", 0.0, 0.0, label),
            views=(
                published.ViewScore(
                    "abilities", label, (published.PartScore("communication", label, score, ("communication",)),)
                ),
            ),
            competencies=(
                published.CompetencyScore("communication", "communication", label, label, 100.0, score, None, ()),
            ),
            answers=(),
            highlights=(),
            suggestions=(),
            notes=(),
        )
        return published.to_json(published.seal(whole))

    return make


@pytest.fixture
def message(applicant: Callable[..., ApplicantFacts], report: Callable[..., bytes]) -> Callable[..., Message]:
    """``message(n, total)``: the outbox message of the n-th interview."""

    def make(number: int = 1, total: float | None = 82.0) -> Message:
        return result_message(report(number, total), applicant(number), "viva", START_MS)

    return make
