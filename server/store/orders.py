"""Interviews that other systems had us hold: which system, which interview, and where it wants to be told."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import wall_ms
from server.ids import new_id
from server.store.tables import outside_orders


@dataclass(frozen=True, slots=True)
class OrderRow:
    id: str
    destination: str
    interview_id: str
    callback_url: str
    created_at: int


async def add_order(connection: AsyncConnection, *, destination: str, interview_id: str, callback_url: str) -> OrderRow:
    """Raises ``IntegrityError`` if this callback has an order already."""
    now = wall_ms()
    order = OrderRow(new_id("or", now), destination, interview_id, callback_url, now)
    values = {name: getattr(order, name) for name in OrderRow.__slots__}
    await connection.execute(insert(outside_orders).values(**values, callback_sha256=_digest(callback_url)))
    return order


async def find_order(connection: AsyncConnection, destination: str, order_id: str) -> OrderRow | None:
    return await _one(connection, destination, outside_orders.c.id == order_id)


async def order_of(connection: AsyncConnection, destination: str, interview_id: str) -> OrderRow | None:
    return await _one(connection, destination, outside_orders.c.interview_id == interview_id)


async def order_at(connection: AsyncConnection, destination: str, callback_url: str) -> OrderRow | None:
    return await _one(connection, destination, outside_orders.c.callback_sha256 == _digest(callback_url))


async def orderer_of(connection: AsyncConnection, interview_id: str) -> str | None:
    """The destination that ordered this interview."""
    query = select(outside_orders.c.destination).where(outside_orders.c.interview_id == interview_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def _one(connection: AsyncConnection, destination: str, where: ColumnElement[bool]) -> OrderRow | None:
    columns = [outside_orders.c[name] for name in OrderRow.__slots__]
    query = select(*columns).where(outside_orders.c.destination == destination, where)
    row = (await connection.execute(query)).first()
    return OrderRow(*row) if row else None


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
