"""Who works, with what, and how late they are: read from the cards and the streams, twice a second by every server.

A worker that speaks another version of the bus, or has another speech model than the one that is asked for, is not
counted among those who answer; why not is said once, in the log, and as long as it is so where operators look.
"""

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec
from redis.exceptions import ResponseError

from realtime.inference import wire
from realtime.inference.bus import InferenceStatistics
from realtime.inference.engine import EngineDescription
from realtime.inference.streams import FACES, FINALS, GROUP, PARTIALS, POISON, WIRE_VERSION, WORKERS

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class WorkerRoll:
    """``digest``: the only speech model that may answer; None: the one that most workers have."""

    digest: str | None = None
    workers: list[wire.WorkerCard] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    backlog: dict[str, int] = field(default_factory=lambda: dict.fromkeys((FINALS, PARTIALS, FACES), 0))
    unread_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys((FINALS, PARTIALS, FACES), 0.0))
    poison: int = 0

    @property
    def speech(self) -> EngineDescription | None:
        return next((worker.speech for worker in self.workers if worker.speech), None)

    @property
    def face(self) -> EngineDescription | None:
        return next((worker.face for worker in self.workers if worker.face), None)

    async def look(self, redis: Any) -> None:
        """Raises ``RedisError``."""
        names = sorted([key async for key in redis.scan_iter(match=WORKERS + "*", count=200)])
        cards = await redis.mget(names) if names else []
        known = [
            (name.decode().removeprefix(WORKERS), _card(data)) for name, data in zip(names, cards, strict=True) if data
        ]
        self._enrol(known)
        for stream in self.backlog:
            self.backlog[stream] = await redis.xlen(stream)
            self.unread_s[stream] = await _unread_s(redis, stream) if self.backlog[stream] else 0.0
        self.poison = await redis.xlen(POISON)

    def forget(self) -> None:
        """The bus is away: who works now nobody knows."""
        self.workers = []
        self.reasons = ["Redis is not reachable"]

    def _enrol(self, known: list[tuple[str, wire.WorkerCard | None]]) -> None:
        spoken = [card for _, card in known if card is not None and card.wire == WIRE_VERSION]
        strangers = [name for name, card in known if card is None or card.wire != WIRE_VERSION]
        wanted = self.digest or _commonest(spoken)
        others = [card for card in spoken if card.speech and wanted and card.speech.digest != wanted]
        reasons = [f"worker {name} speaks another version of the bus than {WIRE_VERSION}" for name in strangers]
        reasons += [f"worker {card.name} has {card.speech}, not the model {str(wanted)[:12]}" for card in others]
        for reason in reasons:
            if reason not in self.reasons:
                logger.warning("%s: it is not asked", reason)
        self.reasons = reasons
        self.workers = [card for card in spoken if card not in others]

    def engines(self) -> InferenceStatistics:
        """The engines of all workers together; the lag is the wait on the bus and then the worst worker's."""
        all_of = [card.statistics for card in self.workers]
        batches = sum(one.batches for one in all_of)
        stages: Counter[str] = Counter()
        for one in all_of:
            stages.update(one.stage_ms)
        return InferenceStatistics(
            stale=sum(one.stale for one in all_of),
            withdrawn=sum(one.withdrawn for one in all_of),
            batches=batches,
            mean_batch=sum(one.mean_batch * one.batches for one in all_of) / batches if batches else 0.0,
            queue_wait_p50_ms=max((one.queue_wait_p50_ms for one in all_of), default=0.0),
            queue_wait_p95_ms=max((one.queue_wait_p95_ms for one in all_of), default=0.0),
            busy_ms=sum(one.busy_ms for one in all_of),
            busy_share=sum(one.busy_share for one in all_of) / len(all_of) if all_of else 0.0,
            audio_s=sum(one.audio_s for one in all_of),
            stage_ms=dict(stages),
            step_s=max((one.step_s for one in all_of), default=0.0),
            partial_lag_s=self.unread_s[PARTIALS] + max((one.partial_lag_s for one in all_of), default=0.0),
            final_lag_s=self.unread_s[FINALS] + max((one.final_lag_s for one in all_of), default=0.0),
            poison=self.poison,
            workers=len(all_of),
        )


def _commonest(cards: list[wire.WorkerCard]) -> str | None:
    """Of two that are as common, the first by its digest: all servers choose the same."""
    digests = Counter(card.speech.digest for card in cards if card.speech)
    return min(digests, key=lambda digest: (-digests[digest], digest), default=None)


async def _unread_s(redis: Any, stream: str) -> float:
    """The age of the oldest request that no worker has read yet, by Redis's clock, which also made the entry's id."""
    try:
        groups = {group["name"]: group for group in await redis.xinfo_groups(stream)}
    except ResponseError:
        return 0.0  # deleted since its length was asked
    read = groups.get(GROUP.encode())
    after = b"(" + read["last-delivered-id"] if read else b"-"
    oldest = await redis.xrange(stream, after, "+", count=1)
    if not oldest:
        return 0.0
    seconds, microseconds = await redis.time()
    return max(0.0, float(seconds) + float(microseconds) / 1e6 - int(oldest[0][0].split(b"-")[0]) / 1e3)


def _card(data: bytes) -> wire.WorkerCard | None:
    try:
        return wire.read_card(data)
    except msgspec.DecodeError:
        return None
