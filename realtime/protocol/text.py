"""The vocabulary that every message shares."""

from enum import StrEnum
from typing import Literal

import msgspec

Language = Literal["zh", "en"]
AnswerMode = Literal["voice", "text"]


class Bilingual(msgspec.Struct, frozen=True):
    """One text in both languages of the product; equal citizens, neither a fallback of the other."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Phase(StrEnum):
    """Where an interview stands. The table of moves is ``realtime.interview.session.TRANSITIONS``."""

    INVITED = "invited"
    CONSENT = "consent"
    DEVICE_CHECK = "device_check"
    PRACTICE = "practice"
    GUIDE = "guide"
    READING = "reading"
    THINKING = "thinking"
    ANSWERING = "answering"
    GRACE = "grace"
    CLOSING = "closing"
    SCORING = "scoring"
    REPORTED = "reported"
    # Side states: an interview can be left in one of these.
    INTERRUPTED = "interrupted"
    PAUSED = "paused"
    HUMAN_REQUESTED = "human_requested"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class PromptKind(StrEnum):
    """Every timing and quality prompt a candidate can be shown. The page holds the wording."""

    HALF_TIME = "half_time"
    SECONDS_30_LEFT = "seconds_30_left"
    SECONDS_10_LEFT = "seconds_10_left"
    TIME_IS_UP = "time_is_up"
    NOBODY_SPEAKS = "nobody_speaks"
    TOO_QUIET = "too_quiet"
    NOISY = "noisy"
    CLIPPED = "clipped"
    NARROW_BAND = "narrow_band"
    TOO_FAST = "too_fast"
    FACE_OUT_OF_FRAME = "face_out_of_frame"
    SEVERAL_FACES = "several_faces"
    CONNECTION_POOR = "connection_poor"
    PICTURE_FROZEN = "picture_frozen"
    OTHER_LANGUAGE = "other_language"
    TOO_DARK = "too_dark"
    MAY_FINISH_EARLY = "may_finish_early"


class Fault(StrEnum):
    """Whose fault an error was: what h11 calls Local and Remote, plus the road between."""

    CLIENT = "client"
    SERVER = "server"
    NETWORK = "network"
