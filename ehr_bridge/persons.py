"""The embedded EHR's persons: find by merge keys, else create; learn what the message knows better."""

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.canonical import PersonFacts
from ehr_bridge.merging import DuplicateReason, KnownPerson, MergeKeys, match
from ehr_bridge.store import ehr_person, ehr_possible_duplicate, insert_if_absent


async def upsert_person(connection: AsyncConnection, facts: PersonFacts, position: int, now_ms: int) -> str:
    """The id of the person these facts are about; a new one, ``P<position>``, if nobody matches.

    The caller holds the writers' lock (``store.next_position``), so nobody inserts between our look and our insert.
    """
    keys = MergeKeys.of(external_id=facts.external_id, name=facts.name, email=facts.email, phone=facts.phone)
    known = await _similar(connection, keys)
    matched = match(keys, known)
    if matched.person_id is None:
        person_id = f"P{position}"
        row = {"id": person_id, "position": position, "created_at_ms": now_ms, "updated_at_ms": now_ms}
        await connection.execute(ehr_person.insert().values(**row, **_columns(facts, keys)))
    else:
        person_id = matched.person_id
        learned = {name: value for name, value in _columns(facts, keys).items() if value}
        if any(who.alias and who.keys.external_id == keys.external_id for who in known):
            # The number of the other record, before the two were joined: it goes on leading here, and stays there.
            learned.pop("external_id", None)
        statement = update(ehr_person).where(ehr_person.c.id == person_id)
        await connection.execute(statement.values(**learned, updated_at_ms=now_ms))
    await _note_duplicates(connection, person_id, matched.possible_duplicates, now_ms)
    return person_id


def _columns(facts: PersonFacts, keys: MergeKeys) -> dict[str, str | None]:
    return {
        "external_id": keys.external_id or None,
        "name": facts.name,
        "email": facts.email,
        "phone": facts.phone,
        "name_key": keys.name,
        "email_key": keys.email,
        "phone_key": keys.phone,
    }


async def _similar(connection: AsyncConnection, keys: MergeKeys) -> list[KnownPerson]:
    wanted = [("external_id", keys.external_id), ("email_key", keys.email), ("phone_key", keys.phone)]
    conditions = [ehr_person.c[column] == value for column, value in wanted if value]
    if not conditions:
        return []
    rows = (await connection.execute(select(ehr_person).where(or_(*conditions)).order_by(ehr_person.c.position))).all()
    return [
        KnownPerson(
            row.joined_to or row.id,
            MergeKeys(row.external_id or "", row.name_key, row.email_key, row.phone_key),
            alias=row.joined_to is not None,
        )
        for row in rows
    ]


async def _note_duplicates(
    connection: AsyncConnection, person_id: str, doubts: tuple[tuple[str, DuplicateReason], ...], now_ms: int
) -> None:
    for other_id, reason in doubts:
        first, second = sorted((person_id, other_id), key=lambda name: int(name[1:]))
        row = {"person_id": first, "other_id": second, "reason": reason, "found_at_ms": now_ms}
        await insert_if_absent(connection, ehr_possible_duplicate, row)
