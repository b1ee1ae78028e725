"""What must be durable before anybody is told of it. The server implements it on its database.

Every entry carries a *fence*: the number that its interview was opened with. Opening raises it, so a process that
was paused, cut off or merely mistaken about its lease cannot write any more once another has taken over, whatever it
believes (M. Kleppmann, "How to do distributed locking", 2016; the fencing tokens there).
"""

from dataclasses import dataclass
from typing import Protocol

from realtime.interview.evidence import EvidenceRecord
from realtime.protocol.text import Phase


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A durable server message. ``body``: JSON of the message. HR-only messages are kept in the same order."""

    seq: int
    at_ms: int
    for_candidate: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Everything one event changed; written in one transaction or not at all."""

    interview_id: str
    fence: int
    phase: Phase
    epoch: int
    human_requested: bool
    snapshot: bytes
    last_seq: int
    messages: tuple[StoredMessage, ...]
    evidence: tuple[EvidenceRecord, ...]
    alarm_in_ms: int | None = None
    """When somebody has to look after the interview if nothing is written until then. None: nobody ever."""
    report_wanted: bool = False
    """The interview asked for its report: whoever finds this entry after a crash has to see to it."""


class JournalUnavailable(Exception):
    """The store did not take the entry, and trying again at once will not help."""


class FencedOff(Exception):
    """Another process has opened the interview since: nothing of the entry was written, and nothing ever will be."""


class Journal(Protocol):
    async def open(self, interview_id: str) -> int:
        """The fence for whoever opens the interview now; every earlier one is refused from here on. Read the
        interview after this, never before. Raises ``LookupError``: there is no such interview."""

    async def commit(self, entry: JournalEntry) -> None:
        """Returns when the entry is durable. Writing the same entry twice is the same as once. Raises
        ``JournalUnavailable``, or ``FencedOff`` for a fence that is not the newest."""

    async def messages(self, interview_id: str) -> list[StoredMessage]:
        """Every durable message of an interview, oldest first."""
