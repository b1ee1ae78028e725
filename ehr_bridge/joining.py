"""Two records of one person, or two persons: a human's decision about a possible duplicate, carried out.

Joining moves everything that belongs to the one to the other, and leaves the emptied record standing as a sign
(``joined_to``): whoever knows its id still finds the way, and whatever arrives with its e-mail or number arrives at the
right person. What is sensitive is sealed anew under the key of the person who stays. It is not undone: whoever has read
the joined file has read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.field_keys import FieldKeys
from ehr_bridge.records import context_of
from ehr_bridge.store import (
    ehr_application,
    ehr_interview_result,
    ehr_person,
    ehr_possible_duplicate,
    ehr_record,
    insert_if_absent,
    next_position,
)

_OWNED = (ehr_application, ehr_interview_result, ehr_record)
_CONTACT = ("name", "email", "phone", "name_key", "email_key", "phone_key")


class NotToBeJoined(Exception):
    """One of them is not known, is joined to another already, or both are the same: nothing was changed."""

    code = "person_unknown"
    retry = False
    fault = "client"


@dataclass(frozen=True, slots=True)
class Decided:
    """``person_id``: whose file it is now; of two persons, the first of the two."""

    person_id: str
    joined: bool


async def join(
    connection: AsyncConnection, keys: FieldKeys, first_id: str, second_id: str, by: str, now_ms: int
) -> Decided:
    """The older record stays. Raises ``NotToBeJoined``, ``FieldKeysUnavailable``."""
    await next_position(connection, "ehr")
    stays, goes = await _both(connection, first_id, second_id)
    await _seal_anew(connection, keys, stays.id, goes.id)
    for table in _OWNED:
        await connection.execute(update(table).where(table.c.person_id == goes.id).values(person_id=stays.id))
    learned = {name: getattr(goes, name) for name in _CONTACT if getattr(goes, name) and not getattr(stays, name)}
    if goes.external_id and not stays.external_id:
        # Unique: it is given away before it is taken.
        await connection.execute(update(ehr_person).where(ehr_person.c.id == goes.id).values(external_id=None))
        learned["external_id"] = goes.external_id
    there = or_(ehr_person.c.id == goes.id, ehr_person.c.joined_to == goes.id)
    await connection.execute(update(ehr_person).where(there).values(joined_to=stays.id, updated_at_ms=now_ms))
    mine = update(ehr_person).where(ehr_person.c.id == stays.id)
    await connection.execute(mine.values(**learned, updated_at_ms=now_ms))
    await _decide(connection, stays.id, goes.id, "joined", by, now_ms)
    await _point_at(connection, stays.id, goes.id, by, now_ms)
    return Decided(stays.id, joined=True)


async def tell_apart(connection: AsyncConnection, first_id: str, second_id: str, by: str, now_ms: int) -> Decided:
    """They are two persons: nobody is asked about this pair again. Raises ``NotToBeJoined``."""
    await next_position(connection, "ehr")
    older, newer = await _both(connection, first_id, second_id)
    await _decide(connection, older.id, newer.id, "two_persons", by, now_ms)
    return Decided(older.id, joined=False)


async def root_of(connection: AsyncConnection, person_id: str) -> str:
    """Whose file one finds under this id; the id itself if nobody was joined, or nobody is known by it."""
    query = select(ehr_person.c.joined_to).where(ehr_person.c.id == person_id)
    return (await connection.execute(query)).scalar_one_or_none() or person_id


async def _both(connection: AsyncConnection, first_id: str, second_id: str) -> Sequence[Row[Any]]:
    """The older one first."""
    wanted = select(ehr_person).where(ehr_person.c.id.in_([first_id, second_id]), ehr_person.c.joined_to.is_(None))
    rows = (await connection.execute(wanted.order_by(ehr_person.c.position))).all()
    if len(rows) != 2:
        raise NotToBeJoined(f"{first_id} {second_id}")
    return rows


async def _seal_anew(connection: AsyncConnection, keys: FieldKeys, stays: str, goes: str) -> None:
    """What cannot be opened any more, because the key was destroyed, is gone and stays gone."""
    sealed = and_(ehr_record.c.person_id == goes, ehr_record.c.sealed.is_not(None))
    for row in (await connection.execute(select(ehr_record).where(sealed))).all():
        context = context_of(row.id, row.version)
        plain = await keys.open(connection, goes, context, row.sealed)
        anew = None if plain is None else await keys.seal(connection, stays, context, plain)
        this = ehr_record.c.position == row.position
        await connection.execute(update(ehr_record).where(this).values(sealed=anew))


async def _decide(connection: AsyncConnection, older: str, newer: str, decided: str, by: str, now_ms: int) -> None:
    values = {"decided": decided, "decided_by": by[:160], "decided_at_ms": now_ms}
    pair = {"person_id": older, "other_id": newer, "reason": "found_by_hand", "found_at_ms": now_ms}
    await insert_if_absent(connection, ehr_possible_duplicate, pair)
    await connection.execute(update(ehr_possible_duplicate).where(_pair(older, newer)).values(**values))


async def _point_at(connection: AsyncConnection, stays: str, goes: str, by: str, now_ms: int) -> None:
    """Open doubts about the one that is gone are doubts about the one that stays."""
    table = ehr_possible_duplicate.c
    about = and_(or_(table.person_id == goes, table.other_id == goes), table.decided == "")
    for row in (await connection.execute(select(ehr_possible_duplicate).where(about))).all():
        other = row.other_id if row.person_id == goes else row.person_id
        first, second = sorted((stays, other), key=lambda name: int(name[1:]))
        pair = {"person_id": first, "other_id": second, "reason": row.reason, "found_at_ms": row.found_at_ms}
        await insert_if_absent(connection, ehr_possible_duplicate, pair)
        settled = {"decided": "joined", "decided_by": by[:160], "decided_at_ms": now_ms}
        await connection.execute(
            update(ehr_possible_duplicate).where(_pair(row.person_id, row.other_id)).values(**settled)
        )


def _pair(first: str, second: str) -> ColumnElement[bool]:
    return and_(ehr_possible_duplicate.c.person_id == first, ehr_possible_duplicate.c.other_id == second)
