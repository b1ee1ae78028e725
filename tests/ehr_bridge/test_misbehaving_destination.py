"""Another system over real HTTP that does everything wrong, one way for each person, and never one for another.

What it takes it takes once, whatever became of its answers; what it will never take is told with its reason; and
nobody waits for anybody else.
"""

import asyncio
import dataclasses
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from ehr_bridge.adapters.destination import Acknowledgement, ReadBack
from ehr_bridge.addresses import AddressRules
from ehr_bridge.delivery import Delivery
from ehr_bridge.durable import Durable, DurableSettings, system_database_url
from ehr_bridge.egress import Call, Egress, Limits
from ehr_bridge.ledger import DeliveryRecord, deliveries
from ehr_bridge.outbox import Message, enqueue
from ehr_bridge.relay import Relay
from ehr_bridge.retry import RetryPolicy

PATIENCE_S = 30.0
TAKEN_IN_THE_END = ("error", "busy", "hangs", "dies_after_it_took", "answers_late", "html", "broken_json", "well")
REFUSED = {
    "schema": ("destination_refuses", "applicant.email"),
    "redirect": ("destination_redirects", ""),
    "gone": ("destination_path_unknown", ""),
    "two_gigabytes": ("destination_answer_too_large", ""),
}


class OtherSystem:
    """Keeps what it took by its key. Each mood is for the first attempt of a message; refusals are for all."""

    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        await reader.readexactly(int(fields["content-length"]))
        key, mood = fields["idempotency-key"], fields["x-mood"]
        self.attempts[key] += 1
        first = self.attempts[key] == 1
        match mood:
            case "schema":
                say(writer, 422, b'{"detail": [{"loc": ["body", "applicant", "email"], "msg": "unknown"}]}')
            case "redirect":
                say(writer, 307, b"", "Location: http://169.254.169.254/")
            case "gone":
                say(writer, 410, b"")
            case "two_gigabytes":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n")
                while True:
                    writer.write(b" " * 65536)
                    await writer.drain()
            case "error" if first:
                say(writer, 500, b"oops")
            case "busy" if first:
                say(writer, 429, b"", "Retry-After: 0")
            case "hangs" if first:
                await asyncio.Event().wait()
            case "html" if first:
                say(writer, 200, b"<html>please log in</html>", "Content-Type: text/html")
            case "broken_json" if first:
                say(writer, 200, b'{"id": ')
            case "dies_after_it_took" if first:
                self._take(key)
            case "answers_late" if first:
                self._take(key)
                await asyncio.sleep(0.3)
                say(writer, 200, b'{"id": "late"}')
            case _:
                say(writer, 200, json.dumps({"id": key[:8], "duplicate": not self._take(key)}).encode())
        await writer.drain()

    def _take(self, key: str) -> bool:
        new = key not in self.taken
        self.taken[key] += new
        return new


def say(writer: asyncio.StreamWriter, status: int, body: bytes, *headers: str) -> None:
    lines = "".join(f"{line}\r\n" for line in (f"Content-Length: {len(body)}", "Connection: close", *headers))
    writer.write(f"HTTP/1.1 {status} -\r\n{lines}\r\n".encode() + body)


class OverHttp:
    """The smallest adapter there can be: the message's id is the key, its subject says how to misbehave."""

    name = "other"

    def __init__(self, egress: Egress, url: str) -> None:
        self._egress = egress
        self._url = url

    async def deliver(self, message: Message) -> Acknowledgement:
        headers = {"Idempotency-Key": message.id, "X-Mood": message.subject}
        answer = (await self._egress.deliver(Call("POST", self._url, headers, message.payload))).json()
        return Acknowledgement(answer["id"], 1, answer["duplicate"])

    async def read_back(self, message: Message) -> ReadBack | None:
        raise NotImplementedError


@asynccontextmanager
async def listening(system: OtherSystem) -> AsyncIterator[str]:
    talks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        await system(reader, writer)

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
        for each in talks:
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_each_misbehaviour_costs_its_own_record_alone(engine, message) -> None:
    moods = [*TAKEN_IN_THE_END, *REFUSED]
    sent = {mood: dataclasses.replace(message(n), id=mood, subject=mood) for n, mood in enumerate(moods, 1)}
    async with engine.begin() as connection:
        for each in sent.values():
            await enqueue(connection, each, ["other"])
    system = OtherSystem()
    egress = Egress(AddressRules.of("127.0.0.1", "127.0.0.1"), Limits(read_s=0.15, total_s=0.25, body_bytes=65536))
    async with listening(system) as url, egress:
        rows = await delivered(engine, OverHttp(egress, url))
    by_mood = {row.message_id: row for row in rows}
    for mood in TAKEN_IN_THE_END:
        row = by_mood[mood]
        assert (row.state, row.attempts) == ("acknowledged", 1 if mood == "well" else 2), mood
        assert system.taken[mood] == 1, mood
    for mood, (code, field) in REFUSED.items():
        row = by_mood[mood]
        assert (row.state, row.attempts, row.error_code, row.refused_field) == ("dead", 1, code, field)
    assert not set(REFUSED) & set(system.taken)


async def delivered(engine, destination: OverHttp) -> list[DeliveryRecord]:
    """One process' worth of delivery, until everything is settled."""
    store_url = engine.url.render_as_string(hide_password=False)
    durable = Durable(DurableSettings(system_database_url(store_url), "test", poll_s=0.05))
    retry = RetryPolicy(first_s=0.01, factor=1.0, attempts=5)
    delivery = Delivery(durable, engine, [destination], now_ms=lambda: 1, random=lambda: 0.5, retry=retry)
    relay = Relay(engine, delivery, poll_s=0.1, at_once=4)
    await durable.launch()
    task = asyncio.create_task(relay.run(), name="relay")
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with engine.connect() as connection:
                    rows = await deliveries(connection)
                if all(row.state in ("acknowledged", "dead") for row in rows):
                    return rows
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await durable.close()
