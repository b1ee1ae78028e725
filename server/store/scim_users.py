"""Employees as another system's SCIM keeps them: rows of its own, each tied to a person of the embedded EHR."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.scim.attributes import ENTERPRISE
from ehr_bridge.scim.resources import Attributes, Employee
from server.clock import wall_ms
from server.ids import new_id
from server.store.tables import scim_users

COLUMNS = {"userName": "user_name", "externalId": "external_id", "employeeNumber": "employee_number"}


async def find_user(connection: AsyncConnection, destination: str, user_id: str) -> Employee | None:
    """None also for one that was removed."""
    found = await _users(connection, destination, scim_users.c.id == user_id)
    return found[0] if found else None


async def find_users(connection: AsyncConnection, destination: str, attribute: str, value: str) -> list[Employee]:
    """Those with this value, or all, oldest first."""
    if not attribute:
        return await _users(connection, destination, scim_users.c.id != "")
    wanted = value.casefold() if attribute == "userName" else value
    return await _users(connection, destination, scim_users.c[COLUMNS[attribute]] == wanted)


async def taken_up(connection: AsyncConnection, destination: str, user_name: str) -> str | None:
    """The id of a removed user of this name, who comes back."""
    query = select(scim_users.c.id).where(
        scim_users.c.destination == destination,
        scim_users.c.user_name == user_name.casefold(),
        scim_users.c.removed,
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def person_of(connection: AsyncConnection, user_id: str) -> str:
    """The embedded EHR's id of the person. Raises ``NoResultFound``."""
    query = select(scim_users.c.person_id).where(scim_users.c.id == user_id)
    return str((await connection.execute(query)).scalar_one())


async def add_user(connection: AsyncConnection, destination: str, attributes: Attributes, person_id: str) -> Employee:
    """Raises ``IntegrityError`` if the userName is taken."""
    now = wall_ms()
    employee = Employee(new_id("su", now), 1, now, now, attributes)
    row = _columns(attributes, person_id) | {"destination": destination, "version": 1, "removed": False}
    await connection.execute(insert(scim_users).values(id=employee.id, created_at=now, updated_at=now, **row))
    return employee


async def change_user(
    connection: AsyncConnection,
    destination: str,
    user_id: str,
    version: int | None,
    attributes: Attributes,
    person_id: str,
) -> bool:
    """False: somebody changed it meanwhile. ``version`` None: a removed one comes back. Raises ``IntegrityError``."""
    stands = scim_users.c.removed if version is None else scim_users.c.version == version
    values = _columns(attributes, person_id) | {"version": scim_users.c.version + 1, "removed": False}
    statement = update(scim_users).where(scim_users.c.id == user_id, scim_users.c.destination == destination, stands)
    return bool((await connection.execute(statement.values(**values, updated_at=wall_ms()))).rowcount)


async def remove_user(connection: AsyncConnection, employee: Employee) -> None:
    """Not active and not shown any more; what was known of the person stays."""
    body = msgspec.json.encode({**employee.attributes, "active": False})
    values = {"removed": True, "body": body, "version": scim_users.c.version + 1, "updated_at": wall_ms()}
    await connection.execute(update(scim_users).where(scim_users.c.id == employee.id).values(**values))


def _columns(attributes: Attributes, person_id: str) -> dict[str, Any]:
    return {
        "user_name": str(attributes["userName"]).casefold(),
        "external_id": str(attributes.get("externalId", "")),
        "employee_number": str(attributes.get(ENTERPRISE, {}).get("employeeNumber", "")),
        "person_id": person_id,
        "body": msgspec.json.encode(attributes),
    }


async def _users(connection: AsyncConnection, destination: str, where: ColumnElement[bool]) -> list[Employee]:
    query = select(scim_users).where(scim_users.c.destination == destination, ~scim_users.c.removed, where)
    rows = (await connection.execute(query.order_by(scim_users.c.created_at, scim_users.c.id))).all()
    return [
        Employee(row.id, row.version, row.created_at, row.updated_at, msgspec.json.decode(row.body)) for row in rows
    ]
