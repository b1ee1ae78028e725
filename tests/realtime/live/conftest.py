"""A live interview without its house: virtual time, a journal in memory that can stall, and tabs that listen.

Nothing here waits for the wall clock. ``virtually(coroutine)`` runs it on a loop whose time jumps to the next timer
as soon as nobody has anything to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np
import pytest

from realtime.inference.bus import InferenceStatistics, InferenceUnavailable
from realtime.inference.engine import (
    EngineDescription,
    FaceRequest,
    FaceResult,
    Pcm,
    SpeechRequest,
    SpeechResult,
)
from realtime.interview.plan import InterviewPlan, PlannedQuestion
from realtime.interview.session import InterviewSession
from realtime.live.archive import Archive
from realtime.live.clock import InterviewClock
from realtime.live.conductor import Connections, LiveInterview
from realtime.live.ear import Senses
from realtime.live.journal import FencedOff, JournalEntry, JournalUnavailable, StoredMessage
from realtime.live.listening import Listening
from realtime.live.outbox import Cut, Outbox
from realtime.live.settling import Settling
from realtime.media.errors import MediaError
from realtime.protocol import codec
from realtime.protocol import messages as say
from realtime.protocol.text import Bilingual

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its clock stands still while there is work, and jumps to the next timer when there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0

    def time(self) -> float:
        return self._now_s

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """At once: a thread lives in another time than this loop."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _run_once(self) -> None:
        scheduled, ready = self._scheduled, self._ready  # type: ignore[attr-defined]
        if scheduled and not ready:
            self._now_s = max(self._now_s, scheduled[0].when())
        super()._run_once()  # type: ignore[misc]


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(_nothing_left(asyncio.all_tasks(loop)))
        loop.close()


async def _nothing_left(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="session")
def virtually() -> Callable[[Coroutine[Any, Any, T]], T]:
    return run_virtually


def loop_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


@dataclass(slots=True)
class MemoryJournal:
    """``stall``: the next commit never returns, having written everything or nothing."""

    stored: dict[str, list[StoredMessage]] = field(default_factory=dict)
    records: dict[str, list[Any]] = field(default_factory=dict)
    snapshots: dict[str, bytes] = field(default_factory=dict)
    entries: list[JournalEntry] = field(default_factory=list)
    stall: Literal["", "before", "after"] = ""
    unavailable: bool = False
    fences: dict[str, int] = field(default_factory=dict)

    def raise_fence(self, interview_id: str) -> int:
        self.fences[interview_id] = self.fences.get(interview_id, 0) + 1
        return self.fences[interview_id]

    async def open(self, interview_id: str) -> int:
        return self.raise_fence(interview_id)

    async def commit(self, entry: JournalEntry) -> None:
        if self.unavailable:
            raise JournalUnavailable(entry.interview_id)
        if entry.fence != self.fences[entry.interview_id]:
            raise FencedOff(entry.interview_id)
        if self.stall == "before":
            await asyncio.Event().wait()
        self.entries.append(entry)
        self.stored.setdefault(entry.interview_id, []).extend(entry.messages)
        self.records.setdefault(entry.interview_id, []).extend(entry.evidence)
        self.snapshots[entry.interview_id] = entry.snapshot
        if self.stall == "after":
            await asyncio.Event().wait()

    async def messages(self, interview_id: str) -> list[StoredMessage]:
        return list(self.stored.get(interview_id, []))


@dataclass(slots=True)
class MemoryWriter:
    objects: dict[str, bytes]
    key: str
    data: bytearray = field(default_factory=bytearray)
    lost_bytes: int = 0

    def append(self, chunk: bytes) -> bool:
        self.data += chunk
        return True

    async def close(self, head: bytes = b"") -> None:
        self.data[: len(head)] = head
        self.objects[self.key] = bytes(self.data)

    async def abandon(self) -> None:
        pass


@dataclass(slots=True)
class MemoryStore:
    objects: dict[str, bytes] = field(default_factory=dict)
    writers: list[MemoryWriter] = field(default_factory=list)

    def create(self, key: str) -> MemoryWriter:
        self.writers.append(MemoryWriter(self.objects, key))
        return self.writers[-1]


