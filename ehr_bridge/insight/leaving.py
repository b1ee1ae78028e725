"""The early sign: attendance at training of 80 % or less together with reviews of 6 of 10 or less. A rule, not a
guess, so that everybody can check it; HR is told, with what may help. For HR alone."""

from ehr_bridge.canonical import Label
from ehr_bridge.insight.advice import Advice
from ehr_bridge.insight.lives import Life
from ehr_bridge.insight.traits import traits

ATTENDANCE_AT_MOST = 0.80
PERFORMANCE_AT_MOST = 0.60
TEXT = Label(
    "离职风险信号：培训出勤率与绩效均偏低。建议尽早面谈，了解原因；可考虑调整岗位、增加福利或安排导师。",
    "Signs that somebody may leave: low attendance and low reviews. Talk early and learn why; another post, better "
    "terms or a mentor may help.",
)


def at_risk(life: Life, now_ms: int) -> Advice | None:
    """None: no such sign, or not employed."""
    if life.hired_at_ms is None or life.left_at_ms is not None:
        return None
    who = traits(life, now_ms)
    if who.attendance is None or who.performance is None:
        return None
    if who.attendance > ATTENDANCE_AT_MOST + 1e-9 or who.performance > PERFORMANCE_AT_MOST + 1e-9:
        return None
    inputs = tuple(each for each in who.inputs if each.name.en.startswith(("attendance", "performance")))
    return Advice("leaving_risk", life.person_id, TEXT, inputs)
