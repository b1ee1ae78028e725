"""What an operator sees of requests that no worker could digest."""

from collections.abc import Callable
from pathlib import Path

import pytest
import redis as redis_py
from click.testing import Result
from typer.testing import CliRunner

from realtime.inference.streams import FINALS, POISON, poison_content
from server.cli import app

pytestmark = pytest.mark.services


@pytest.fixture
def poison(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("VIVA_REDIS_URL", redis_url)
    redis_py.Redis.from_url(redis_url).flushdb()
    return lambda *words: CliRunner().invoke(app, ["worker", "poison", *words])


def test_lines_are_listed_and_dropped_without_what_was_said(redis_url: str, poison: Callable[..., Result]) -> None:
    assert poison("list").output == "nothing is set aside\n"
    redis = redis_py.Redis.from_url(redis_url)
    about = {"stream": FINALS, "entry": "1-1", "bytes": 320, "reason": "delivered 4 times without an answer"}
    lines = [bytes(redis.xadd(POISON, about)).decode() for _ in range(2)]  # type: ignore[arg-type]
    redis.hset(poison_content(lines[0]), mapping={"header": b"secret", "content": b"voice"})
    redis.expire(poison_content(lines[0]), 600)
    listed = poison("list").output
    assert f"{FINALS}  320 bytes  content for" in listed
    assert "content gone  delivered 4 times without an answer" in listed
    assert "secret" not in listed
    assert poison("drop", lines[0]).output == "1 dropped\n"
    assert redis.exists(poison_content(lines[0])) == 0
    assert poison("retry", lines[1]).output.startswith(f"viva: the content of {lines[1]} was kept for an hour")
    assert poison("drop", "all").output == "1 dropped\n"


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_what_is_not_there_is_a_sentence(poison: Callable[..., Result], command: str) -> None:
    stopped = poison(command, "1-1")
    assert stopped.exit_code == 1
    assert "nothing is set aside as 1-1" in stopped.output


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://:secret@127.0.0.1:1/0"])
def test_no_redis_is_a_sentence_without_its_password(poison: Callable[..., Result], url: str) -> None:
    stopped = poison("list", "--redis-url", url)
    assert (stopped.exit_code, stopped.output) == (1, "viva: no Redis answers at 127.0.0.1:1/0\n")


def test_a_worker_without_a_model_does_not_pretend_to_work(tmp_path: Path) -> None:
    none = ["worker", "--speech-model", "none", "--data-dir", str(tmp_path)]
    stopped = CliRunner().invoke(app, none, env={"VIVA_FACE_MODEL": "none"})
    assert (stopped.exit_code, stopped.output.count("this worker would have no model")) == (2, 1)
