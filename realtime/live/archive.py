"""The takes of one interview: opened with their answers, filled by the candidate's devices, closed when complete or
given up.

A device reports to the interview what it has, over however many connections; what is durable is told back to each of
them. Everything that matters is in the logs, so another process goes on with the same takes (``open`` with what the
snapshot says).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from realtime.media.errors import MediaError
from realtime.media.ingest import EncodedFrame
from realtime.media.take import Packet, Take, refused
from realtime.media.take_log import Absent, Ended
from realtime.media.take_store import (
    LiveCopy,
    Logs,
    StoredTake,
    open_live_copy,
    packets_of,
    read_take,
    sound_of,
    takes_name,
)
from realtime.protocol.frames import MediaFrame
from realtime.protocol.media_messages import MediaTold, TakeAbsent, TakeClosed, TakeEnded, Takes, TakeSaved, TakeState
from realtime.protocol.missing import MissingSound
from realtime.protocol.refusals import refusal

log = logging.getLogger("viva.archive")

OPEN_AGAIN_S = 2.0
GREW_EVERY_S = 1.0
RANGES_TOLD = 16
"""Of what is durable beyond a hole. More holes than these come of a device that makes them itself."""
NO_DEVICE_S = 3.0
"""A take of which nothing has come, and no device is there that could bring anything."""


@dataclass(frozen=True, slots=True)
class TakeKey:
    """``attempt``: of the answer to the question."""

    take: int
    question_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TakeOutcome:
    """How a take was closed. ``used`` False: the candidate's client knows nothing of takes, and the recording is what
    was heard live. ``end_ms``: where it ends, missing or not."""

    used: bool
    complete: bool
    packets: int | None
    end_ms: int
    missing: tuple[MissingSound, ...] = ()


class Device:
    """One connection of a device: what it is to be told. ``waits`` is set when there is something."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()
        self._told: dict[int, TakeSaved] = {}
        self._saved: dict[int, TakeSaved] = {}
        self._others: list[MediaTold] = []

    def take_all(self) -> list[MediaTold]:
        """What is new since the last time."""
        self.waits.clear()
        saved = [known for take, known in self._saved.items() if known != self._told[take]]
        self._told |= self._saved
        others, self._others = self._others, []
        return [*saved, *others]

    def knows(self, known: TakeSaved) -> None:
        self._told[known.take] = known

    def saved(self, known: TakeSaved) -> None:
        if known != self._told.setdefault(known.take, TakeSaved(known.take, -1)):
            self._saved[known.take] = known
            self.waits.set()

    def say(self, message: MediaTold) -> None:
        if message not in self._others:
            self._others.append(message)
            self.waits.set()


class _Held:
    """A take in this process. ``stored`` None: its log is not open (yet)."""

    def __init__(self, key: TakeKey) -> None:
        self.key = key
        self.stored: StoredTake | None = None
        self.live: LiveCopy | None = None
        self.opening: asyncio.Task[None] | None = None
        self.answer_ms: int | None = None
        """How long the answer was; None: it is still open."""
        self.closed = False
        self.grew_at_s = 0.0
        self.outcome: asyncio.Future[TakeOutcome] = asyncio.get_running_loop().create_future()

    @property
    def take(self) -> Take:
        return self.stored.take if self.stored is not None else Take()


