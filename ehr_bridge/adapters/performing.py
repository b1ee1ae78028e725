"""What adapters ask for, done for real: HTTP by the one way out, files in a folder, orders from the store."""

import asyncio
import os
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ehr_bridge.adapters.conversation import ListFiles, ReadFile, Request, WriteFile
from ehr_bridge.adapters.destination import PermanentFailure, RetryableFailure
from ehr_bridge.egress import Call, Egress

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
LARGEST_FILE = 8 * 1024 * 1024


async def no_house(effect: Any) -> Any:
    raise TypeError(type(effect).__name__)


class Performer:
    """Carries out one effect. ``house`` answers what is asked of this installation itself: orders, invitations."""

    def __init__(self, egress: Egress, house: Callable[[Any], Awaitable[Any]] = no_house) -> None:
        self._egress = egress
        self._house = house

    async def __call__(self, effect: Any) -> Any:
        match effect:
            case Request():
                call = Call(effect.method, effect.url, effect.headers, effect.body, expects_json=False)
                return await self._egress.ask(call)
            case ListFiles():
                return await _in_thread(_names, Path(effect.folder))
            case ReadFile():
                return await _in_thread(_read, Path(effect.folder), effect.name)
            case WriteFile():
                return await _in_thread(_write, Path(effect.folder), effect.name, effect.content, effect.new)
        return await self._house(effect)


async def _in_thread(work: Callable[..., Any], *arguments: Any) -> Any:
    """A mounted folder may hang for as long as its server does: not on the loop that interviews share."""
    try:
        return await asyncio.to_thread(work, *arguments)
    except OSError as error:
        # The message would have the path in it, which an operator may have named after a person; strerror has not.
        raise RetryableFailure("drop_folder_unusable", error.strerror or type(error).__name__) from None


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))


def _read(folder: Path, name: str) -> bytes | None:
    path = _inside(folder, name)
    if not path.exists():
        return None
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise PermanentFailure("drop_file_too_large", f"more than {LARGEST_FILE} bytes")
    return content


def _write(folder: Path, name: str, content: bytes, new: bool) -> bool:
    """Under another name first, synced, then renamed: whoever watches the folder never reads half a file, and after a
    power cut the name leads to the whole content or does not exist."""
    path = _inside(folder, name)
    if new:
        return _claim(path, content)
    half = folder / f".{name}.{secrets.token_hex(4)}.part"
    try:
        with half.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.rename(path)
    finally:
        half.unlink(missing_ok=True)
    _sync(folder)
    return True


def _claim(path: Path, content: bytes) -> bool:
    """Exclusive by the file's creation: every mount knows that, hard links not all of them know."""
    try:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        return False
    _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _inside(folder: Path, name: str) -> Path:
    if not SAFE_NAME.fullmatch(name):
        raise PermanentFailure("drop_name_unsafe", "a file's name has letters, digits, dot, dash and underscore")
    return folder / name
