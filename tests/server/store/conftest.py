"""One store of each kind: SQLite as the embedded default opens it, PostgreSQL as production does."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from realtime.protocol.text import Bilingual
from server.store import interviews, people
from server.store.database import migrate, open_database
from server.store.interviews import InvitationRow, PositionRow

POSITION = PositionRow("client_manager", "1.0", Bilingual("客户经理", "Client manager"), "id: client_manager", 1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "template.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_store(postgres_url: str) -> str:
    """A database of its own beside the other tests', migrated once; the tests in it use ids of their own."""
    asyncio.run(_create(postgres_url, "viva_store"))
    url = make_url(postgres_url).set(database="viva_store").render_as_string(hide_password=False)
    asyncio.run(migrate(url))
    return url


async def _create(url: str, name: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_store"))
    path = tmp_path / "viva.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(store_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def invited(store: AsyncEngine) -> InvitationRow:
    """An applicant with an invitation to an interview that nobody has joined."""
    async with store.begin() as connection:
        await interviews.put_position(connection, POSITION)
        applicant = await people.add_applicant(connection, name="李雷", email="li@example.com")
        return await interviews.invite(
            connection,
            applicant_id=applicant.id,
            position=POSITION,
            language="zh",
            profile="cn-bank",
            expires_at=2_000_000_000_000,
            time_factor=1.5,
            created_by="hr.han",
        )
