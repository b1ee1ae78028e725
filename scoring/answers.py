"""The evidence log sorted by answer. Nothing is judged here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from scoring import evidence as ev
from scoring.analysis.transcript import Transcript, joined, spoken, typed


@dataclass(slots=True)
class GatheredAnswer:
    """All records of one answer, in the order of the log."""

    question_id: str
    opened: bool = False
    mode: ev.AnswerMode = "voice"
    utterances: dict[str, ev.Utterance] = field(default_factory=dict)
    typed_text: str = ""
    spans: list[ev.SpeechSpan] = field(default_factory=list)
    gaps: list[ev.GapFound] = field(default_factory=list)
    voice: list[ev.VoiceWindow] = field(default_factory=list)
    face: list[ev.FaceWindow] = field(default_factory=list)
    level: ev.LevelWindow | None = None
    closed: ev.AnswerClosed | None = None
    saved: ev.AnswerSaved | None = None
    settled: ev.AnswerSettled | None = None

    @property
    def state(self) -> ev.TranscriptState:
        """What the transcript is; without a settlement, what the records themselves show."""
        if self.settled is not None:
            return self.settled.transcript
        if self.utterances:
            return "partial"
        return "typed" if self.typed_text.strip() else "none"

    @property
    def ordered(self) -> list[ev.Utterance]:
        return sorted(self.utterances.values(), key=lambda said: (said.start_ms, said.end_ms, said.utterance_id))

    @property
    def transcript(self) -> Transcript:
        return joined(spoken(self.ordered), typed(self.typed_text))

    @property
    def shown_mode(self) -> ev.AnswerMode:
        """How the words came; the chosen mode where there are none."""
        if any(said.text.strip() for said in self.utterances.values()):
            return "voice"
        return "text" if self.typed_text.strip() else self.mode


@dataclass(slots=True)
class GatheredInterview:
    started: ev.InterviewStarted | None = None
    consent: ev.ConsentGiven | None = None
    ended: ev.InterviewEnded | None = None
    answers: dict[str, GatheredAnswer] = field(default_factory=dict)
    human_requests: list[ev.HumanRequested] = field(default_factory=list)
    observations: list[ev.Observation] = field(default_factory=list)

    def answer(self, question_id: str) -> GatheredAnswer:
        return self.answers.setdefault(question_id, GatheredAnswer(question_id))


def gather(records: Iterable[bytes]) -> GatheredInterview:
    """EvidenceInvalid if a line is not what its kind says."""
    interview = GatheredInterview()
    for record in ev.read(records):
        _take(interview, record.body)
    return interview


def _take(interview: GatheredInterview, body: ev.EvidenceBody) -> None:
    match body:
        case ev.InterviewStarted():
            interview.started = body
        case ev.ConsentGiven():
            interview.consent = body
        case ev.InterviewEnded():
            interview.ended = body
        case ev.HumanRequested():
            interview.human_requests.append(body)
        case ev.Observation():
            interview.observations.append(body)
        case ev.PromptGiven() | ev.HrAction() | ev.AccommodationChanged():
            pass  # None of these may move a score, and an accommodation is nobody's business but the candidate's.
        case _:
            _take_answer(interview.answer(body.question_id), body)


AnswerBody = (
    ev.AnswerOpened
    | ev.Utterance
    | ev.TextAnswer
    | ev.SpeechSpan
    | ev.VoiceWindow
    | ev.FaceWindow
    | ev.LevelWindow
    | ev.GapFound
    | ev.AnswerClosed
    | ev.AnswerSaved
    | ev.TranscriptReplaced
    | ev.AnswerSettled
)


def _take_answer(answer: GatheredAnswer, body: AnswerBody) -> None:
    match body:
        case ev.AnswerOpened():
            answer.opened = True
            answer.mode = body.mode
        case ev.Utterance():
            answer.utterances[body.utterance_id] = body  # a later transcription of the same stretch replaces it
        case ev.TextAnswer():
            answer.typed_text = body.text
        case ev.SpeechSpan():
            answer.spans.append(body)
        case ev.VoiceWindow():
            answer.voice.append(body)
        case ev.FaceWindow():
            answer.face.append(body)
        case ev.LevelWindow():
            answer.level = body
        case ev.GapFound():
            answer.gaps.append(body)
        case ev.AnswerClosed():
            answer.closed = body
            answer.mode = body.mode
        case ev.AnswerSaved():
            answer.saved = body
            if body.source == "take":  # the recording has what the live path had lost, and says itself what it lacks
                answer.gaps = [
                    ev.GapFound(answer.question_id, gap.start_ms, gap.end_ms, gap.cause) for gap in body.missing
                ]
        case ev.TranscriptReplaced():
            answer.utterances.clear()
            answer.spans.clear()
        case ev.AnswerSettled():
            answer.settled = body


def merged_ms(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping or touching spans joined, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
