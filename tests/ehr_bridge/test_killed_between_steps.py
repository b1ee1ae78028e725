"""Exactly once in effect: a real process is killed (SIGKILL) between any two steps, started again, and everything
arrives once. ``RANDOM_KILLS=200`` in the environment makes the run with random moments longer.
"""

import multiprocessing
import multiprocessing.connection
import os
import random
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest
import sqlalchemy
from sqlalchemy.engine import make_url

from ehr_bridge.outbox import Message
from ehr_bridge.store import delivery, metadata
from tests.ehr_bridge import killed_process

PATIENCE_S = 60.0
AT_ONCE = 6
RANDOM_KILLS = int(os.environ.get("RANDOM_KILLS", "3"))
# PostgreSQL runs the points at which a commit of one database has no counterpart in the other yet.
POSTGRES_POINTS = ("attempt_counted", "ehr_committed", "send_recorded", "noted")
ONCE = {"ehr_person": 1, "ehr_application": 1, "ehr_interview_result": 1, "ehr_receipt": 1, "outbox": 1}

Counts = dict[str, int]
Run = Callable[..., int]


@pytest.fixture(scope="module")
def spawn() -> Run:
    """``spawn(url, messages, point, kill_after_s, executor_id)``: runs the delivery in a process of its own, which
    kills itself at ``point`` or is killed after ``kill_after_s``. Its exit code, −9 if it was killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ehr_bridge.killed_process"])
    # An exit code can be read from the fork server only once. Starting a process asks every other one for its code,
    # from whichever thread that is: two readers at the same moment, and the second is told 255. So only one asks.
    asking = Lock()

    def run(
        url: str,
        messages: list[Message],
        point: str = "",
        kill_after_s: float | None = None,
        executor_id: str = "one",
    ) -> int:
        process = context.Process(target=killed_process.main, args=(url, messages, point, executor_id))
        with asking:
            process.start()
        if kill_after_s is not None:
            multiprocessing.connection.wait([process.sentinel], kill_after_s)
            with asking:
                process.kill()
        ended = multiprocessing.connection.wait([process.sentinel], PATIENCE_S)
        with asking:
            if not ended:
                process.kill()
            process.join()
            code = process.exitcode
            process.close()
        assert ended, f"did not end within {PATIENCE_S:g} s"
        assert code is not None
        return code

    return run


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stores(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """``stores(name)``: the URL of a new database with the schema in it."""

    def new(name: str) -> str:
        if backend == "sqlite":
            (tmp_path / name).mkdir()
            url = f"sqlite+aiosqlite:///{tmp_path / name / 'viva.db'}"
        else:
            url = request.getfixturevalue("postgres_database")(name)
        engine = _sync(make_url(url))
        metadata.create_all(engine)
        engine.dispose()
        return url

    return new


def _sync(url: sqlalchemy.URL) -> sqlalchemy.Engine:
    """A blocking engine for the same database that keeps no connection."""
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    return sqlalchemy.create_engine(
        url.set(drivername=driver), isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.pool.NullPool
    )


def _found(url: str) -> Counts:
    """Rows of every table that may hold something once and only once."""
    with _sync(make_url(url)).connect() as connection:
        found = {
            name: int(
                connection.execute(
                    sqlalchemy.select(sqlalchemy.func.count()).select_from(metadata.tables[name])
                ).scalar_one()
            )
            for name in ONCE
        }
        acknowledged = sqlalchemy.select(sqlalchemy.func.count()).where(delivery.c.state == "acknowledged")
        found["acknowledged"] = int(connection.execute(acknowledged).scalar_one())
        return found


def test_a_kill_at_every_point(backend, stores, spawn, message) -> None:
    """At each point: the first process dies there by SIGKILL, the second delivers, everything is there once."""

    def killed_and_started_again(point: str, url: str) -> tuple[int, int, Counts]:
        sent = [message(1)]
        return spawn(url, sent, point), spawn(url, sent), _found(url)

    points = POSTGRES_POINTS if backend == "postgresql" else killed_process.POINTS
    urls = {point: stores(point) for point in points}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = dict(zip(urls, pool.map(lambda item: killed_and_started_again(*item), urls.items()), strict=True))
    expected = (-signal.SIGKILL, 0, ONCE | {"acknowledged": 1})
    assert results == dict.fromkeys(points, expected)


@pytest.mark.timeout(120 + 10 * RANDOM_KILLS)
def test_kills_at_random_moments(stores, spawn, message) -> None:
    """Three reports; their process dies again and again at a random moment, then one is left to finish."""
    sent = [message(number) for number in (1, 2, 3)]
    moments = random.Random(20260101)

    def harassed(url: str, kills: list[float]) -> tuple[int, Counts]:
        for kill_after_s in kills:
            spawn(url, sent, kill_after_s=kill_after_s)
        return spawn(url, sent), _found(url)

    runs = min(RANDOM_KILLS, 3)
    kills = [[moments.uniform(0.05, 1.5) for _ in range(number, RANDOM_KILLS, runs)] for number in range(runs)]
    with ThreadPoolExecutor(runs) as pool:
        results = list(pool.map(harassed, [stores(f"random{number}") for number in range(runs)], kills))
    assert results == [(0, {name: 3 * count for name, count in (ONCE | {"acknowledged": 1}).items()})] * runs


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.services
def test_two_processes_on_one_database(backend, stores, spawn, message) -> None:
    """Both promise the same six reports and both deliver; everything is there once."""
    sent = [message(number) for number in range(1, 7)]
    url = stores("two")
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda name: spawn(url, sent, executor_id=name), ["one", "two"]))
    assert codes == [0, 0]
    assert _found(url) == {name: 6 * count for name, count in (ONCE | {"acknowledged": 1}).items()}
