"""Where this installation keeps media: keys, logs, objects, put together from the settings."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.media.durable_log import DurableLogs
from realtime.media.errors import MediaError
from realtime.media.folder_objects import FolderObjects
from realtime.media.group_commit import GroupCommit
from realtime.media.log_replica import LogReplicas
from realtime.media.object_store import Objects
from realtime.media.redo_journal import RedoJournal
from realtime.media.s3_address import bucket_and_prefix
from realtime.media.sealed_store import SealedStore
from server.master_keys import FixedMasterKeys, MasterKeyFile, MasterKeySource
from server.media_keys import DatabaseKeys
from server.settings import SettingInvalid, Settings
from server.store import media_keys
from server.store.database import migrate, open_database

log = logging.getLogger("viva")


@dataclass(frozen=True, slots=True)
class MediaRoom:
    """``take_logs``: a log a take, below ``interviews/<id>/``. ``recordings``: what is played."""

    keys: DatabaseKeys
    commit: GroupCommit
    take_logs: DurableLogs
    recordings: SealedStore


def master_keys(settings: Settings) -> MasterKeySource:
    """Raises ``SettingInvalid``. The file is made when there is neither a setting nor a file."""
    try:
        if settings.media_key:
            return FixedMasterKeys(settings.media_key)
        source = MasterKeyFile(settings.media_key_file)
        source.current()
    except ValueError as error:
        where = "VIVA_MEDIA_KEY" if settings.media_key else str(settings.media_key_file)
        raise SettingInvalid(where, str(error)) from None
    return source


def objects(settings: Settings) -> Objects:
    if settings.media_store == "folder":
        return FolderObjects(settings.recordings)
    from realtime.media.s3_objects import S3Objects, S3Settings

    bucket, prefix = bucket_and_prefix(settings.media_store)
    given = settings.s3_endpoint, settings.s3_region, settings.s3_key_id, settings.s3_secret
    return S3Objects(S3Settings(bucket, prefix, *given))


@asynccontextmanager
async def open_media(settings: Settings, engine: AsyncEngine) -> AsyncIterator[MediaRoom]:
    """Raises ``SettingInvalid`` when nothing could be kept, or nothing of before could be read."""
    new = not settings.media_key and not settings.media_key_file.exists()
    masters = master_keys(settings)
    await _known(masters, engine, new=new)
    kept = objects(settings)
    try:
        await kept.check()
    except MediaError as error:
        raise SettingInvalid("VIVA_MEDIA_STORE", error.detail) from None
    redo = RedoJournal(settings.spool)
    await asyncio.to_thread(redo.recover)
    keys, commit = DatabaseKeys(engine, masters), GroupCommit(redo)
    replicas = LogReplicas(kept) if settings.media_durable == "store" else None
    take_logs = DurableLogs(settings.spool / "takes", keys, commit, replicas)
    object_logs = DurableLogs(settings.spool / "objects", keys, commit)
    try:
        yield MediaRoom(keys, commit, take_logs, SealedStore(kept, object_logs, keys))
    finally:
        for logs in (take_logs, object_logs):
            await logs.close()
        await asyncio.to_thread(commit.close)


async def check_media(settings: Settings) -> None:
    """Opens the room and closes it, before anything is listened on: what is wrong with it is told as a sentence. Raises
    ``SettingInvalid``. A database that is away is told by those who need it first."""
    engine = open_database(settings.database)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        await migrate(settings.database)
        async with open_media(settings, engine):
            pass
    except (SQLAlchemyError, OSError):
        return
    finally:
        await engine.dispose()


async def _known(masters: MasterKeySource, engine: AsyncEngine, *, new: bool) -> None:
    """A server that has just made itself a master key, beside a database whose keys lie under another, is one whose
    key file was forgotten: it would write what its neighbours cannot read."""
    async with engine.connect() as store:
        used = await media_keys.masters_in_use(store)
    unknown = {
        master: count for master, count in used.items() if master not in {key.id for key in masters.current().keys}
    }
    if not unknown:
        return
    told = ", ".join(f"{count} under {master}" for master, count in unknown.items())
    problem = f"the media of interviews lie under master keys that are not here ({told}); see docs/how-to/media-keys.md"
    if new:
        assert isinstance(masters, MasterKeyFile)
        masters.path.unlink()
        raise SettingInvalid("VIVA_MEDIA_KEY", problem)
    log.error("%s: they cannot be played", problem)
