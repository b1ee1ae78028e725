"""Durable execution: DBOS Transact, configured and launched once per process, behind six verbs.

A *workflow* is an async function whose finished *steps* are written down; when the process dies, whoever
recovers the workflow runs it again from the top and gets the recorded value of each step that had finished. So

- everything with an effect, and everything that is not the same twice (clock, randomness, database), stands in a
  step; between the steps a workflow only decides;
- a step may run twice (it ended, the process died before that was written down): its effect must be idempotent;
- arguments and step values are ids and small JSON values. They are stored readable, outside the reach of the
  deletion of a person: never put personal data into them.

How a server uses it, and adds workflows of its own::

    durable = Durable(DurableSettings(system_database_url(store_url), executor_id="viva-1"))
    delivery = Delivery(durable, engine, [EmbeddedEhr(engine, wall_ms)], ...)      # registers "ehr.deliver"

    async def score(interview_id: str) -> None:
        await durable.step("fold and store", fold_and_enqueue, interview_id)       # one transaction: report + outbox
        await durable.step("render", render_files, interview_id)
        relay.nudge()

    score_workflow = durable.workflow("score", score)                              # before launch, by a stable name
    await durable.launch()                                                         # also recovers what a crash left
    await durable.start(score_workflow, f"score:{interview_id}", interview_id)     # the same id starts once
    ...
    await durable.close()                                                          # last: see below

Loop and threads, as measured with DBOS 3.4: ``launch`` blocks the loop for the schema check (about 0.1 s) and
must be called *inside* the running loop: DBOS adopts that loop, and recovered workflows then run on it, next to
the engine and the sockets they use. DBOS adds one queue thread per queue and five housekeeping threads, all
daemons, one database poll a second each, no port. It also puts its own thread pool under ``asyncio.to_thread`` of
this loop; ``close`` restores asyncio's, because after it DBOS's pool refuses work.

``close`` cancels running workflows, which does not fail them: they stay pending and the next launch with the same
``executor_id`` goes on with them. Ids must be stable across restarts and different among processes that live at
once; ``recover`` takes over for a process that will not come back (``launch`` does so by itself for one that is alone).
``APPLICATION_VERSION`` is pinned because DBOS by default hashes the source and leaves the work of an older hash
lying: change it only together with the order of steps in a workflow.
"""

import asyncio
import functools
import logging
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, StepOptions
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError

APPLICATION_VERSION = "viva-1"


def _store_is_away(error: BaseException) -> bool:
    return isinstance(error, (OperationalError, InterfaceError))


_STORE_RETRY: StepOptions = {
    "retries_allowed": True,
    "interval_seconds": 2.0,
    "backoff_rate": 1.0,
    "max_attempts": 1_000_000,
    "should_retry": _store_is_away,
}

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class DurableSettings:
    """``executor_id``: stable over restarts, unique among living processes. ``poll_s``: how often housekeeping looks;
    it is also how long ``close`` takes, and nothing of ours waits for it. ``alone``: no other process uses these
    books, so whatever is unfinished in them is ours."""

    system_database_url: str
    executor_id: str = "viva-1"
    name: str = "viva"
    threads: int = 16
    connections: int = 8
    poll_s: float = 1.0
    alone: bool = False


def system_database_url(store_url: str) -> str:
    """Where DBOS keeps its books, given the store's SQLAlchemy URL.

    PostgreSQL: the same database, schema ``dbos``. SQLite: a file of its own beside the store's, because SQLite
    has one writer per file and the two would wait for each other; no transaction spans both, so nothing is lost.
    """
    url = make_url(store_url)
    if url.get_backend_name() != "sqlite":
        return url.set(drivername="postgresql").render_as_string(hide_password=False)
    if not url.database or url.database == ":memory:":
        raise ValueError("durable workflows need a database file: in memory they would not survive anything")
    path = Path(url.database)
    return f"sqlite:///{path.with_name(path.stem + '-durable' + path.suffix)}"


