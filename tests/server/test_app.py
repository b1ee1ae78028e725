"""How the house is taken down: what works is stopped before what it works with."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from realtime.media.sealed_store import SealedStore
from server.settings import Settings


async def test_a_report_whose_files_are_being_written_at_the_end_has_not_failed(
    serving: Callable[[Settings], AbstractContextManager[Any]],
    settings_in: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next process writes them."""
    writing, stopped = threading.Event(), []

    async def for_ever(store: SealedStore, _key: str, _data: bytes) -> None:
        writing.set()
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.append("after the stores" if store._logs._leaving else "before the stores")

    settings = settings_in()
    with monkeypatch.context() as patched:
        patched.setattr(SealedStore, "write", for_ever)
        with serving(settings) as served:
            invited = await served.invite()
            async with invited.talk() as talk:
                await talk.type_everything()
            assert await asyncio.to_thread(writing.wait, 30)
    assert stopped == ["before the stores"]
    with serving(settings) as served:
        async with served.hr() as client:
            found = (await client.get(f"/api/v1/interviews/{invited.interview_id}")).json()
            assert found["report"]["state"] == "completed"
            while not any(line.startswith(f"report of {invited.interview_id} took") for line in served.logged):
                await client.get("/readyz")
        report = found["report"]["id"]
        folder = f"interviews/{invited.interview_id}/reports/{report}"
        kept = served.inside(served.house.recordings.keys(folder))
    assert sorted(key.rpartition("/")[2] for key in kept) == ["report.html", "report.json", "report.pdf"]
