"""What the state machine asks its shell to do: imperative, in order, each exactly once."""

from dataclasses import dataclass
from typing import Literal

from realtime.interview.evidence import EvidenceRecord
from realtime.protocol.messages import ServerMessage


@dataclass(frozen=True, slots=True)
class Send:
    """To the candidate and every watcher of this interview. ``durable``: gets a seq and is replayed."""

    message: ServerMessage
    durable: bool = True


@dataclass(frozen=True, slots=True)
class NotifyHr:
    """To watchers only: what the candidate does not see."""

    message: ServerMessage
    durable: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """To whoever said what was just handled, on that connection only: a typed error, words in
    ``realtime.protocol.refusals``. Never replayed."""

    code: str


@dataclass(frozen=True, slots=True)
class AppendEvidence:
    """Durable before anything after it in the list is carried out."""

    record: EvidenceRecord


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """From now on media belong to this answer; media time 0 is now. Practice is never recorded. ``take``: the take that
    its sound belongs to; 0: it is not recorded."""

    question_id: str
    attempt: int
    mode: Literal["voice", "text"]
    practice: bool
    take: int = 0


@dataclass(frozen=True, slots=True)
class CloseAnswer:
    """No media belong to the answer any more; finish its recording and transcript, then say ``AnswerSaved`` (with a
    take) and ``AnswerTranscribed`` (not for practice). ``duration_ms``: how long the answer was."""

    question_id: str
    practice: bool
    attempt: int = 1
    take: int = 0
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class StopSaving:
    """The candidate's device had its time: close the take with what is there."""

    question_id: str
    take: int


@dataclass(frozen=True, slots=True)
class RefreshLiveList:
    """This interview's row in HR's list has changed."""


@dataclass(frozen=True, slots=True)
class ScoreInterview:
    """Every answer is settled: fold the evidence into a report. Asked for once."""


@dataclass(frozen=True, slots=True)
class EndMedia:
    """Close the candidate's media connections."""


InterviewEffect = (
    Send
    | NotifyHr
    | Refuse
    | AppendEvidence
    | OpenAnswer
    | CloseAnswer
    | StopSaving
    | RefreshLiveList
    | ScoreInterview
    | EndMedia
)
