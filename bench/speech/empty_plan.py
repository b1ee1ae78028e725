"""An ear belongs to an interview: here is one with nothing in it."""

from realtime.interview.plan import InterviewPlan
from realtime.protocol.text import Bilingual


def empty_plan(interview_id: str) -> InterviewPlan:
    nobody = Bilingual(zh="", en="")
    return InterviewPlan(
        interview_id=interview_id,
        position_id="",
        position_version="",
        position=nobody,
        employer=nobody,
        language="zh",
        questions=(),
        practice=None,
        profile="",
        voice_analysis_allowed=False,
        face_analysis_allowed=False,
    )
