"""What every test may use."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parent.parent

# How long an example takes says how busy the machine is, not whether the example holds.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


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


@dataclass(frozen=True, slots=True)
class Bucket:
    """In a stand-in for S3 that checks signatures."""

    endpoint: str
    name: str
    key_id: str
    secret: str


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    port, name, user = _free_port(), "recordings", "viva"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    # The four requests that make the bucket and its user need no credentials, all others do.
    environment = os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": "4"}
    quiet = subprocess.DEVNULL
    server = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
    try:
        _wait_for_port(port, server)
        endpoint = f"http://127.0.0.1:{port}"
        made = subprocess.run(
            [sys.executable, "-c", _MAKE_BUCKET, endpoint, name, user], check=True, capture_output=True
        )
        yield Bucket(endpoint, name, *made.stdout.decode().split())
    finally:
        server.terminate()
        server.wait(timeout=10)


_MAKE_BUCKET = """
import sys, boto3
endpoint, bucket, user = sys.argv[1:]
common = dict(endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
boto3.client("s3", **common).create_bucket(Bucket=bucket)
iam = boto3.client("iam", **common)
iam.create_user(UserName=user)
key = iam.create_access_key(UserName=user)["AccessKey"]
rule = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=rule)
print(key["AccessKeyId"], key["SecretAccessKey"])
"""
"""In a process of its own: the client that makes a bucket is not the one that is tested."""


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
