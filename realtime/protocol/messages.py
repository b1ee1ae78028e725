"""What travels on the interview's WebSocket, as frozen structs in three tagged unions.

* ``CandidateMessage``  candidate's page -> server
* ``HrMessage``         HR's page -> server
* ``ServerMessage``     server -> either

Every server message goes out in an ``Envelope`` ``{"seq", "at_ms", "message"}``. Durable messages carry
``seq`` 1, 2, 3 … and are replayed after a reconnect; ephemeral ones (a partial caption, a level, a pong)
carry ``seq`` 0 and are not. ``at_ms`` is the *interview clock*: milliseconds since the interview was first
joined, the clock of every timer and of the evidence log.
"""

from typing import Literal

import msgspec

from realtime.protocol.missing import MissingSound
from realtime.protocol.text import AnswerMode, Bilingual, Fault, Language, Phase, PromptKind

DeviceState = Literal["ok", "failed", "absent", "denied"]
Transport = Literal["webrtc", "websocket", "none"]
PresenceState = Literal["here", "silent", "away"]


# --------------------------------------------------------------------------- candidate -> server
class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """First message on every connection. ``token`` is the session token from ``POST /api/v1/join``."""

    token: str
    last_seen_seq: int = 0
    language: Language = "zh"


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Application ping, once a second: tells "gone" long before TCP or ICE would."""

    id: int


class ConsentItems(msgspec.Struct, frozen=True):
    """Un-bundled consent. ``recording`` is needed for a voice interview; the last two are always free."""

    recording: bool
    speech_to_text: bool
    voice_analysis: bool = False
    face_analysis: bool = False


class GiveConsent(msgspec.Struct, frozen=True, tag="give_consent"):
    """``text_version`` names the wording that was on the screen; the server knows its hash.

    Refusing ``recording`` or ``speech_to_text`` does not end the interview: it makes every answer typed.
    """

    items: ConsentItems
    text_version: str
    language: Language


class ReportDevices(msgspec.Struct, frozen=True, tag="report_devices"):
    """What the page found in the device check. ``heard_myself``: the candidate confirmed the playback."""

    microphone: DeviceState
    camera: DeviceState
    transport: Transport
    heard_myself: bool = False
    peak_dbfs: float | None = None


class Proceed(msgspec.Struct, frozen=True, tag="proceed"):
    """ "Go on": leaves device check, practice or guide. ``phase`` guards against a double click."""

    phase: Phase


class StartAnswer(msgspec.Struct, frozen=True, tag="start_answer"):
    """ "Start now": ends reading or thinking early."""

    question_id: str


class FinishAnswer(msgspec.Struct, frozen=True, tag="finish_answer"):
    """ "I have finished". Silence never ends an answer by itself; this does."""

    question_id: str


class ChooseMode(msgspec.Struct, frozen=True, tag="choose_mode"):
    """Voice or text, per question, until the answer is closed."""

    question_id: str
    mode: AnswerMode


class SaveDraft(msgspec.Struct, frozen=True, tag="save_draft"):
    """Typed text so far. ``revision`` grows; an older one never overwrites a newer one."""

    question_id: str
    text: str
    revision: int


class SwitchLanguage(msgspec.Struct, frozen=True, tag="switch_language"):
    language: Language


class RequestHuman(msgspec.Struct, frozen=True, tag="request_human"):
    """ "I would like to talk to a person": flags the interview for HR, never counts against the candidate."""

    note: str = ""


class Withdraw(msgspec.Struct, frozen=True, tag="withdraw"):
    reason: str = ""


class Observe(msgspec.Struct, frozen=True, tag="observe"):
    """A page-side observation with its time. Shown to HR as an observation, never scored."""

    kind: Literal["tab_hidden", "tab_visible", "pasted", "camera_lost", "microphone_lost", "media_restored"]
    detail: str = ""


CandidateMessage = (
    Hello
    | Ping
    | GiveConsent
    | ReportDevices
    | Proceed
    | StartAnswer
    | FinishAnswer
    | ChooseMode
    | SaveDraft
    | SwitchLanguage
    | RequestHuman
    | Withdraw
    | Observe
)


# --------------------------------------------------------------------------- HR -> server
class HrHello(msgspec.Struct, frozen=True, tag="hr_hello"):
    """First message of an HR connection; ``token`` from ``POST /api/v1/sign-in``."""

    token: str


class Watch(msgspec.Struct, frozen=True, tag="watch"):
    """Follow one interview from ``last_seen_seq`` on; the live list comes without asking."""

    interview_id: str
    last_seen_seq: int = 0


class Unwatch(msgspec.Struct, frozen=True, tag="unwatch"):
    interview_id: str


class Accommodate(msgspec.Struct, frozen=True, tag="accommodate"):
    """Changes every timer, also the running one. ``time_factor`` 1.0, 1.5, 2.0; None means unlimited."""

    interview_id: str
    time_factor: float | None
    reason: str = ""


class ExtendTime(msgspec.Struct, frozen=True, tag="extend_time"):
    interview_id: str
    extra_ms: int


class PauseInterview(msgspec.Struct, frozen=True, tag="pause_interview"):
    interview_id: str


class ContinueInterview(msgspec.Struct, frozen=True, tag="continue_interview"):
    interview_id: str


class EndInterview(msgspec.Struct, frozen=True, tag="end_interview"):
    interview_id: str
    reason: str = ""


HrMessage = (
    HrHello | Ping | Watch | Unwatch | Accommodate | ExtendTime | PauseInterview | ContinueInterview | EndInterview
)


# --------------------------------------------------------------------------- server -> candidate and HR
class Question(msgspec.Struct, frozen=True):
    """A question as the candidate sees it. ``index`` counts from 1; practice has index 0."""

    id: str
    index: int
    total: int
    text: Bilingual
    thinking_ms: int | None
    answer_ms: int | None
    practice: bool = False


class Timer(msgspec.Struct, frozen=True):
    """A running timer on the interview clock. ``ends_at_ms`` None: unlimited. ``paused``: stands still,
    and ``left_ms`` says how much there is to come."""

    phase: Phase
    started_at_ms: int
    ends_at_ms: int | None
    paused: bool = False
    left_ms: int | None = None


class PhaseChanged(msgspec.Struct, frozen=True, tag="phase_changed"):
    """The whole visible state: a page that has seen only this one message can draw itself."""

    phase: Phase
    question: Question | None = None
    timer: Timer | None = None
    mode: AnswerMode = "voice"
    time_factor: float | None = 1.0
    reason: str = ""
    take: int = 0
    """The take that the open answer's sound belongs to (docs/reference/media-frames.md); 0: it is not recorded."""


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """Answer to ``Hello``. Followed by every durable message after ``last_seen_seq``."""

    interview_id: str
    epoch: int
    language: Language
    position: Bilingual
    employer: Bilingual
    state: PhaseChanged
    last_seq: int
    draft: str = ""
    draft_revision: int = -1
    """The newest draft the server holds; the page counts on from here, or its next save would be too old."""
    answered: int = 0
    total: int = 0
    voice_allowed: bool = True
    face_allowed: bool = False
    speech_notice: Bilingual | None = None
    """Set when the speech engine is not a real one; every screen that shows captions shows it."""


