"""The non-verbal channel: imported only where the policy lets movements be read at all.

With ``off`` nothing imports this module, and a test holds that true. With ``scored`` the channel can move the total
by at most half its cap either way: a face at the middle of the scale moves nothing.
"""

from collections.abc import Mapping
from statistics import fmean

import msgspec

from scoring.answers import GatheredAnswer
from scoring.delivery import describe_face
from scoring.report import AnswerReport, Delivery, FaceMovements


def with_faces(answers: tuple[AnswerReport, ...], gathered: Mapping[str, GatheredAnswer]) -> tuple[AnswerReport, ...]:
    """The same answers with face movements in their delivery, where there are records of them."""
    return tuple(_with_face(answer, gathered.get(answer.question_id)) for answer in answers)


def _with_face(answer: AnswerReport, gathered: GatheredAnswer | None) -> AnswerReport:
    delivery: Delivery | None = answer.delivery
    if delivery is None or gathered is None:
        return answer
    return msgspec.structs.replace(answer, delivery=msgspec.structs.replace(delivery, face=describe_face(gathered)))


def points(answers: tuple[AnswerReport, ...], share: float) -> float:
    """What the channel adds to a total of 100: ``share`` x 100 x (openness - 0.5), one decimal."""
    faces = [a.delivery.face for a in answers if a.delivery is not None and a.delivery.face is not None]
    if not faces or share <= 0:
        return 0.0
    return round(share * 100 * (fmean(_openness(face) for face in faces) - 0.5), 1)


def _openness(face: FaceMovements) -> float:
    """Mean of smiling and looking at the screen, 0-1, weighted by how much of the answer showed a face."""
    openness = min(1.0, max(0.0, (face.smile + face.gaze_on_screen) / 2))
    return 0.5 + (openness - 0.5) * face.face_share
