"""What may be captured and how an answer may be given: plan, consent and devices, and nothing else.

A refusal never ends the interview and never counts: without consent to recording or to speech-to-text, or
without a working microphone, every answer is typed.
"""

import msgspec

from realtime.interview.plan import InterviewPlan, PlannedQuestion
from realtime.protocol.messages import ConsentItems, DeviceState
from realtime.protocol.text import AnswerMode


class Permissions(msgspec.Struct):
    """``consent`` None: not asked yet. ``microphone`` None: not checked yet."""

    consent: ConsentItems | None = None
    microphone: DeviceState | None = None

    @property
    def voice_consented(self) -> bool:
        return self.consent is not None and self.consent.recording and self.consent.speech_to_text

    @property
    def voice_answers(self) -> bool:
        """May an answer be spoken, and media be taken at all? Never before consent; a microphone that was not
        checked yet may still turn out to work."""
        return self.voice_consented and self.microphone in (None, "ok")

    def voice_analysis(self, plan: InterviewPlan) -> bool:
        return (
            plan.voice_analysis_allowed and self.voice_consented and bool(self.consent and self.consent.voice_analysis)
        )

    def face_analysis(self, plan: InterviewPlan) -> bool:
        """The picture is part of the recording, so it needs that consent too."""
        consent = self.consent
        return plan.face_analysis_allowed and consent is not None and consent.recording and consent.face_analysis

    def modes(self, question: PlannedQuestion) -> tuple[AnswerMode, ...]:
        """In the plan's order of preference; typing is always the way out when a voice cannot be heard."""
        if not self.voice_answers:
            return ("text",)
        return question.modes or ("voice", "text")