class PromptShown(msgspec.Struct, frozen=True, tag="prompt_shown"):
    """``id`` is unique in the interview. ``value`` carries the number the wording needs, if any."""

    id: str
    kind: PromptKind
    question_id: str
    value: float | None = None


class PromptCleared(msgspec.Struct, frozen=True, tag="prompt_cleared"):
    id: str
    kind: PromptKind


class Word(msgspec.Struct, frozen=True):
    """A word with media times, milliseconds from the start of the answer. A Chinese character is a word."""

    text: str
    start_ms: int
    end_ms: int
    probability: float = 1.0


class Caption(msgspec.Struct, frozen=True, tag="caption"):
    """One utterance, replaced by id: ``committed`` will not change until ``final``, ``partial`` may.

    Partials are ephemeral; the final one is durable and carries the words.
    """

    question_id: str
    utterance_id: str
    revision: int
    committed: str
    partial: str
    final: bool
    language: str
    start_ms: int
    end_ms: int
    words: list[Word] = []


class DraftSaved(msgspec.Struct, frozen=True, tag="draft_saved"):
    question_id: str
    revision: int


class AnswerClosed(msgspec.Struct, frozen=True, tag="answer_closed"):
    """Nothing more is accepted for this answer. ``reason``: finished, time_up, skipped or ended."""

    question_id: str
    reason: str
    duration_ms: int


class AnswerSettled(msgspec.Struct, frozen=True, tag="answer_settled"):
    """The transcript of a closed answer is as complete as it will be now."""

    question_id: str
    transcript: Literal["complete", "partial", "awaiting", "typed", "none"]
    words: int
    recording: Literal["complete", "incomplete", "none"] = "none"
    """Complete: all sound that the candidate's device made. ``missing`` says what the recording lacks, and why."""
    missing: list[MissingSound] = []


class TranscriptReplaced(msgspec.Struct, frozen=True, tag="transcript_replaced"):
    """The words of this answer were heard again, in its complete recording: earlier captions of it are void, the final
    ones that follow take their place."""

    question_id: str


class Level(msgspec.Struct, frozen=True, tag="level"):
    """Input level, at most 4 a second. ``speaking``: what voice activity detection says."""

    dbfs: float
    speaking: bool