class Durable:
    """One per process, because DBOS is: build, register, launch, use, close. A second one before the first is
    closed raises ``RuntimeError``; DBOS itself would silently go on with the first one's settings."""

    _open: ClassVar["Durable | None"] = None

    def __init__(self, settings: DurableSettings) -> None:
        if Durable._open is not None:
            raise RuntimeError("this process has a Durable already: close it first")
        _tame_logging()
        _use_wal(settings.system_database_url)
        self._running: set[asyncio.Task[Any]] = set()
        self._executor_id = settings.executor_id
        self._alone = settings.alone
        config: DBOSConfig = {
            "name": settings.name,
            "system_database_url": settings.system_database_url,
            "application_version": APPLICATION_VERSION,
            "executor_id": settings.executor_id,
            "serializer": DBOSPortableJSONSerializer(),
            "max_executor_threads": settings.threads,
            "sys_db_pool_size": settings.connections,
            "notification_listener_polling_interval_sec": settings.poll_s,
            "log_level": "WARNING",
            "enable_otlp": False,
        }
        DBOS(config=config)
        Durable._open = self

    def workflow(self, name: str, function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        """Registers ``function`` under a name that recovery will look for in later processes. Before ``launch``."""
        # Unlimited: our own attempt counters decide when to give up, not the number of restarts of the process.
        return DBOS.workflow(name=name, max_recovery_attempts=None)(self._tracked(function))

    def _tracked(self, function: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
        """DBOS leaves running workflows to the loop when it is closed: we keep them so that ``close`` can end them."""

        @functools.wraps(function)
        async def run(*args: P.args, **kwargs: P.kwargs) -> R:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                return await function(*args, **kwargs)
            finally:
                self._running.discard(task)

        return run

    async def launch(self) -> None:
        """Starts DBOS on the running loop and begins to recover what this executor left unfinished.

        A process that is alone with its books takes up everything, under whichever executor id it was begun: a
        container that was made anew has another host name.
        """
        DBOS.launch()
        if self._alone:
            pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
            others = {status.executor_id for status in pending if status.executor_id} - {self._executor_id}
            await self.recover(sorted(others))

    async def start(
        self, workflow: Callable[P, Coroutine[Any, Any, R]], workflow_id: str, *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Starts it in the background. The same id again, now or in another process, changes nothing."""
        with SetWorkflowID(workflow_id):
            await DBOS.start_workflow_async(workflow, *args, **kwargs)

    async def step(
        self, name: str, function: Callable[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Inside a workflow: runs ``function`` and remembers its value, or returns the remembered one.

        A step that finds the store away (connection lost, file locked) is tried again every 2 s until it is back;
        any other exception is the step's recorded outcome and usually the end of the workflow.
        """
        return await DBOS.run_step_async({"name": name, **_STORE_RETRY}, function, *args, **kwargs)

    async def sleep(self, seconds: float) -> None:
        """Inside a workflow: a wait that a restart does not begin anew."""
        await DBOS.sleep_async(seconds)

    async def result(self, workflow_id: str) -> Any:
        """Waits for the workflow, wherever it runs."""
        return await DBOS.get_result_async(workflow_id)

    async def recover(self, executor_ids: Sequence[str]) -> int:
        """Takes over the unfinished workflows of processes that are gone for good. Returns how many.

        Only for executors that certainly do not run any more: a living one would lose its workflows to us.
        """
        if not executor_ids:
            return 0
        handles = await asyncio.to_thread(DBOS._recover_pending_workflows, list(executor_ids))
        return len(handles)

    async def close(self) -> None:
        """Leaves every unfinished workflow to the next launch. Call it when nothing starts workflows any more."""
        loop = asyncio.get_running_loop()
        running = list(self._running)
        logging.getLogger("dbos").setLevel(logging.ERROR)  # it would warn of each task that is cancelled here
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        # A thread of our own: DBOS joins threads that may be waiting for this very loop.
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="durable-close") as closer:
            await loop.run_in_executor(closer, lambda: DBOS.destroy(destroy_registry=True))
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asyncio"))
        Durable._open = None


def _tame_logging() -> None:
    """DBOS adds a console handler of its own unless it finds one; ours decides what is written, and where."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
        logger.propagate = True


def _use_wal(url: str) -> None:
    """WAL is a property of the file. DBOS leaves SQLite's default, in which every reader blocks every writer."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return
    path = Path(parsed.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = sqlite3.connect(parsed.database)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
