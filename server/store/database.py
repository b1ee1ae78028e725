"""Opening the database, and bringing it to the current schema."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str) -> AsyncEngine:
    """An engine for ``url``. SQLite is opened in WAL mode, with foreign keys, and waits 10 s for its lock."""
    parsed = make_url(url)
    # An error of the store ends up in the log; the names and words it was about must not (hide_parameters).
    if parsed.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
    _keep_private(url)
    engine = create_async_engine(url, connect_args={"timeout": 10}, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # NORMAL would survive a killed process; "acknowledged means durable" also means a power cut.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def _keep_private(url: str) -> None:
    """A SQLite file holds what people said: it is made for this user alone. Its -wal gets the mode of the file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)


async def migrate(url: str) -> None:
    """Runs the Alembic migrations up to the newest. Safe to call at every start."""
    await asyncio.to_thread(_upgrade, url)


def _upgrade(url: str) -> None:
    _keep_private(url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")
