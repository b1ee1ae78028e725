"""Employees kept up to date from outside: the row that SCIM sees and the person of the embedded EHR, or neither."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.adapters.hosting import EmployeeConflict, SaveEmployee
from ehr_bridge.persons import upsert_person
from ehr_bridge.scim.resources import Attributes, Employee, person_of
from ehr_bridge.store import next_position
from server.clock import wall_ms
from server.store import people, scim_users


class Employees:
    """Of one destination; ``actor`` is its name in the audit log."""

    def __init__(self, engine: AsyncEngine, destination: str, actor: str) -> None:
        self._engine = engine
        self._destination = destination
        self._actor = actor

    async def find(self, user_id: str) -> Employee | None:
        async with self._engine.begin() as store:
            found = await scim_users.find_user(store, self._destination, user_id)
            if found is not None:
                await people.note(store, self._actor, "read_employee", user_id)
            return found

    async def search(self, attribute: str, value: str) -> list[Employee]:
        async with self._engine.begin() as store:
            found = await scim_users.find_users(store, self._destination, attribute, value)
            await people.note(store, self._actor, "searched_employees", self._destination, f"{len(found)} looked at")
            return found

    async def save(self, wanted: SaveEmployee) -> Employee | EmployeeConflict:
        try:
            async with self._engine.begin() as store:
                return await self._saved(store, wanted)
        except IntegrityError:
            return EmployeeConflict("uniqueness")

    async def remove(self, user_id: str) -> None:
        async with self._engine.begin() as store:
            found = await scim_users.find_user(store, self._destination, user_id)
            if found is not None:
                await scim_users.remove_user(store, found)
                await people.note(store, self._actor, "deactivated_employee", user_id)

    async def _saved(self, store: AsyncConnection, wanted: SaveEmployee) -> Employee | EmployeeConflict:
        user_id, version = wanted.id, wanted.version
        if user_id is None:
            user_id = await scim_users.taken_up(store, self._destination, str(wanted.attributes["userName"]))
        person_id = await self._person(store, user_id, wanted.attributes)
        if user_id is None:
            made = await scim_users.add_user(store, self._destination, wanted.attributes, person_id)
            await people.note(store, self._actor, "added_employee", made.id, person_id)
            return made
        changed = await scim_users.change_user(store, self._destination, user_id, version, wanted.attributes, person_id)
        if not changed:
            return EmployeeConflict("version")
        await people.note(store, self._actor, "changed_employee", user_id, person_id)
        found = await scim_users.find_user(store, self._destination, user_id)
        assert found is not None  # it was changed in this transaction
        return found

    async def _person(self, store: AsyncConnection, user_id: str | None, attributes: Attributes) -> str:
        """By the merge keys; one who has none of them stays the person they were."""
        facts = person_of(attributes)
        if user_id is not None and not (facts.external_id or facts.email or facts.phone):
            return await scim_users.person_of(store, user_id)
        position = await next_position(store, "ehr")
        return await upsert_person(store, facts, position, wall_ms())
