"""What every test may use."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def speech_data() -> Path:
    """Real human speech with transcripts; the tests that use it skip, loudly, where it is absent."""
    folder = Path(os.environ.get("VIVA_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "speech" / "manifest.jsonl").exists():
        pytest.skip(f"no real speech at {folder}: set VIVA_TEST_DATA to the test data folder")
    return folder


@pytest.fixture(scope="session")
def face_data() -> Path:
    """A real webcam clip with labels; the tests that use it skip, loudly, where it is absent."""
    folder = Path(os.environ.get("VIVA_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "faces" / "annotations.json").exists():
        pytest.skip(f"no face clip at {folder}: set VIVA_TEST_DATA to the test data folder")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL cluster of this test session's own, on a Unix socket; skips, loudly, where it is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not folders or not (folders[-1] / "initdb").exists():
        pytest.skip("no PostgreSQL below /usr/lib/postgresql: `apt-get install postgresql` to run this")
    binaries = folders[-1]
    # A short path: a Unix socket's may not exceed 107 bytes.
    home = Path(tempfile.mkdtemp(prefix="viva-pg-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        owner = pwd.getpwnam("postgres")
        os.chown(home, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]
    data = home / "data"
    initdb = [*as_owner, binaries / "initdb", "-D", data, "-U", "viva", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=home)
    port = _free_port()
    # Tests kill processes, never the machine: what was written survives without fsync, and far faster.
    options = f"-k {home} -p {port} -c listen_addresses='' -c max_connections=200 -c fsync=off"
    control = [*as_owner, binaries / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options]
    subprocess.run([*control, "start"], check=True, stdout=subprocess.DEVNULL, cwd=home)
    try:
        yield f"postgresql+asyncpg://viva@/postgres?host={home}&port={port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd=home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server of this test session's own; skips, loudly, where it is not installed."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server: `apt-get install redis-server` to run this")
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="viva-redis-") as home:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", home]
        server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            _wait_for_port(port, server)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(timeout=10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int, server: "subprocess.Popen[bytes]", patience_s: float = 20.0) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode} before it listened")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listened on port {port} for {patience_s:g} s")
