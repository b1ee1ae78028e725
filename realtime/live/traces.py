"""Where an utterance's time went, part by part, from asking the engines to the words being sent.

    asked ─► gather ─► queue ─► (transport) ─► features … align ─► engine, handover ─► loop ─► commit ─► publish
    └──────────────── what the engines' side says of itself (``Spent``) ────────────┘

The parts leave no gap and overlap nowhere, so they add up to the whole. ``again``: attempts that came to nothing
before. ``loop``: from the answer being there to the session having it. ``commit``: the policy, and the evidence made
of it. ``publish``: the interview's own work until it is durable and handed to the connections.

The last of each kind are kept, without a word of what was said: ids, lengths and times.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from realtime.inference.engine import SAMPLE_RATE, SpeechRequest, Spent

KEPT = 256
"""Of each kind."""
MOST_OPEN = 4096
"""Traces under way; what is beyond never came to an end, and the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class UtteranceTrace:
    """``parts_ms``: in order; their sum is ``total_ms``. ``worker``: empty for an engine in this process."""

    interview_id: str
    utterance_id: str
    revision: int
    kind: Literal["partial", "final"]
    audio_ms: int
    window_s: int
    batch: int
    worker: str
    ended_at: float
    total_ms: float
    parts_ms: dict[str, float]


@dataclass(slots=True, eq=False)
class OpenTrace:
    """One request on its way. Its owner says what has been reached; ``Traces`` keeps it when it is complete."""

    request: SpeechRequest
    asked_at: float
    first_asked_at: float
    spent: Spent | None = None
    answered_at: float = 0.0
    committed_at: float = 0.0


@dataclass(slots=True)
class Traces:
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _open: "OrderedDict[tuple[str, str, int], OpenTrace]" = field(default_factory=OrderedDict)
    _failed: "OrderedDict[tuple[str, str], float]" = field(default_factory=OrderedDict)
    """When a final that has failed was asked for first."""
    _kept: dict[str, deque[UtteranceTrace]] = field(
        default_factory=lambda: {kind: deque(maxlen=KEPT) for kind in ("partial", "final")}
    )

    def asked(self, request: SpeechRequest) -> OpenTrace:
        now = self.clock()
        first = self._failed.get((request.session_id, request.utterance_id), now) if request.kind == "final" else now
        return OpenTrace(request, now, first)

    def failed(self, trace: OpenTrace) -> None:
        """A final will be asked for again; a partial is forgotten."""
        if trace.request.kind == "final":
            self._failed.setdefault((trace.request.session_id, trace.request.utterance_id), trace.asked_at)
            _trim(self._failed)

    def answered(self, trace: OpenTrace, spent: Spent | None) -> None:
        trace.answered_at, trace.spent = self.clock(), spent

    def committed(self, trace: OpenTrace) -> None:
        """Its words go to the interview now, and will be published."""
        trace.committed_at = self.clock()
        request = trace.request
        self._failed.pop((request.session_id, request.utterance_id), None)
        self._open[(request.session_id, request.utterance_id, request.revision)] = trace
        _trim(self._open)

    def published(self, interview_id: str, utterance_id: str, revision: int) -> None:
        """Of a caption that nobody traces, nothing is kept."""
        trace = self._open.pop((interview_id, utterance_id, revision), None)
        if trace is None or trace.spent is None:
            return
        now, spent = self.clock(), trace.spent
        parts_ms = {
            "again": (trace.asked_at - trace.first_asked_at) * 1e3,
            **spent.parts_ms,
            "loop": (trace.answered_at - trace.asked_at) * 1e3 - spent.total_ms,
            "commit": (trace.committed_at - trace.answered_at) * 1e3,
            "publish": (now - trace.committed_at) * 1e3,
        }
        self._kept[trace.request.kind].append(
            UtteranceTrace(
                interview_id=interview_id,
                utterance_id=utterance_id,
                revision=revision,
                kind=trace.request.kind,
                audio_ms=round(trace.request.samples * 1000 / SAMPLE_RATE),
                window_s=spent.window_s,
                batch=spent.batch,
                worker=spent.worker,
                ended_at=self.wall(),
                total_ms=(now - trace.first_asked_at) * 1e3,
                parts_ms={part: spent_ms for part, spent_ms in parts_ms.items() if part != "again" or spent_ms},
            )
        )

    def last(self, kind: Literal["partial", "final"], limit: int = KEPT) -> list[UtteranceTrace]:
        """Newest first."""
        return list(reversed(self._kept[kind]))[:limit]


def _trim(entries: "OrderedDict[tuple[str, str, int], OpenTrace] | OrderedDict[tuple[str, str], float]") -> None:
    while len(entries) > MOST_OPEN:
        entries.popitem(last=False)
