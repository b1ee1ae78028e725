"""Recordings by signed address: whole, in ranges, and only while the signature is good."""

import asyncio
import base64
from dataclasses import replace
from typing import Any

import pytest

from realtime.interview.evidence import AnswerSettledRecord, EvidenceRecord
from realtime.live.journal import JournalEntry
from realtime.protocol.text import Phase
from server.clock import wall_ms
from server.media_administration import shred
from server.tokens import Signer, Token

SOUND = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def recorded(served: Any) -> str:
    """An interview whose evidence names a recording that is there."""
    return str(served.inside(_record(served)))


async def _record(served: Any) -> str:
    invited = await served.invite()
    here = invited.interview_id
    writer = served.house.recordings.create(f"{here}/q1-1.webm")
    writer.append(SOUND)
    await writer.close()
    settled = AnswerSettledRecord("q1", "complete", 12_000, f"{here}/q1-1.webm")
    fence = await served.house.journal.open(here)
    entry = JournalEntry(here, fence, Phase.ANSWERING, 1, False, b"", 0, (), (EvidenceRecord(1, 0, settled),))
    await served.house.journal.commit(entry)
    return str(here)


async def _url(served: Any, recorded: str) -> str:
    async with served.hr() as hr:
        listed = (await hr.get(f"/api/v1/interviews/{recorded}/recordings")).json()
    assert [(row["question_id"], row["seconds"], row["media_type"]) for row in listed] == [("q1", 12.0, "video/webm")]
    assert listed[0]["url"].startswith(served.url)
    return str(listed[0]["url"])


async def test_a_recording_is_played_without_a_sign_in(served: Any, recorded: str) -> None:
    url = await _url(served, recorded)
    async with served.client() as client:
        answer = await client.get(url)
    assert (answer.status_code, answer.content) == (200, SOUND)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "video/webm"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_behind_a_proxy_it_is_played_from_the_public_address(
    served: Any, recorded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.house, "settings", replace(served.settings, public_url="https://viva.bank.example/"))
    async with served.hr() as hr:
        listed = (await hr.get(f"/api/v1/interviews/{recorded}/recordings")).json()
    assert listed[0]["url"].startswith("https://viva.bank.example/api/v1/recordings/")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-", 0, 10_240),
        ("bytes=100-199", 100, 200),
        ("bytes=-240", 10_000, 10_240),
        ("bytes=10239-", 10_239, 10_240),
    ],
)
async def test_a_range_of_it(served: Any, recorded: str, asked: str, start: int, end: int) -> None:
    url = await _url(served, recorded)
    async with served.client() as client:
        answer = await client.get(url, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == SOUND[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/10240"


@pytest.mark.parametrize("asked", ["bytes=x-y", "lines=1-2", "bytes=5-1,9-10"])
async def test_a_range_that_is_none_is_ignored(served: Any, recorded: str, asked: str) -> None:
    """RFC 9110, 14.2: a Range that is not understood is as if it were not there."""
    url = await _url(served, recorded)
    async with served.client() as client:
        answer = await client.get(url, headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, 10_240)
    assert "content-range" not in answer.headers


async def test_a_range_beyond_the_end(served: Any, recorded: str) -> None:
    url = await _url(served, recorded)
    async with served.client() as client:
        answer = await client.get(url, headers={"Range": "bytes=10240-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10240")


async def test_a_forged_an_expired_and_a_foreign_signature(served: Any, recorded: str, problem: Any) -> None:
    signer, key = Signer(served.settings.signing_secret()), f"{recorded}/q1-1.webm"
    later = wall_ms() + 60_000
    cases = [
        (Signer("another").sign("recording", Token(key, later)), 404, "recording_unknown"),
        (signer.sign("link", Token(key, later)), 404, "recording_unknown"),
        (signer.sign("recording", Token(key, wall_ms() - 1)), 404, "recording_unknown"),
        (signer.sign("recording", Token(f"{recorded}/q9-1.webm", later)), 404, "recording_unknown"),
        (signer.sign("recording", Token("../secret", later)), 404, "recording_unknown"),
        ("../../secret", 404, "recording_unknown"),
    ]
    async with served.client() as client:
        for signature, status, code in cases:
            path = signature.replace("/", "%2F")
            problem(await client.get(f"/api/v1/recordings/{path}"), status, code)


async def test_it_lies_encrypted(served: Any, recorded: str) -> None:
    stored = (served.settings.recordings / recorded / "q1-1.webm").read_bytes()
    assert stored.startswith(b"VIVASEAL")
    assert SOUND[:256] not in stored


async def test_a_damaged_one_is_not_played(served: Any, recorded: str, problem: Any) -> None:
    url = await _url(served, recorded)
    path = served.settings.recordings / recorded / "q1-1.webm"
    whole = path.read_bytes()
    path.write_bytes(b"VIVASEAL" + bytes(200))
    try:
        async with served.client() as client:
            problem(await client.get(url), 404, "recording_unknown")
    finally:
        path.write_bytes(whole)


async def test_without_its_master_key_it_is_told_that_it_cannot_be_read_now(
    served: Any, recorded: str, problem: Any
) -> None:
    url = await _url(served, recorded)
    path = served.settings.media_key_file
    kept = path.read_text()
    path.write_text(base64.b64encode(bytes(32)).decode() + "\n")
    try:
        async with served.client() as client:
            problem(await client.get(url), 503, "store_unavailable")
    finally:
        path.write_text(kept)
    async with served.client() as client:
        assert (await client.get(url)).content == SOUND


async def test_shredded_it_is_gone_for_the_running_server_too(served: Any, problem: Any) -> None:
    interview = await asyncio.to_thread(lambda: served.inside(_record(served)))
    url = await _url(served, interview)
    path = served.settings.recordings / interview / "q1-1.webm"
    backup = path.read_bytes()
    assert await shred(served.settings, interview)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(backup)  # out of a backup
    async with served.client() as client:
        problem(await client.get(url), 404, "recording_unknown")
    async with served.hr() as hr:
        lines = (await hr.get("/api/v1/audit", params={"limit": 20})).json()["items"]
    assert ("shredded_media", interview) in [(line["action"], line["subject"]) for line in lines]


async def test_playing_is_noted_once_a_playing(served: Any, recorded: str) -> None:
    url = await _url(served, recorded)
    async with served.client() as client:
        await client.get(url)
        await client.get(url, headers={"Range": "bytes=500-"})
    async with served.hr() as hr:
        newest = (await hr.get("/api/v1/audit", params={"limit": 20})).json()["items"]
    played = [line for line in newest if line["action"] == "played_recording" and line["subject"] == recorded]
    assert played
    assert newest[0]["action"] == "played_recording"
