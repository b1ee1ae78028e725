"""Everything one answer has gathered between its opening and its settlement."""

import re
from typing import Literal

import msgspec

from realtime.interview.events import CaptionChanged, LevelMeasured
from realtime.interview.evidence import EvidenceBody, LevelWindow, SpeechSpan, TextAnswered, UtteranceFinal
from realtime.interview.prompts import Prompter
from realtime.interview.timers import Stopwatch
from realtime.interview.turns import Floor, Span
from realtime.protocol.missing import MissingSound
from realtime.protocol.text import AnswerMode

Transcript = Literal["complete", "partial", "awaiting", "typed", "none"]

_CHARACTER_OR_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['’\-][^\W\u3400-\u9fff]+)*")


class Draft(msgspec.Struct):
    """Typed text so far. ``typing_ms`` runs on the answer's stopwatch from the first save to the last."""

    text: str = ""
    revision: int = -1
    saves: int = 0
    first_ms: int = 0
    last_ms: int = 0

    def save(self, text: str, revision: int, reading_ms: int) -> bool:
        """False: an older or equal revision, which never overwrites a newer one."""
        if revision <= self.revision:
            return False
        if not self.saves:
            self.first_ms = reading_ms
        self.text, self.revision, self.last_ms = text, revision, reading_ms
        self.saves += 1
        return True


class Loudness(msgspec.Struct):
    """Means in dBFS over seconds; ``clipped_share`` is the mean share of clipped samples."""

    seconds: int = 0
    speech_seconds: int = 0
    speech_sum_dbfs: float = 0.0
    noise_sum_dbfs: float = 0.0
    clipped_sum: float = 0.0

    def add(self, event: LevelMeasured) -> None:
        self.seconds += 1
        self.noise_sum_dbfs += event.noise_dbfs
        self.clipped_sum += event.clipped_share
        if event.speech_dbfs is not None:
            self.speech_seconds += 1
            self.speech_sum_dbfs += event.speech_dbfs

    def window(self, question_id: str) -> LevelWindow | None:
        if not self.seconds:
            return None
        speech = round(self.speech_sum_dbfs / self.speech_seconds, 1) if self.speech_seconds else None
        noise, clipped = round(self.noise_sum_dbfs / self.seconds, 1), round(self.clipped_sum / self.seconds, 4)
        return LevelWindow(question_id=question_id, speech_dbfs=speech, noise_dbfs=noise, clipped_share=clipped)


class Answer(msgspec.Struct):
    """One answer. ``voice_opened``: it was spoken at least in part. ``settle_by_ms`` is set when it closes."""

    question_id: str
    attempt: int
    mode: AnswerMode
    practice: bool
    voice_opened: bool
    media_began_ms: int = 0
    """Reading of the stopwatch at media time 0."""
    watch: Stopwatch = msgspec.field(default_factory=Stopwatch)
    floor: Floor = msgspec.field(default_factory=Floor)
    prompter: Prompter = msgspec.field(default_factory=Prompter)
    draft: Draft = msgspec.field(default_factory=Draft)
    loudness: Loudness = msgspec.field(default_factory=Loudness)
    lost_share: float = 0.0
    light: float | None = None
    """Of the last second, for HR."""
    utterances: dict[str, int] = {}
    """Final utterances with the number of their words; an utterance is final once."""
    tail_began_ms: int | None = None
    """Reading of the stopwatch when time was up."""
    take: int = 0
    """0: nothing of it is recorded."""
    saving: bool = False
    """Closed, and its recording does not stand yet."""
    save_by_ms: int | None = None
    """When it stops waiting for the device; None: as long as the interview goes on."""
    save_at_most_ms: int = 0
    settle_by_ms: int | None = None
    settled: bool = False
    audio_ms: int = 0
    recording: str | None = None
    complete: bool | None = None
    """Of the recording; None: there is none."""
    missing: list[MissingSound] = []
    skipped: bool = False

    @property
    def recording_state(self) -> Literal["complete", "incomplete", "none"]:
        if self.complete is None or self.recording is None:
            return "none"
        return "complete" if self.complete else "incomplete"

    @property
    def due_ms(self) -> int | None:
        """When something must happen to a closed answer that is not settled."""
        return self.save_by_ms if self.saving else self.settle_by_ms

    @property
    def typed(self) -> bool:
        return bool(self.draft.text.strip())

    @property
    def words(self) -> int:
        return sum(self.utterances.values()) + count_words(self.draft.text)

    @property
    def heard(self) -> bool:
        """Somebody spoke, as far as anybody knows."""
        return bool(any(self.utterances.values()) or self.floor.spoken_ms or self.floor.speaking)

    def is_empty(self, speech_available: bool) -> bool:
        """Nothing was given. Without a speech model nobody knows yet what a spoken answer holds."""
        return not (self.typed or self.heard or (self.voice_opened and not speech_available))

    def hears(self, caption: CaptionChanged) -> bool:
        """Take a caption in; False if its utterance is final already."""
        if caption.utterance_id in self.utterances:
            return False
        self.floor.heard(caption.end_ms)
        if caption.final:
            self.utterances[caption.utterance_id] = len(caption.words) or count_words(caption.committed)
        return True

    def forget_words(self) -> None:
        """They are heard again, from the beginning."""
        self.utterances = {}
        self.floor = Floor()

    def transcript_without_shell(self, speech_available: bool) -> Transcript:
        """What can be said when the last transcript never came."""
        if self.voice_opened and not speech_available:
            return "awaiting"
        if self.heard:
            return "partial"
        return "typed" if self.typed else "none"

    def closing_evidence(self) -> list[EvidenceBody]:
        bodies: list[EvidenceBody] = []
        draft = self.draft
        if self.typed:
            typing_ms = draft.last_ms - draft.first_ms
            bodies.append(TextAnswered(self.question_id, text=draft.text, revisions=draft.saves, typing_ms=typing_ms))
        window = self.loudness.window(self.question_id)
        return [*bodies, window] if window else bodies

    def span_evidence(self, span: Span) -> SpeechSpan:
        return SpeechSpan(self.question_id, start_ms=span.start_ms, end_ms=span.end_ms)


def utterance_evidence(caption: CaptionChanged) -> UtteranceFinal:
    return UtteranceFinal(
        question_id=caption.question_id,
        utterance_id=caption.utterance_id,
        language=caption.language,
        text=caption.committed,
        start_ms=caption.start_ms,
        end_ms=caption.end_ms,
        words=list(caption.words),
        engine=caption.engine,
    )


def count_words(text: str) -> int:
    """A Chinese character is a word, and so is a run of any other letters and digits."""
    return len(_CHARACTER_OR_WORD.findall(text))
