"""A suggestion with everything it rests on. What cannot name its inputs is not suggested."""

import msgspec

from ehr_bridge.canonical import Label


class Input(msgspec.Struct, frozen=True):
    """One thing a suggestion rests on. ``source``: where it comes from, for whoever wants to look."""

    name: Label
    value: str
    source: Label


class Advice(msgspec.Struct, frozen=True):
    """``code`` is stable. ``about``: a person, a position or a competency."""

    code: str
    about: str
    text: Label
    inputs: tuple[Input, ...]


INTERVIEW = Label("AI 面试", "AI interview")
RESUME = Label("简历", "résumé")
WRITTEN_TEST = Label("笔试", "written test")
TRAINING = Label("培训", "training")
PERFORMANCE = Label("绩效", "performance")
REQUIREMENT = Label("岗位要求", "what the position asks for")
FUNNEL = Label("招聘漏斗", "recruiting funnel")


def points(value: float) -> str:
    return f"{value:.1f}"


def percent(value: float) -> str:
    return f"{100 * value:.0f} %"
