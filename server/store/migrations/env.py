"""Alembic's entry: one schema made of the server's tables and the bridge's."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

from ehr_bridge.store import metadata as bridge
from server.store.tables import metadata as own


def _run(connection: Any) -> None:
    context.configure(connection=connection, target_metadata=[own, bridge], render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def _online() -> None:
    engine = create_async_engine(context.config.attributes["url"])
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_online())