@dataclass(slots=True)
class MemoryLog:
    """``full``: the disk says no."""

    name: str
    records: list[bytes]
    logs: "MemoryLogs"
    on_durable: Callable[[int], None] | None = None
    on_problem: Callable[[Any], None] | None = None

    @property
    def durable(self) -> int:
        return len(self.records)

    def append(self, record: bytes) -> int:
        if self.logs.full:
            raise MediaError("store_unavailable", "full", retry=True)
        asyncio.get_running_loop().call_later(0.05, self._commit, record)
        self.logs.waiting += 1
        return len(self.records) + self.logs.waiting

    def _commit(self, record: bytes) -> None:
        self.logs.waiting -= 1
        self.records.append(record)
        if self.on_durable is not None:
            self.on_durable(len(self.records))

    async def flush(self) -> None:
        await asyncio.sleep(0.06)  # all that was appended is there by then

    async def close(self, *, complete: bool = False) -> None:
        await self.flush()
        self.logs.held.discard(self.name)

    async def abandon(self) -> None:
        pass


@dataclass(slots=True)
class Reading:
    records: list[bytes]


@dataclass(slots=True)
class MemoryLogs:
    """What survives a killed process. One writer at a time has a log; ``refuses``: the end of a name."""

    stored: dict[str, list[bytes]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    full: bool = False
    refuses: str = "nothing"
    waiting: int = 0

    async def open(self, name: str, *, max_waiting_bytes: int = 0) -> MemoryLog:
        if self.full or name in self.held or name.endswith(self.refuses):
            raise MediaError("store_unavailable", "full", retry=True)
        self.held.add(name)
        return MemoryLog(name, self.stored.setdefault(name, []), self)

    async def read(self, name: str) -> Reading:
        if name not in self.stored:
            raise MediaError("recording_unknown", "no such log")
        return Reading(list(self.stored[name]))

    async def delete(self, name: str) -> None:
        self.stored = {key: records for key, records in self.stored.items() if not key.startswith(name + "/")}


@dataclass(slots=True)
class Engines:
    """``answer`` decides what becomes of each request; without one there is no speech engine."""

    answer: Callable[[SpeechRequest], Awaitable[SpeechResult]] | None = None
    asked: list[SpeechRequest] = field(default_factory=list)
    ready: bool = True
    face: EngineDescription | None = None

    @property
    def speech(self) -> EngineDescription | None:
        return EngineDescription("fake", "1", "0" * 64, ("zh", "en")) if self.answer else None

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def transcribe(self, request: SpeechRequest) -> SpeechResult:
        self.asked.append(request)
        if self.answer is None:
            raise InferenceUnavailable("no_speech_engine", retry=False)
        return await self.answer(request)

    async def analyse(self, request: FaceRequest) -> FaceResult:
        raise InferenceUnavailable("no_face_engine", retry=False)

    def statistics(self) -> InferenceStatistics:
        return InferenceStatistics()


def loud(chunks: Pcm) -> Any:
    """Voice activity as a stand-in for Silero: whatever is loud is speech. (n, 512) -> n probabilities."""
    return (np.abs(chunks).max(axis=1) > 0.1).astype(np.float32)


def planned(name: str) -> PlannedQuestion:
    return PlannedQuestion(id=name, text=Bilingual(zh=f"题目 {name}", en=f"Question {name}"))


def make_plan(interview_id: str = "iv_1", **changes: Any) -> InterviewPlan:
    values: dict[str, Any] = {
        "interview_id": interview_id,
        "position_id": "client_manager",
        "position_version": "1",
        "position": Bilingual(zh="客户经理", en="Client manager"),
        "employer": Bilingual(zh="示例银行", en="Example Bank"),
        "language": "zh",
        "questions": (planned("q1"), planned("q2")),
        "practice": PlannedQuestion("warm", Bilingual(zh="热身", en="Warm-up"), practice=True),
        "profile": "cn-bank",
        "voice_analysis_allowed": False,
        "face_analysis_allowed": False,
    }
    return InterviewPlan(**(values | changes))


class Tab:
    """A connection's other end; ``heard`` is everything that came, ``cut`` how it was closed."""

    def __init__(self, capacity: int = 512, *, reads: bool = True) -> None:
        self.outbox = Outbox(capacity)
        self.heard: list[say.Envelope] = []
        self.cut: Cut | None = None
        self._reader = asyncio.create_task(self._read()) if reads else None

    async def _read(self) -> None:
        while True:
            item = await self.outbox.take()
            if isinstance(item, Cut):
                self.cut = item
                return
            self.heard.append(codec.decode_envelope(item))

    def read(self) -> None:
        self._reader = asyncio.create_task(self._read())

    def all(self, kind: type[T]) -> list[T]:
        return [envelope.message for envelope in self.heard if isinstance(envelope.message, kind)]

    @property
    def seqs(self) -> list[int]:
        return [envelope.seq for envelope in self.heard if envelope.seq]

    @property
    def refused(self) -> list[str]:
        return [message.code for message in self.all(say.Refused)]

    def watched(self) -> list[say.Watched]:
        return self.all(say.Watched)

    async def stop(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)


class Stage:
    """One interview that can be started, killed and started again from what the journal has."""

    def __init__(self, plan: InterviewPlan | None = None, engines: Engines | None = None) -> None:
        self.plan = plan or make_plan()
        self.journal = MemoryJournal()
        self.store = MemoryStore()
        self.logs = MemoryLogs()
        self.engines = engines or Engines()
        self.rows = 0
        self.asked_to_score = 0
        self.interview: LiveInterview
        self.task: asyncio.Task[None]
        self.tabs: list[Tab] = []
        self.start()

    def start(self) -> None:
        snapshot = self.journal.snapshots.get(self.plan.interview_id)
        if snapshot is None:
            session, clock = InterviewSession(self.plan), InterviewClock(0, loop_ms)
        else:
            session = InterviewSession.restore(self.plan, snapshot)
            clock = InterviewClock(session.now_ms, loop_ms)
        senses = Senses(detector=lambda: loud)
        archive = Archive(self.plan.interview_id, self.logs)
        settling = Settling(self.plan.interview_id, self.engines, self.store, archive, senses)  # type: ignore[arg-type]
        listening = Listening(self.plan, self.engines, clock, senses, archive, settling)
        self.interview = LiveInterview(
            self.plan,
            session,
            clock=clock,
            journal=self.journal,
            fence=self.journal.raise_fence(self.plan.interview_id),
            listening=listening,
            connections=Connections(self._row, self._ended),
            log_so_far=list(self.journal.stored.get(self.plan.interview_id, [])),
        )
        self.interview.resume()
        self.task = asyncio.create_task(self.interview.run())

    def _row(self, _interview_id: str) -> None:
        self.rows += 1

    async def _ended(self, _interview_id: str) -> None:
        self.asked_to_score += 1

    async def kill(self) -> None:
        """The process dies here: nothing that it did not commit is left, and its connections are gone."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        self.journal.stall = ""
        for tab in self.tabs:
            await tab.stop()

    def tab(self, capacity: int = 512, *, reads: bool = True) -> Tab:
        tab = Tab(capacity, reads=reads)
        self.tabs.append(tab)
        return tab

    async def join(self, last_seen_seq: int = 0, language: Any = "zh") -> Tab:
        tab = self.tab()
        self.interview.join(tab.outbox, last_seen_seq, language)
        await self.quiet()
        return tab

    async def watch(self, last_seen_seq: int = 0, **how: Any) -> Tab:
        tab = self.tab(**how)
        self.interview.watch(tab.outbox, last_seen_seq)
        await self.quiet()
        return tab

    async def quiet(self) -> None:
        """Until everybody has done what there is to do now."""
        for _ in range(30):
            await asyncio.sleep(0)

    async def close(self) -> None:
        await self.kill()


@pytest.fixture(scope="session")
def stage() -> type[Stage]:
    return Stage


@pytest.fixture(scope="session")
def plan() -> Callable[..., InterviewPlan]:
    return make_plan


@pytest.fixture(scope="session")
def engines() -> type[Engines]:
    return Engines


@pytest.fixture(scope="session")
def tab() -> type[Tab]:
    return Tab
