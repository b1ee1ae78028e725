"""Who is computed next, over all sessions. Pure: no thread, no clock, no engine; time is an argument, in seconds.

Two kinds of item, two promises:

* a *partial* is worth having only if it is fresh. One a stream may wait and one may be in the engine; a newer
  one takes the place of the waiting one *and its turn in the line*, so that replacing never means starving.
  One that waited longer than ``stale_after_s`` is given up. Everything given up is reported and counted.
* a *final* once accepted is never dropped, never replaced, and goes before every partial of every session.
  A bounded line that drops nothing has to refuse at its door: that is what ``submit`` says then.

A batch holds items of one ``Shape`` only (what an engine can compute together). Within the same kind the shape
with the oldest deadline goes first, and is filled in rounds: every stream's first item by deadline, then every
stream's second. Items wait up to ``gather_s`` for company unless the batch is full; while a final gathers, no
partial may slip in and occupy the engine.

An engine whose step costs nearly the same for one final as for ten (a GPU) may be given ``final_patience_s``: so long
finals gather while there are partials to do, and not a moment where there are none. After that they go before every
partial, as ever.

    submit ──► waiting ──take──► in the engine ──done──► (out)
                  │ replaced, stale, withdrawn ──► (out, counted)
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, NamedTuple, TypeVar

Payload = TypeVar("Payload")
Kind = Literal["partial", "final"]


class Shape(NamedTuple):
    """What may be computed together: same engine, same window, same length of prompt, same kind.

    ``kind`` is also the task: CTranslate2 mixes languages in a batch, but neither beams nor prompts of two lengths, and
    where finals have a model of their own it is the kind that chooses it.
    """

    engine: str
    window: int
    prompt: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Policy:
    """Bounds and patience. ``..._budget_s``: from submission to the deadline that orders the line.
    ``batch_limits``: by engine, where it is not ``max_batch``."""

    gather_s: float = 0.015
    final_patience_s: float = 0.0
    max_batch: int = 8
    batch_limits: Mapping[str, int] = field(default_factory=dict)
    stale_after_s: float = 2.0
    partial_budget_s: float = 0.5
    final_budget_s: float = 1.0
    max_partials: int = 1024
    max_finals: int = 1024
    max_finals_per_stream: int = 16

    def batch_limit(self, engine: str) -> int:
        return self.batch_limits.get(engine, self.max_batch)


@dataclass(frozen=True, slots=True, eq=False)
class Item(Generic[Payload]):
    """``stream``: what latest-wins and fairness count over, a session of one engine.
    ``group``: the utterance; a final of a group makes its waiting partial pointless."""

    stream: Hashable
    shape: Shape
    payload: Payload
    group: str = ""


@dataclass(frozen=True, slots=True)
class Submitted(Generic[Payload]):
    """``refused``: why it was not taken in (``queue_full``). ``replaced``: what it made pointless."""

    refused: str | None = None
    replaced: Item[Payload] | None = None


@dataclass(frozen=True, slots=True)
class Batch(Generic[Payload]):
    shape: Shape
    items: tuple[Item[Payload], ...]
    waited_s: tuple[float, ...]


@dataclass(slots=True)
class _Waiting(Generic[Payload]):
    item: Item[Payload]
    submitted_at: float
    deadline: float
    gather_until: float


@dataclass(frozen=True, slots=True)
class Lag:
    """How long the one that waits longest has been waiting, seconds; 0: nothing waits."""

    partial_s: float = 0.0
    final_s: float = 0.0


@dataclass(slots=True)
class Counts:
    """Totals. ``submitted`` is the sum of all that became of an item and of what still waits."""

    submitted: int = 0
    coalesced: int = 0
    stale: int = 0
    refused: int = 0
    refused_finals: int = 0
    withdrawn: int = 0
    batches: int = 0
    taken: int = 0


@dataclass(slots=True)
class Scheduler(Generic[Payload]):
    policy: Policy = field(default_factory=Policy)
    counts: Counts = field(default_factory=Counts)
    _partials: dict[Hashable, _Waiting[Payload]] = field(default_factory=dict)
    _finals: list[_Waiting[Payload]] = field(default_factory=list)
    _in_engine: set[Hashable] = field(default_factory=set)

    @property
    def waiting(self) -> int:
        return len(self._partials) + len(self._finals)

    def submit(self, item: Item[Payload], now: float) -> Submitted[Payload]:
        self.counts.submitted += 1
        accepted = self._submit_final(item, now) if item.shape.kind == "final" else self._submit_partial(item, now)
        self.counts.refused += accepted.refused is not None
        self.counts.refused_finals += accepted.refused is not None and item.shape.kind == "final"
        self.counts.coalesced += accepted.replaced is not None
        return accepted

    def withdraw(self, item: Item[Payload]) -> None:
        """Its caller has gone. Unknown or already taken: nothing happens."""
        before = self.waiting
        if (waiting := self._partials.get(item.stream)) and waiting.item is item:
            del self._partials[item.stream]
        self._finals = [waiting for waiting in self._finals if waiting.item is not item]
        self.counts.withdrawn += before - self.waiting

    def expire(self, now: float) -> list[Item[Payload]]:
        """Takes out the partials that nobody can use any more. Call it before ``take``."""
        limit = now - self.policy.stale_after_s
        stale = [waiting.item for waiting in self._partials.values() if waiting.submitted_at < limit]
        for item in stale:
            del self._partials[item.stream]
        self.counts.stale += len(stale)
        return stale

    def take(self, now: float) -> Batch[Payload] | None:
        """The next batch, or None: then ``next_deadline`` says when to ask again."""
        ready = [line for line in self._first_choice(now) if self._ready_at(line) <= now]
        if not ready:
            return None
        line = min(ready, key=lambda line: min(waiting.deadline for waiting in line))
        chosen = _in_rounds(line)[: self.policy.batch_limit(line[0].item.shape.engine)]
        self._leave(chosen)
        self.counts.batches += 1
        self.counts.taken += len(chosen)
        return Batch(
            shape=chosen[0].item.shape,
            items=tuple(waiting.item for waiting in chosen),
            waited_s=tuple(now - waiting.submitted_at for waiting in chosen),
        )

    def next_deadline(self) -> float | None:
        """When ``take`` will have something, if nothing else happens; it may lie in the past."""
        lines = _by_shape(self._finals)
        if not self._finals or self.policy.final_patience_s:
            lines += self._partial_lines()
        return min(map(self._ready_at, lines), default=None)

    def lag(self, now: float) -> Lag:
        """A stream that asks again and again has been waiting since its turn in the line began, so replacing hides
        nothing. One that is in the engine is waiting for itself and does not count."""
        partials = [w.deadline for stream, w in self._partials.items() if stream not in self._in_engine]
        finals = [w.deadline for w in self._finals]
        return Lag(
            partial_s=max(0.0, now - min(partials) + self.policy.partial_budget_s) if partials else 0.0,
            final_s=max(0.0, now - min(finals) + self.policy.final_budget_s) if finals else 0.0,
        )

    def done(self, batch: Batch[Payload]) -> None:
        """The engine is through with it: its streams may have their next partial computed."""
        if batch.shape.kind == "partial":
            self._in_engine.difference_update(item.stream for item in batch.items)

    def _submit_partial(self, item: Item[Payload], now: float) -> Submitted[Payload]:
        old = self._partials.get(item.stream)
        if old is None and len(self._partials) >= self.policy.max_partials:
            return Submitted(refused="queue_full")
        self._partials[item.stream] = _Waiting(
            item=item,
            submitted_at=now,
            deadline=old.deadline if old else now + self.policy.partial_budget_s,
            gather_until=old.gather_until if old else now + self.policy.gather_s,
        )
        return Submitted(replaced=old.item if old else None)

    def _submit_final(self, item: Item[Payload], now: float) -> Submitted[Payload]:
        of_stream = sum(waiting.item.stream == item.stream for waiting in self._finals)
        if len(self._finals) >= self.policy.max_finals or of_stream >= self.policy.max_finals_per_stream:
            return Submitted(refused="queue_full")
        gather_until, deadline = now + self.policy.gather_s, now + self.policy.final_budget_s
        self._finals.append(_Waiting(item, now, deadline, gather_until))
        partial = self._partials.get(item.stream)
        if partial is None or partial.item.group != item.group:
            return Submitted()
        del self._partials[item.stream]
        return Submitted(replaced=partial.item)

    def _first_choice(self, now: float) -> list[list[_Waiting[Payload]]]:
        """The lines of which one may go now. Partials only while no final waits that has had its patience."""
        if not self._finals:
            return self._partial_lines()
        finals = _by_shape(self._finals)
        since = now - self.policy.final_patience_s
        if any(waiting.submitted_at <= since for waiting in self._finals) or any(map(self._is_full, finals)):
            return finals
        partials = self._partial_lines()
        return partials if any(self._ready_at(line) <= now for line in partials) else finals

    def _partial_lines(self) -> list[list[_Waiting[Payload]]]:
        return _by_shape(waiting for stream, waiting in self._partials.items() if stream not in self._in_engine)

    def _is_full(self, line: list[_Waiting[Payload]]) -> bool:
        return len(line) >= self.policy.batch_limit(line[0].item.shape.engine)

    def _ready_at(self, line: list[_Waiting[Payload]]) -> float:
        if self._is_full(line):
            return min(waiting.submitted_at for waiting in line)
        return min(waiting.gather_until for waiting in line)

    def _leave(self, chosen: list[_Waiting[Payload]]) -> None:
        if chosen[0].item.shape.kind == "final":
            gone = set(map(id, chosen))
            self._finals = [waiting for waiting in self._finals if id(waiting) not in gone]
            return
        for waiting in chosen:
            del self._partials[waiting.item.stream]
            self._in_engine.add(waiting.item.stream)


def _by_shape(waiting: Iterable[_Waiting[Payload]]) -> list[list[_Waiting[Payload]]]:
    lines: dict[Shape, list[_Waiting[Payload]]] = {}
    for one in waiting:
        lines.setdefault(one.item.shape, []).append(one)
    return list(lines.values())


def _in_rounds(line: list[_Waiting[Payload]]) -> list[_Waiting[Payload]]:
    """Every stream's earliest first, then every stream's second, …: a flood from one session stays its own."""
    seen: Counter[Hashable] = Counter()
    ranked = []
    for waiting in sorted(line, key=lambda waiting: waiting.deadline):
        ranked.append((seen[waiting.item.stream], waiting.deadline, waiting))
        seen[waiting.item.stream] += 1
    return [waiting for _, _, waiting in sorted(ranked, key=lambda entry: entry[:2])]
