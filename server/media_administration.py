"""What ``viva admin media`` does: master keys, shredding, and what is older than encryption."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from server.administration import ACTOR
from server.master_keys import MasterKeyFile
from server.media_keys import rewrap_all
from server.media_room import MediaRoom, master_keys, open_media
from server.settings import Settings
from server.store import interviews, media_keys, people
from server.store.database import migrate, open_database


@dataclass(frozen=True, slots=True)
class Rotated:
    """``newest``: the id of the key that wraps from now on; ``forgotten``: of those that are no longer here."""

    newest: str
    rewrapped: int
    forgotten: tuple[str, ...]


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    settings.data.mkdir(parents=True, exist_ok=True)
    await migrate(settings.database)
    engine = open_database(settings.database)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def _room(settings: Settings) -> AsyncIterator[tuple[AsyncEngine, MediaRoom]]:
    async with _database(settings) as engine, open_media(settings, engine) as room:
        yield engine, room


async def rotate(settings: Settings, *, forget: bool) -> Rotated:
    """A new newest master key, where they are in a file; every data key is wrapped under the newest. ``forget``: older
    ones that wrap nothing any more leave the file, and with them whatever a backup of the database still holds. Raises
    ``MasterKeyMissing``."""
    masters = master_keys(settings)
    if isinstance(masters, MasterKeyFile):
        masters.add()
    before = masters.current()
    async with _database(settings) as engine:
        rewrapped = await rewrap_all(engine, masters)
        forgotten: tuple[str, ...] = ()
        if forget and isinstance(masters, MasterKeyFile):
            for _ in range(2):  # again: a server may have wrapped a key under an older one while the file was written
                async with engine.connect() as store:
                    kept = masters.keep(await media_keys.masters_in_use(store), before)
            forgotten = tuple(key.id for key in before.keys if key not in kept.keys)
        async with engine.begin() as store:
            detail = f"{rewrapped} keys wrapped anew" + "".join(f", {key} forgotten" for key in forgotten)
            await people.note(store, ACTOR, "rotated_media_key", before.newest.id, detail)
    return Rotated(before.newest.id, rewrapped, forgotten)


async def shred(settings: Settings, interview_id: str) -> bool:
    """Destroys an interview's key, then its files. Whether there was a key. Raises ``LookupError``: no such
    interview."""
    async with _room(settings) as (engine, room):
        async with engine.begin() as store:
            known = await media_keys.find_key(store, interview_id) or await interviews.find_interview(
                store, interview_id
            )
            if known is None:
                raise LookupError(f"there is no interview {interview_id!r}")
            there = await media_keys.destroy_key(store, interview_id)
            await people.note(store, ACTOR, "shredded_media", interview_id, "" if there else "there was no key")
        async with engine.connect() as store:
            await media_keys.wipe_the_journal(store)
        await room.recordings.delete(f"interviews/{interview_id}")
        await room.take_logs.delete(f"interviews/{interview_id}")
    return there


async def encrypt(settings: Settings) -> int:
    """Encrypts what was recorded before there was encryption; how many objects."""
    async with _room(settings) as (engine, room):
        done = await room.recordings.seal_plain()
        async with engine.begin() as store:
            await people.note(store, ACTOR, "encrypted_media", "all", f"{done} objects")
    return done


async def export(settings: Settings, interview_id: str, folder: Path) -> list[Path]:
    """Everything that is kept of an interview as files, decrypted: for the person it is about, or for a court. Raises
    ``LookupError``, ``MediaError``, ``OSError``."""
    async with _room(settings) as (engine, room):
        async with engine.begin() as store:
            if await interviews.find_interview(store, interview_id) is None:
                raise LookupError(f"there is no interview {interview_id!r}")
            await people.note(store, ACTOR, "exported_media", interview_id)
        written = []
        for key in await room.recordings.keys(f"interviews/{interview_id}"):
            path = folder / Path(key).relative_to(f"interviews/{interview_id}")
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("wb") as file:
                async for piece in room.recordings.read(key):
                    file.write(piece)
            written.append(path)
    return written
