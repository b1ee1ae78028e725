"""The recruiting funnel: how many reached each stage, by position and by channel, and the alarm below 30 %.

A person counts in a stage when the record says so or says that a later one was reached: a funnel that narrows and
widens again tells of missing records, not of people. Persons are counted once for each position they applied for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from ehr_bridge.canonical import Label
from ehr_bridge.canonical.records import Offer, Onboarding, Resume, SecondInterview
from ehr_bridge.insight.advice import FUNNEL, INTERVIEW, Advice, Input, percent, points
from ehr_bridge.insight.lives import Life
from ehr_bridge.insight.shares import Figure, share

STAGES: tuple[tuple[str, Label], ...] = (
    ("applied", Label("投递", "applied")),
    ("interviewed", Label("完成 AI 面试", "AI interview completed")),
    ("passed", Label("通过 AI 面试", "AI interview passed")),
    ("second_passed", Label("通过复试", "second interview passed")),
    ("offered", Label("发出录用通知", "offer made")),
    ("accepted", Label("接受录用", "offer accepted")),
    ("joined", Label("入职", "joined")),
)
PASS_MARK = 60.0
ALARM_BELOW = 0.30
LEAST = 20
"""Fewer interviews than this raise no alarm: 2 of 8 may be chance (Wilson's interval reaches 59 %)."""


class Step(msgspec.Struct, frozen=True):
    """``of_previous``: the share of those in the stage before."""

    stage: str
    label: Label
    reached: int
    of_previous: Figure


class Funnel(msgspec.Struct, frozen=True):
    """``group``: a position's id or a channel; "": everybody."""

    group: str
    label: Label
    steps: tuple[Step, ...]
    pass_rate: Figure


@dataclass(frozen=True, slots=True)
class _Way:
    """One person's way for one position."""

    position_id: str
    position: Label
    channel: str
    reached: int
    interviewed: bool
    passed: bool
    scores: Mapping[str, float]
    labels: Mapping[str, Label]


def ways(lives: Iterable[Life], pass_mark: float = PASS_MARK) -> list[_Way]:
    return [way for life in lives for way in _of(life, pass_mark)]


def waiting(position_id: str, position: Label, channel: str) -> _Way:
    """Somebody who applied and of whom no interview has been delivered yet."""
    return _Way(position_id, position, channel, 0, False, False, {}, {})


def _of(life: Life, pass_mark: float) -> list[_Way]:
    found = []
    resumes = life.of(Resume)
    channel = next((each.channel for each in reversed(resumes) if each.channel), "")
    seen: set[str] = set()
    for applied in life.applications:
        if applied.position_id in seen:
            continue
        seen.add(applied.position_id)
        own = [one for one in life.interviews if one.position_id == applied.position_id and one.completed]
        newest = own[-1] if own else None
        passed = newest is not None and newest.total is not None and newest.total >= pass_mark
        stages = [True, newest is not None, passed, *_later(life, applied.position_id)]
        found.append(
            _Way(
                applied.position_id,
                applied.position,
                channel,
                max(index for index, there in enumerate(stages) if there),
                newest is not None,
                passed,
                newest.scores if newest else {},
                newest.labels if newest else {},
            )
        )
    return found


def _later(life: Life, position_id: str) -> list[bool]:
    """A record that names no position is about whichever there is."""
    offers = [each for each in life.of(Offer) if each.position_id in ("", position_id)]
    joined = [each for each in life.of(Onboarding) if each.position_id in ("", position_id)]
    return [
        any(each.outcome == "passed" for each in life.of(SecondInterview)),
        bool(offers),
        any(each.state == "accepted" for each in offers),
        any(each.hired_at is not None or each.state == "done" for each in joined),
    ]


def funnels(found: list[_Way], by: str = "position") -> list[Funnel]:
    """Everybody first, then each group, the largest first. ``by``: position or channel."""
    groups: dict[str, list[_Way]] = {}
    for way in found:
        groups.setdefault(way.position_id if by == "position" else way.channel or "unknown", []).append(way)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [
        _funnel("", Label("全部", "all"), found),
        *(_funnel(key, _label(by, key, own), own) for key, own in ordered),
    ]


def _label(by: str, key: str, own: list[_Way]) -> Label:
    if by == "position":
        return next((way.position for way in own if way.position.zh), Label(key, key))
    return Label("未知渠道", "unknown channel") if key == "unknown" else Label(key, key)


def _funnel(group: str, label: Label, own: list[_Way]) -> Funnel:
    counts = [sum(way.reached >= index for way in own) for index in range(len(STAGES))]
    steps = tuple(
        Step(code, name, counts[index], share(counts[index], counts[index - 1] if index else counts[0]))
        for index, (code, name) in enumerate(STAGES)
    )
    done = [way for way in own if way.interviewed]
    return Funnel(group, label, steps, share(sum(way.passed for way in done), len(done)))


def alarms(found: list[_Way], pass_mark: float = PASS_MARK) -> list[Advice]:
    """Positions whose interviews fewer than 30 % pass, with the competency that most of those who fail lack."""
    advice = []
    for funnel in funnels(found)[1:]:
        rate = funnel.pass_rate
        if rate.value is None or rate.n < LEAST or rate.value >= ALARM_BELOW:
            continue
        failed = [way for way in found if way.position_id == funnel.group and way.interviewed and not way.passed]
        weakest = _weakest(failed)
        inputs = [
            Input(Label("通过率", "pass rate"), f"{percent(rate.value)} ({rate.n})", FUNNEL),
            Input(Label("通过线", "pass mark"), points(pass_mark), FUNNEL),
        ]
        zh, en = "调整岗位要求或优化面试问题", "adjust what the position asks for, or its questions"
        if weakest is not None:
            label, average, count = weakest
            zh += f"；未通过者最弱的是{label.zh}，可先检查与之相关的问题"
            en += f"; those who fail are weakest in {label.en}: look at its questions first"
            inputs.append(Input(label, f"{points(average)} ({count})", INTERVIEW))
        text = Label(
            f"{funnel.label.zh}的 AI 面试通过率低于 {percent(ALARM_BELOW)}：建议{zh}。",
            f"Fewer than {percent(ALARM_BELOW)} pass the AI interview for {funnel.label.en}: {en}.",
        )
        advice.append(Advice("pass_rate_low", funnel.group, text, tuple(inputs)))
    return advice


def _weakest(failed: list[_Way]) -> tuple[Label, float, int] | None:
    values: dict[str, list[float]] = {}
    labels: dict[str, Label] = {}
    for way in failed:
        for key, value in way.scores.items():
            values.setdefault(key, []).append(value)
            labels.setdefault(key, way.labels.get(key, Label(key, key)))
    enough = {key: many for key, many in values.items() if len(many) >= LEAST // 2}
    if not enough:
        return None
    key = min(enough, key=lambda name: (sum(enough[name]) / len(enough[name]), name))
    return labels[key], sum(enough[key]) / len(enough[key]), len(enough[key])
