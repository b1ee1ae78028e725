"""The bridge from the console: dead letters, replay, comparison, rates, on a store with a few deliveries in it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ehr_bridge.ledger import Failed, begin_attempt, deliveries, note_outcome
from ehr_bridge.outbox import Message, enqueue
from server.clock import wall_ms
from server.store.database import migrate, open_database


@pytest.fixture
def refused(viva: Any, tmp_path: Path) -> None:
    """Two messages that another system has refused."""

    async def fill() -> None:
        url = f"sqlite+aiosqlite:///{tmp_path / 'data' / 'viva.db'}"
        (tmp_path / "data").mkdir()
        await migrate(url)
        engine = open_database(url)
        async with engine.begin() as store:
            for name in ("m/1", "m/2"):
                message = Message("viva", name, "viva.interview_result.v1", "iv_1", b"{}", wall_ms(), name)
                await enqueue(store, message, ["odoo"])
            for row in await deliveries(store):
                await begin_attempt(store, row.delivery_id, 0, wall_ms())
                failed = Failed("destination_refuses", "HTTP 422", None, "email")
                await note_outcome(store, row.delivery_id, 0, failed, wall_ms())
        await engine.dispose()

    asyncio.run(fill())


def test_letters_are_told_and_sent_again_once(viva: Any, refused: None) -> None:
    told = viva("ehr", "letters")
    assert told.exit_code == 1
    assert "destination_refuses (email)" in told.output
    assert "对方拒绝了这条记录" in told.output
    assert len(json.loads(viva("ehr", "letters", "--json").output)["letters"]) == 2
    assert viva("ehr", "replay", "--message", "viva/m/1").output == "1 queued again\n"
    assert viva("ehr", "replay", "--message", "viva/m/1", "--destination", "other").output == "0 queued again\n"
    assert viva("ehr", "replay", "--since", "2020-01-01", "--until", "2020-02-01").output == "0 queued again\n"
    assert viva("ehr", "replay", "--all").output == "1 queued again\n"
    assert viva("ehr", "letters").output == "no dead letters\n"


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--all", "--message", "a/b"],
        ["--since", "2026-01-01"],
        ["--message", "a"],
        ["--since", "x", "--until", "y"],
    ],
)
def test_a_replay_that_does_not_say_what(viva: Any, options: list[str]) -> None:
    told = viva("ehr", "replay", *options)
    assert told.exit_code == 2
    assert "--message" in told.output or "--since" in told.output


def test_rates_and_comparison(viva: Any, refused: None) -> None:
    told = viva("ehr", "rates")
    assert told.exit_code == 0
    assert "0.0% [0.0%, 65.8%] of 2" in told.output
    compared = viva("ehr", "reconcile")
    assert (compared.exit_code, compared.output) == (
        0,
        "embedded: 0 records, 0 differ, 0 not readable, 0 of 0 fields equal\n",
    )
    unknown = viva("ehr", "reconcile", "--destination", "nowhere")
    assert unknown.exit_code == 2
    assert "there are embedded" in unknown.output
