"""The migrations make exactly the tables that the code speaks to, on both kinds of store."""

import asyncio
import sys
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ehr_bridge.notices import tables as _notices  # noqa: F401  # they join the bridge's
from ehr_bridge.store import metadata as bridge
from server.store.database import migrate, open_database
from server.store.tables import metadata as own


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
    return list(compare_metadata(context, [own, bridge]))  # type: ignore[arg-type]  # a sequence is taken too


async def test_from_nothing_to_the_newest_is_what_the_code_says(store: AsyncEngine) -> None:
    async with store.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_a_second_start_changes_nothing(store_url: str, store: AsyncEngine) -> None:
    await migrate(store_url)
    async with store.connect() as connection:
        versions = (await connection.execute(text("SELECT version_num FROM alembic_version"))).all()
    assert len(versions) == 1


async def test_the_comparison_notices_what_is_missing(store_url: str, store: AsyncEngine) -> None:
    """Proves the proof: a column that only the code knows would be found."""

    def with_one_more(connection: Connection) -> list[Any]:
        from sqlalchemy import Column, Integer, MetaData, Table

        wider = MetaData()
        Table("users", wider, Column("name", Integer, primary_key=True), Column("shoe_size", Integer))
        context = MigrationContext.configure(connection)
        return list(compare_metadata(context, wider))

    async with store.connect() as connection:
        found = await connection.run_sync(with_one_more)
    assert any(difference[0] == "add_column" and difference[3].name == "shoe_size" for difference in found)


async def test_sqlite_is_opened_durable_and_strict(sqlite_template: Any, tmp_path: Any) -> None:
    engine = open_database(f"sqlite+aiosqlite:///{tmp_path}/sub/viva.db")
    async with engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar() == 1
    await engine.dispose()


async def test_a_sqlite_store_is_for_its_user_alone(tmp_path: Any) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new/viva.db"
    await migrate(url)
    engine = open_database(url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE written (id INTEGER)"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    await engine.dispose()
    assert {"viva.db", "viva.db-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}


async def test_a_row_without_its_parent_is_refused(store: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with store.begin() as connection:
            await connection.execute(
                text("INSERT INTO evidence (interview_id, seq, body) VALUES ('iv_nobody', 1, :body)"), {"body": b"{}"}
            )


async def test_servers_that_start_together_migrate_once(postgres_url: str) -> None:
    admin = create_async_engine(postgres_url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE viva_together"))
    await admin.dispose()
    url = make_url(postgres_url).set(database="viva_together").render_as_string(hide_password=False)
    program = "import asyncio, sys; from server.store.database import migrate; asyncio.run(migrate(sys.argv[1]))"
    starts = [await asyncio.create_subprocess_exec(sys.executable, "-c", program, url) for _ in range(2)]
    assert [await start.wait() for start in starts] == [0, 0]


async def test_what_a_failed_statement_was_about_is_in_no_message(store: AsyncEngine) -> None:
    """Errors are logged with their trace; SQLAlchemy would put the row's values into it."""
    with pytest.raises(IntegrityError) as failed:
        async with store.begin() as connection:
            await connection.execute(
                text("INSERT INTO evidence (interview_id, seq, body) VALUES (:id, 1, :body)"),
                {"id": "iv_nobody", "body": "我叫李明".encode()},
            )
    assert "parameters hidden" in str(failed.value)
    assert "李明" not in str(failed.value)
