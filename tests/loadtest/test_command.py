"""``viva load``: its exit status tells a pipeline what happened, and every failure is in the summary."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError

from loadtest import command
from loadtest.candidate import Pace, VirtualCandidate
from loadtest.command import BAD_CONFIGURATION, FAILED, PASSED, main

PASSWORD = "correct horse battery"


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real one, as a process of its own; two may be interviewed at once."""
    folder = tmp_path_factory.mktemp("viva")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "VIVA_DATA_DIR": str(folder),
        "VIVA_PORT": str(port),
        "VIVA_SPEECH_MODEL": "none",
        "VIVA_FACE_MODEL": "none",
        "VIVA_MEDIA_ADDRESSES": "127.0.0.1",
        "VIVA_ADMIN_PASSWORD": PASSWORD,
        "VIVA_MAX_INTERVIEWS": "2",
        "VIVA_DRAIN_SECONDS": "0",
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith("VIVA_")}
    with (folder / "log").open("wb") as log:
        command_line = [sys.executable, "-m", "server", "serve"]
        process = subprocess.Popen(command_line, env=others | settings, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            assert process.poll() is None, "the server ended before it was ready"
            try:
                if client.get(f"{url}/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise AssertionError("the server was not ready in time")


Load = Callable[..., int]


@pytest.fixture
def load(password_file: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """The command with typed answers and without the pauses of a person."""
    quick = partial(VirtualCandidate, pace=Pace(breath_s=0.0, typing_s=0.0))
    monkeypatch.setattr(command, "VirtualCandidate", quick)

    def run(*words: str) -> int:
        return main(["--password-file", str(password_file), "--ramp", "0.1", *words])

    return run


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for option in ("--url", "--interviews", "--ramp", "--transport", "--password-file", "--json", "--seed"):
        assert option in shown


def test_a_configuration_that_cannot_work_says_why(load: Load, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        assert load("--url", f"http://127.0.0.1:{port}") == BAD_CONFIGURATION
    assert f"http://127.0.0.1:{port} does not answer" in capsys.readouterr().err
    assert main(["--password-file", "/nowhere/at/all"]) == BAD_CONFIGURATION
    assert "/nowhere/at/all: No such file" in capsys.readouterr().err


def test_interviews_that_finish_and_interviews_that_are_refused(
    server: str, load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.json"
    typed = ("--url", server, "--transport", "text", "--json", str(summary))
    assert load(*typed, "--interviews", "2") == PASSED, capsys.readouterr().err
    found = json.loads(summary.read_text())
    assert (found["finished"], found["failures"], found["transport"]) == (2, [], "text")
    assert found["join_s"]["median"] <= found["join_s"]["max"]
    assert found["generator_lateness_s"]["max"] < 30
    assert main(["--url", server, "--password-file", str(summary)]) == BAD_CONFIGURATION  # not the password
    assert "/api/v1/sign-in: HTTP 401" in capsys.readouterr().err
    assert load(*typed, "--interviews", "1", "--position", "pilot") == BAD_CONFIGURATION
    assert "/api/v1/invitations: HTTP 404" in capsys.readouterr().err


def test_a_server_that_is_full_fails_the_run_and_is_named(
    server: str, load: Load, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.json"
    assert (
        load("--url", server, "--transport", "text", "--json", str(summary), "--interviews", "4", "--patience", "0")
        == FAILED
    )
    found = json.loads(summary.read_text())
    assert found["finished"] == 2
    assert len(found["failures"]) == 2
    assert all(failure.startswith("server_full") for failure in found["failures"])
    assert "server_full" in capsys.readouterr().out


def test_a_server_that_goes_away_is_a_failure_of_each_and_not_of_the_tester(
    server: str, load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dropped:
        def __init__(self, *_anything: object, **_named: object) -> None: ...

        async def run(self) -> None:
            raise ConnectionClosedError(None, None)

    monkeypatch.setattr(command, "VirtualCandidate", Dropped)
    summary = tmp_path / "summary.json"
    assert load("--url", server, "--interviews", "2", "--json", str(summary)) == FAILED
    assert json.loads(summary.read_text())["failures"] == ["ConnectionClosedError"] * 2


def test_a_spread_of_nothing_is_nothing() -> None:
    assert command._spread([]) is None
    assert command._spread([3.0, 1.0, 2.0]) == {"median": 2.0, "p95": 3.0, "max": 3.0}
