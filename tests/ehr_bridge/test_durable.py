import asyncio
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from ehr_bridge import durable as durable_module
from ehr_bridge.durable import Durable, DurableSettings, system_database_url


def test_sqlite_gets_a_file_of_its_own() -> None:
    assert system_database_url("sqlite+aiosqlite:////srv/viva.db") == "sqlite:////srv/viva-durable.db"


def test_postgresql_shares_the_database() -> None:
    url = "postgresql+asyncpg://viva:secret@db/viva?host=%2Frun"
    assert system_database_url(url) == "postgresql://viva:secret@db/viva?host=%2Frun"


def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="memory"):
        system_database_url("sqlite+aiosqlite://")


def settings(where: Path | str, executor_id: str = "one") -> DurableSettings:
    """``where``: a folder for SQLite, or the URL of a PostgreSQL database."""
    url = system_database_url(where) if isinstance(where, str) else f"sqlite:///{where / 'durable.db'}"
    return DurableSettings(url, executor_id, poll_s=0.05, alone=isinstance(where, Path))


async def test_a_workflow_id_runs_once_and_its_steps_are_remembered(tmp_path) -> None:
    durable = Durable(settings(tmp_path))
    ran: list[str] = []

    async def step(name: str) -> str:
        ran.append(name)
        return name.upper()

    async def work(name: str) -> str:
        return await durable.step("once", step, name)

    workflow = durable.workflow("work", work)
    await durable.launch()
    await asyncio.gather(*(durable.start(workflow, "id-1", "a") for _ in range(3)))
    assert await durable.result("id-1") == "A"
    await durable.close()
    assert ran == ["a"]


class Process:
    """One life of a process: a workflow of two steps, of which the second may hang."""

    def __init__(self, where: Path | str, executor_id: str, *, hangs: bool) -> None:
        self.ran: list[str] = []
        self.in_second = asyncio.Event()
        self._hangs = hangs
        self.durable = Durable(settings(where, executor_id))
        self.workflow = self.durable.workflow("work", self._work)

    async def _work(self) -> str:
        return await self.durable.step("second", self._second, await self.durable.step("first", self._first))

    async def _first(self) -> str:
        self.ran.append("first")
        return "made by the first step"

    async def _second(self, value: str) -> str:
        self.ran.append("second")
        self.in_second.set()
        if self._hangs:
            await asyncio.sleep(3600)
        return value


async def interrupted(where: Path | str) -> None:
    """A process "one" that ends in the middle of the second step."""
    process = Process(where, "one", hangs=True)
    await process.durable.launch()
    await process.durable.start(process.workflow, "id-1")
    await process.in_second.wait()
    await process.durable.close()
    assert process.ran == ["first", "second"]


@pytest.mark.parametrize("executor_id", ["one", "another-container"])
async def test_the_next_launch_goes_on_after_the_last_finished_step(tmp_path, executor_id) -> None:
    """Also under another executor id, when the process is alone with its books."""
    await interrupted(tmp_path)
    process = Process(tmp_path, executor_id, hangs=False)
    await process.durable.launch()
    assert await process.durable.result("id-1") == "made by the first step"
    await process.durable.close()
    assert process.ran == ["second"]


@pytest.mark.services
async def test_on_postgresql_a_survivor_takes_over_when_told(postgres_database) -> None:
    url = postgres_database("durable")
    await interrupted(url)
    process = Process(url, "two", hangs=False)
    await process.durable.launch()
    assert await process.durable.recover([]) == 0
    assert await process.durable.recover(["one"]) == 1
    assert await process.durable.result("id-1") == "made by the first step"
    await process.durable.close()
    assert process.ran == ["second"]


async def test_a_step_waits_for_a_store_that_is_away(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(durable_module._STORE_RETRY, "interval_seconds", 0.01)
    durable = Durable(settings(tmp_path))
    failures = [OperationalError("", {}, Exception("locked")), OperationalError("", {}, Exception("locked"))]

    async def step() -> str:
        if failures:
            raise failures.pop()
        return "written"

    async def work() -> str:
        return await durable.step("write", step)

    workflow = durable.workflow("work", work)
    await durable.launch()
    await durable.start(workflow, "id-1")
    assert await durable.result("id-1") == "written"
    await durable.close()


async def test_the_loop_gets_its_threads_back(tmp_path) -> None:
    durable = Durable(settings(tmp_path))
    await durable.launch()
    assert await asyncio.to_thread(lambda: 7) == 7
    await durable.close()
    assert await asyncio.to_thread(lambda: 7) == 7


async def test_a_second_one_in_a_process_is_refused(tmp_path) -> None:
    durable = Durable(settings(tmp_path))
    with pytest.raises(RuntimeError, match="already"):
        Durable(settings(tmp_path))
    await durable.close()
    await Durable(settings(tmp_path)).close()
