from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.ids import new_id
from server.store import people
from server.store.tables import api_keys, users


def unique(name: str) -> str:
    return new_id(name, 1)


async def test_applicants_are_listed_in_the_order_they_came(store: AsyncEngine) -> None:
    async with store.begin() as connection:
        added = [await people.add_applicant(connection, name=f"甲{n}", phone=str(n)) for n in range(3)]
        found = await people.list_applicants(connection, after="", limit=200)
        ids = [applicant.id for applicant in found]
        assert ids == sorted(ids)
        assert set(added) <= set(found)
        after_first = await people.list_applicants(connection, after=ids[0], limit=1)
        assert [applicant.id for applicant in after_first] == [ids[1]]
        assert await people.find_applicant(connection, added[0].id) == added[0]
        assert await people.find_applicant(connection, "ap_nobody") is None


async def test_a_password_is_checked_and_only_its_hash_is_kept(store: AsyncEngine) -> None:
    name = unique("hr")
    async with store.begin() as connection:
        await people.put_user(connection, name=name, password="correct horse", roles=("hr",), branch="bj")
        assert await people.check_password(connection, name, "correct horse") == people.User(name, ("hr",), "bj")
        assert await people.check_password(connection, name, "wrong horse") is None
        assert await people.check_password(connection, "nobody", "correct horse") is None
        kept = (await connection.execute(select(users.c.password_hash).where(users.c.name == name))).scalar()
    assert str(kept).startswith("$argon2")


async def test_a_changed_user_has_the_new_password_and_roles(store: AsyncEngine) -> None:
    name = unique("hr")
    async with store.begin() as connection:
        await people.put_user(connection, name=name, password="first one", roles=("hr",), branch="")
        await people.put_user(connection, name=name, password="second one", roles=("interviewer",), branch="sh")
        assert await people.check_password(connection, name, "first one") is None
        assert await people.find_user(connection, name) == people.User(name, ("interviewer",), "sh")


async def test_a_disabled_user_is_nobody(store: AsyncEngine) -> None:
    name = unique("hr")
    async with store.begin() as connection:
        await people.put_user(connection, name=name, password="correct horse", roles=("hr",), branch="")
        await connection.execute(update(users).where(users.c.name == name).values(disabled=True))
        assert await people.find_user(connection, name) is None
        assert await people.check_password(connection, name, "correct horse") is None


async def test_a_key_is_known_by_its_hash_until_it_is_revoked(store: AsyncEngine) -> None:
    async with store.begin() as connection:
        key = await people.add_api_key(connection, name="ehr", scopes=("persons:read", "results:read"))
        found = await people.find_api_key(connection, key)
        assert found is not None
        assert found.scopes == ("persons:read", "results:read")
        assert await people.find_api_key(connection, key + "x") is None
        row = (await connection.execute(select(api_keys).where(api_keys.c.id == found.id))).one()
        assert key not in str(row)
        await connection.execute(update(api_keys).where(api_keys.c.id == found.id).values(revoked_at=1))
        assert await people.find_api_key(connection, key) is None


async def test_the_audit_log_is_newest_first_and_takes_any_subject(store: AsyncEngine) -> None:
    async with store.begin() as connection:
        await people.note(connection, "hr.han", "read_applicant", "ap_1")
        await people.note(connection, "hr.han", "read_applicant", "x" * 5_000, "somebody tried")
        newest, before = await people.audit_lines(connection, before=None, limit=2)
        older = await people.audit_lines(connection, before=newest.id, limit=1)
    assert (newest.subject, newest.detail) == ("x" * people.SUBJECT, "somebody tried")
    assert (before.actor, before.action, before.subject) == ("hr.han", "read_applicant", "ap_1")
    assert older == [before]
