"""`viva admin media` on an installation of its own, as an operator meets it."""

import asyncio
import base64
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from realtime.media.errors import MediaError
from server import administration
from server.cli import app
from server.field_keys import PersonKeys
from server.media_administration import _room
from server.media_room import master_keys
from server.settings import SettingInvalid, Settings
from server.store import people
from server.store.database import migrate

Viva = Callable[..., Result]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty one, brought to the current schema once."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    asyncio.run(migrate(Settings(data_dir=str(folder)).database))
    return folder


@pytest.fixture
def settings(installation: Path, tmp_path: Path) -> Settings:
    shutil.copytree(installation, tmp_path / "data")
    return Settings(data_dir=str(tmp_path / "data"), speech_model="none", face_model="none")


@pytest.fixture
def viva(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Viva:
    for name in list(os.environ):
        if name.startswith("VIVA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("VIVA_DATA_DIR", settings.data_dir)
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *words, typed=None: CliRunner().invoke(app, ["admin", "media", *words], input=typed)


@pytest.fixture
def interview(settings: Settings) -> str:
    """An interview with a recording."""
    return asyncio.run(_interview(settings))


async def _interview(settings: Settings) -> str:
    links = await administration.invite(settings, "韩梅梅", "", "client_manager", "zh")
    interview_id = links.hr.rpartition("=")[2]
    async with _room(settings) as (_, room):
        await room.recordings.write(f"interviews/{interview_id}/q1/1.webm", b"what she said")
        log = await room.take_logs.open(f"interviews/{interview_id}/q1/take-1")
        log.append(b"what she said")
        await log.close()
    return interview_id


async def _read(settings: Settings, interview: str) -> bytes:
    async with _room(settings) as (_, room):
        return b"".join([piece async for piece in room.recordings.read(f"interviews/{interview}/q1/1.webm")])


async def _audit(settings: Settings) -> list[tuple[str, str]]:
    async with _room(settings) as (engine, _), engine.connect() as store:
        return [(line.action, line.subject) for line in await people.audit_lines(store, before=None, limit=9)]


def test_rotating_and_forgetting(viva: Viva, settings: Settings, interview: str) -> None:
    old = settings.media_key_file.read_text().strip()
    assert "1 keys wrapped anew" in viva("rotate").output
    newest, kept = settings.media_key_file.read_text().split()
    assert kept == old != newest
    done = viva("rotate", "--forget-old")
    assert done.exit_code == 0
    assert done.output.count("forgotten: ") == 2
    assert len(settings.media_key_file.read_text().split()) == 1
    assert asyncio.run(_read(settings, interview)) == b"what she said"
    assert asyncio.run(_audit(settings))[0][0] == "rotated_media_key"


def test_a_setting_is_rotated_by_putting_the_new_key_first(
    viva: Viva, settings: Settings, interview: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = settings.media_key_file.read_text().strip(), base64.b64encode(b"n" * 32).decode()
    monkeypatch.setenv("VIVA_MEDIA_KEY", f"{new},{old}")
    assert "1 keys wrapped anew" in viva("rotate").output
    monkeypatch.setenv("VIVA_MEDIA_KEY", new)
    assert "0 keys wrapped anew" in viva("rotate").output
    monkeypatch.setenv("VIVA_MEDIA_KEY", "nonsense")
    wrong = viva("rotate")
    assert wrong.exit_code != 0
    assert "VIVA_MEDIA_KEY: a master key has 32 bytes" in wrong.output
    assert "nonsense" not in wrong.output


def test_shredding_reaches_a_backup(viva: Viva, settings: Settings, interview: str, tmp_path: Path) -> None:
    kept = {path: path.read_bytes() for path in settings.data.rglob("*") if path.suffix in (".webm", ".log")}
    assert len(kept) == 2
    assert viva("shred", interview, typed="n\n").exit_code == 1
    assert asyncio.run(_read(settings, interview)) == b"what she said"
    assert "its key is destroyed" in viva("shred", interview, "--yes").output
    assert not any(path.exists() for path in kept)
    for path, data in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with pytest.raises(MediaError, match="media_shredded"):
        asyncio.run(_read(settings, interview))
    assert ("shredded_media", interview) in asyncio.run(_audit(settings))
    assert "there was no key" in viva("shred", interview, "--yes").output
    unknown = viva("shred", "iv_nothing", "--yes")
    assert (unknown.exit_code, "no interview" in unknown.output) == (1, True)


def test_encrypting_what_is_older(viva: Viva, settings: Settings, interview: str) -> None:
    old = settings.recordings / "interviews" / "iv_old" / "q1" / "1.webm"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"in the clear")
    assert asyncio.run(_read(settings, "iv_old")) == b"in the clear"
    assert "1 objects encrypted" in viva("encrypt").output
    assert b"clear" not in old.read_bytes()
    assert asyncio.run(_read(settings, "iv_old")) == b"in the clear"


def test_exporting(viva: Viva, settings: Settings, interview: str, tmp_path: Path) -> None:
    done = viva("export", interview, str(tmp_path / "out"))
    assert "1 files" in done.output
    assert (tmp_path / "out" / "q1" / "1.webm").read_bytes() == b"what she said"
    assert ("exported_media", interview) in asyncio.run(_audit(settings))
    assert viva("export", "iv_nothing", str(tmp_path / "out")).exit_code == 1


def test_a_forgotten_key_file_is_told_before_anything_is_written(
    viva: Viva, settings: Settings, interview: str
) -> None:
    settings.media_key_file.rename(settings.data / "elsewhere")

    async def start() -> Any:
        async with _room(settings):
            raise AssertionError("it opened")

    with pytest.raises(SettingInvalid, match="1 under"):
        asyncio.run(start())
    assert not settings.media_key_file.exists()
    settings.media_key_file.write_text("nonsense\n")
    with pytest.raises(SettingInvalid, match="32 bytes"):
        master_keys(settings)


def test_a_persons_sensitive_fields_are_shredded_by_the_same_word(viva: Viva, settings: Settings) -> None:
    keys = PersonKeys(master_keys(settings))

    async def sealed() -> bytes:
        async with administration.store_of(settings) as store:
            return await keys.seal(store, "P17", "E1.1", b"salary")

    async def opened(text: bytes) -> bytes | None:
        async with administration.store_of(settings) as store:
            return await keys.open(store, "P17", "E1.1", text)

    text = asyncio.run(sealed())
    assert asyncio.run(opened(text)) == b"salary"
    assert "its key is destroyed" in viva("shred", "person-P17", "--yes").output
    assert asyncio.run(opened(text)) is None
