"""The databases that are measured: SQLite as the server opens it, and a PostgreSQL cluster of this run's own."""

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.store import metadata
from server.store.database import open_database


@contextmanager
def postgres() -> Iterator[str | None]:
    """The URL of an empty database, every commit synced; None where PostgreSQL is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not folders:
        yield None
        return
    home = Path(tempfile.mkdtemp(prefix="viva-pg-"))  # short: a Unix socket's path may not exceed 107 bytes
    as_owner: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]
    data, binaries = str(home / "data"), folders[-1]
    initdb = [*as_owner, str(binaries / "initdb"), "-D", data, "-U", "viva", "-A", "trust", "-E", "UTF8"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=home)
    port = _free_port()
    options = f"-k {home} -p {port} -c listen_addresses='' -c max_connections=100"
    control = [*as_owner, str(binaries / "pg_ctl"), "-D", data, "-w", "-l", str(home / "log"), "-o", options]
    subprocess.run([*control, "start"], check=True, stdout=subprocess.DEVNULL, cwd=home)
    try:
        yield f"postgresql+asyncpg://viva@/postgres?host={home}&port={port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd=home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="viva-bench-") as folder:
        yield f"sqlite+aiosqlite:///{folder}/viva.db"


async def opened(url: str) -> AsyncEngine:
    """With the bridge's tables in it."""
    engine = open_database(url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return engine


def cut(values: list[float]) -> dict[str, float]:
    """p50, p95, p99 and the number, by nearest rank."""
    ordered = sorted(values)
    at = {name: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for name, share in _SHARES.items()}
    return {"n": len(ordered), **{name: round(value, 1) for name, value in at.items()}}


_SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
jitter = random.random


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
