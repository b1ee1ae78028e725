"""What is handed in to a live interview besides the events of the interview itself."""

from dataclasses import dataclass

from realtime.interview.events import HrSaid
from realtime.live.outbox import Outbox
from realtime.protocol.text import Language


@dataclass(frozen=True, slots=True)
class Join:
    """A candidate's connection that wants in; answered through its outbox."""

    outbox: Outbox
    last_seen_seq: int
    language: Language


@dataclass(frozen=True, slots=True)
class Watch:
    outbox: Outbox
    last_seen_seq: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """Something HR said; a refusal of it goes back to that connection and to nobody else."""

    said: HrSaid
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class Rest:
    """The last thing to do here: write down what is not written yet."""
