"""Alembic's entry: one schema made of the server's tables and the bridge's."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from ehr_bridge.notices import tables as _notices  # noqa: F401  # they join the bridge's
from ehr_bridge.store import metadata as bridge
from server.store.tables import metadata as own

_LOCK = 0x76697661
"""Any number, the same in every process: servers that start together migrate one after the other."""


def _run(connection: Any) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    context.configure(connection=connection, target_metadata=[own, bridge], render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _online() -> None:
    engine = create_async_engine(context.config.attributes["url"])
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run)
            await connection.commit()
    finally:
        await engine.dispose()


asyncio.run(_online())