class Archive:
    """One interview's. ``ready`` is set when the takes of the process before this one are open again."""

    def __init__(self, interview_id: str, logs: Logs) -> None:
        self._interview_id = interview_id
        self._logs = logs
        self._held: dict[int, _Held] = {}
        self._devices: set[Device] = set()
        self._seen_device = False
        self._ending = False
        self.ready = asyncio.Event()
        self.grew: Callable[[TakeKey], object] = lambda _key: None
        """Called when more of a closed answer's take is durable, at most once a second."""
        self.elapsed_ms: Callable[[], int] = lambda: 0
        """How long the open answer has been open."""

    def _name(self, take: int, what: str = "sound") -> str:
        return f"{takes_name(self._interview_id)}/{take}/{what}"

    # ------------------------------------------------------------------ the interview's side
    async def open(self, key: TakeKey) -> None:
        """Its packets are welcome from here on. A disk that says no is asked again until it says yes; what comes
        meanwhile is refused, and the device keeps it."""
        if key.take in self._held:
            return
        held = self._held[key.take] = _Held(key)
        if not await self._try_open(held):
            held.opening = asyncio.create_task(self._open_later(held), name=f"open take {key.take}")

    async def restore(self, keys: Iterable[TakeKey]) -> None:
        """What the snapshot names: the takes of answers that are not settled."""
        for key in keys:
            await self.open(key)
        self.ready.set()

    async def _try_open(self, held: _Held) -> bool:
        take = held.key.take
        try:
            # Each stays open when the other cannot be opened: it is not opened again.
            if held.live is None:
                held.live = await open_live_copy(self._logs, self._name(take, "live"))
            stored = await StoredTake.open(self._logs, self._name(take), lambda: self._changed(held), self._problem)
        except MediaError as error:
            log.error("take of %s cannot be opened: %s", self._interview_id, error.code)
            return False
        held.stored = stored
        self._changed(held)
        return True

    async def _open_later(self, held: _Held) -> None:
        while True:
            await asyncio.sleep(OPEN_AGAIN_S)
            if await self._try_open(held):
                self._tell_all(self.takes())
                return

    def record_live(self, take: int, frame: EncodedFrame, at_ms: int) -> None:
        held = self._held.get(take)
        if held is not None and held.live is not None:
            held.live.write(frame, at_ms)

    def end(self, take: int, answer_ms: int) -> None:
        """The answer is closed: now the take can be complete, or given up."""
        held = self._held[take]
        if held.answer_ms is None:
            held.answer_ms = answer_ms
            self._changed(held)
            if not self._seen_device:
                asyncio.get_running_loop().call_later(NO_DEVICE_S, self._unused, held)

    def _unused(self, held: _Held) -> None:
        """A candidate whose client knows nothing of takes: what was heard live is the recording."""
        if not self._seen_device and held.take.empty:
            self._close(held)

    async def interview_ends(self, *, done: bool) -> None:
        """The last question is over: what no device holds is not waited for any more. ``done``: every recording stands,
        and the logs have done their work. Where one could not be written, they are what there is of it, and stay."""
        if not self._ending:
            self._ending = True
            for held in self._held.values():
                self._changed(held)
        if done and self._held:
            await self._forget()

    async def outcome(self, take: int) -> TakeOutcome:
        """Waits until the take is complete, or given up."""
        return await asyncio.shield(self._held[take].outcome)

    async def contents(self, take: int) -> tuple[list[Packet], Sequence[EncodedFrame]]:
        """All sound of the take that is durable, and what came live. Raises ``MediaError`` store_unavailable."""
        held = self._held[take]
        if held.live is not None:
            if held.live.lost:
                log.error("%d live frames of %s were lost to a slow disk", held.live.lost, self._interview_id)
            await held.live.log.flush()
        sound = sound_of(await read_take(self._logs, self._name(take)))
        live = await read_take(self._logs, self._name(take, "live"))
        return sound, [frame for frame in live if isinstance(frame, EncodedFrame)]

    def give_up(self, take: int) -> None:
        """The limit is over: what is missing now stays missing."""
        held = self._held.get(take)
        if held is not None:
            self._close(held)

    def _changed(self, held: _Held) -> None:
        if held.closed or held.stored is None:
            return
        take, stored = held.key.take, held.stored
        for device in self._devices:
            device.saved(_saved(take, stored.take))
        if held.answer_ms is None or not stored.settled:
            return
        if stored.take.complete or (self._ending and stored.take.hopeless):
            self._close(held)
            return
        now_s = asyncio.get_running_loop().time()
        if now_s - held.grew_at_s >= GREW_EVERY_S:
            held.grew_at_s = now_s
            self.grew(held.key)

    def _close(self, held: _Held) -> None:
        if held.closed:
            return
        held.closed = True
        take = held.take
        used = not take.empty or self._seen_device
        missing = tuple(take.missing(held.answer_ms or 0)) if used else ()
        end_ms = max([take.end_ms, *(gap.end_ms for gap in missing)])
        # Numbers may be missing without any sound: another device went on behind the room that the first one had.
        complete = take.complete or (take.packets is not None and not missing)
        held.outcome.set_result(TakeOutcome(used, complete or not used, take.packets, end_ms, missing))
        self._tell_all(TakeClosed(held.key.take, complete, list(missing)))

    # ------------------------------------------------------------------ the devices' side
    def connect(self) -> Device:
        device = Device()
        self._seen_device = True
        self._devices.add(device)
        device.say(self.takes(device))
        return device

    def disconnect(self, device: Device) -> None:
        self._devices.discard(device)

    def takes(self, device: Device | None = None) -> Takes:
        states = []
        for number, held in sorted(self._held.items()):
            take = held.take
            next_n, next_ms = take.goes_on_at(0 if held.answer_ms is not None else self.elapsed_ms())
            key = held.key
            states.append(
                TakeState(
                    number,
                    key.question_id,
                    key.attempt,
                    take.through,
                    take.ranges,
                    take.packets,
                    held.closed,
                    next_n,
                    next_ms,
                )
            )
            if device is not None:
                device.knows(_saved(number, take))
        return Takes(states)

    def keep(self, frame: MediaFrame) -> None:
        """Sound of a take. Raises ``ProtocolError`` frame_invalid, take_unknown, take_conflict, take_invalid,
        take_not_saved."""
        self._open_take(frame.take).put(packets_of(frame))

    def note(self, message: TakeEnded | TakeAbsent) -> None:
        """Raises ``ProtocolError`` take_unknown, take_invalid, take_not_saved."""
        stored = self._open_take(message.take)
        note = Ended(message.packets) if isinstance(message, TakeEnded) else Absent(message.first, message.until)
        stored.note(note)
        self._changed(self._held[message.take])

    def _open_take(self, take: int) -> StoredTake:
        held = self._held.get(take)
        if held is None or held.closed:
            raise refused("take_unknown")
        if held.stored is None:
            raise refused("take_not_saved")
        return held.stored

    def _problem(self) -> None:
        log.error("takes of %s are not being saved", self._interview_id)
        self._tell_all(refusal("take_not_saved"))

    def _tell_all(self, message: MediaTold) -> None:
        for device in self._devices:
            device.say(message)

    # ------------------------------------------------------------------ the end
    async def close(self) -> None:
        """The process is leaving. What is durable goes on with the next one."""
        opening = [held.opening for held in self._held.values() if held.opening is not None]
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        for held in self._held.values():
            for log_of in (held.stored, held.live):
                try:
                    if log_of is not None:
                        await log_of.close()
                except MediaError:
                    log.error("a take of %s was not flushed", self._interview_id)

    async def _forget(self) -> None:
        await self.close()
        self._held.clear()
        try:
            await self._logs.delete(takes_name(self._interview_id))
        except MediaError as error:
            log.warning("takes of %s are left lying: %s", self._interview_id, error.code)


def _saved(number: int, take: Take) -> TakeSaved:
    return TakeSaved(number, take.through, take.ranges[-RANGES_TOLD:])