class HumanRequested(msgspec.Struct, frozen=True, tag="human_requested"):
    note: str = ""


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The receipt: what was captured, and what happens when."""

    reason: str
    answered: int
    total: int
    recorded_ms: int
    typed_answers: int
    report_within_minutes: int = 10
    human_requested: bool = False


class ReportReady(msgspec.Struct, frozen=True, tag="report_ready"):
    """HR only. The score is not in it: a member of the panel may be watching, and must not know it yet."""

    report_id: str


class MediaState(msgspec.Struct, frozen=True, tag="media_state"):
    """How the candidate's media arrive, for HR's badges."""

    transport: Transport
    connected: bool


class FaceState(msgspec.Struct, frozen=True, tag="face_state"):
    """HR only, at most once a second, and only where profile and consent allow it. Movements 0–1,
    head angles in degrees. Movements, not emotions."""

    faces: int
    smile: float = 0.0
    brow_raise: float = 0.0
    eye_openness: float = 0.0
    gaze_on_screen: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0


class VoiceState(msgspec.Struct, frozen=True, tag="voice_state"):
    """HR only, every few seconds of speech. ``pace`` is characters (zh) or words (en) a minute."""

    pitch_hz: float
    loudness_dbfs: float
    pace_per_minute: float
    pause_share: float


class QualityState(msgspec.Struct, frozen=True, tag="quality_state"):
    """HR only, once a second of an answer: how well the candidate is heard and seen. ``conditions``: the quality
    prompts' conditions that hold now, whether or not the candidate was told. ``lost_share``: 0-1 of the last second's
    sound. ``light``: 0-1, None where pictures are not analysed. Nothing of it moves a score."""

    conditions: list[PromptKind]
    lost_share: float
    speech_dbfs: float | None
    noise_dbfs: float | None
    clipped_share: float
    light: float | None


class CandidatePresence(msgspec.Struct, frozen=True, tag="candidate_presence"):
    """HR only. *silent*: nothing was heard for 3 s, and the clocks stand still; *away*: the connection is gone."""

    state: PresenceState


CaptionsMode = Literal["live", "slowed", "paused"]


class CaptionsState(msgspec.Struct, frozen=True, tag="captions_state"):
    """How soon words appear while the engines are loaded: at once, every two seconds (*slowed*), or only when an
    utterance has ended (*paused*). Sound is recorded all the same and every utterance is transcribed."""

    state: CaptionsMode


class Observed(msgspec.Struct, frozen=True, tag="observed"):
    """HR only: an observation, not a judgement."""

    kind: str
    question_id: str = ""
    detail: str = ""


class LiveInterview(msgspec.Struct, frozen=True):
    """One row of HR's live list."""

    interview_id: str
    applicant_name: str
    position: Bilingual
    phase: Phase
    question_index: int
    question_total: int
    started_at: str
    language: Language
    connected: bool
    human_requested: bool = False
    media: str = "none"
    report_id: str | None = None
    presence: PresenceState = "away"
    captions: CaptionsMode = "live"


class LiveList(msgspec.Struct, frozen=True, tag="live_list"):
    """The whole list; sent on connect and whenever it changes, at most twice a second."""

    interviews: list[LiveInterview]


class Watched(msgspec.Struct, frozen=True, tag="watched"):
    """An interview's message forwarded to an HR watcher, with the interview's own seq and clock."""

    interview_id: str
    seq: int
    at_ms: int
    message: "ServerMessage"


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    id: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """A typed error. ``code`` is stable (docs/reference/errors.md), ``message`` is for a person."""

    code: str
    message: Bilingual
    retry: bool
    fault: Fault
    retry_after_s: float | None = None
    place: int | None = None
    """In the line of those who wait to be let in; 1 is next."""


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """This interview is held by another process, or has room there: go on at ``url``, the beginning of all its
    addresses, with the same token and ``last_seen_seq``. To a candidate it is the last message on the connection; to
    HR it answers a ``watch`` or a command, and the connection stays."""

    interview_id: str
    url: str


ServerMessage = (
    Welcome
    | PhaseChanged
    | PromptShown
    | PromptCleared
    | Caption
    | DraftSaved
    | AnswerClosed
    | AnswerSettled
    | TranscriptReplaced
    | Level
    | HumanRequested
    | Finished
    | ReportReady
    | MediaState
    | FaceState
    | VoiceState
    | QualityState
    | CandidatePresence
    | CaptionsState
    | Observed
    | LiveList
    | Watched
    | Pong
    | Refused
    | Moved
)


class Envelope(msgspec.Struct, frozen=True):
    """``seq`` 0: ephemeral. ``at_ms``: the interview clock (0 on HR's own connection)."""

    seq: int
    at_ms: int
    message: ServerMessage
