"""What a rule may look at: a closed list. Whatever is not here cannot be named in a condition, and so cannot decide.

Not here on purpose: name, address and school (they tell of origin), years of birth and of graduation (they tell of
age), everything that the law protects. A value of None is *unknown*: not found, not sure, or not there yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Event = Literal["resume.read", "report.ready", "decided"]
EVENTS: tuple[Event, ...] = ("resume.read", "report.ready", "decided")
Type = Literal["number", "text", "texts", "truth"]
Value = float | str | tuple[str, ...] | bool | None
Inputs = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Input:
    """``since``: the first event at which it can be known."""

    type: Type
    since: Event
    zh: str
    en: str


INPUTS: dict[str, Input] = {
    "position": Input("text", "resume.read", "应聘岗位（编号）", "Position (its id)"),
    "degree": Input("number", "resume.read", "最高学历", "Highest degree"),
    "years": Input("number", "resume.read", "工作年限", "Years of work"),
    "majors": Input("texts", "resume.read", "专业", "Subjects"),
    "certificates": Input("texts", "resume.read", "证书", "Certificates"),
    "skills": Input("texts", "resume.read", "技能", "Skills"),
    "languages": Input("texts", "resume.read", "语言", "Languages"),
    "titles": Input("texts", "resume.read", "任职职位", "Titles held"),
    "report_total": Input("number", "report.ready", "面试总分", "Total of the interview"),
    "professional": Input("number", "report.ready", "专业能力分", "Professional score"),
    "general": Input("number", "report.ready", "通用能力分", "General score"),
    "culture": Input("number", "report.ready", "文化匹配分", "Culture score"),
    "total_that_holds": Input("number", "decided", "人工决定后的总分", "Total after people decided"),
}
CONSTANTS: dict[str, float] = {"secondary": 1, "associate": 2, "bachelor": 3, "master": 4, "doctor": 5}
"""Degrees, to compare ``degree`` with."""
PROTECTED = frozenset(
    [
        *("age", "birthday", "born", "gender", "sex", "male", "female", "ethnicity", "race", "nationality", "origin"),
        *("religion", "politics", "political_status", "party", "marital_status", "married", "family", "children"),
        *("pregnancy", "health", "disability", "photo", "name", "school", "university", "graduation_year"),
        *(
            "年龄",
            "性别",
            "民族",
            "籍贯",
            "户籍",
            "婚姻",
            "婚育",
            "宗教",
            "政治面貌",
            "健康",
            "照片",
            "姓名",
            "学校",
            "毕业年份",
        ),
    ]
)
"""Names that people try; told apart from a slip of the pen, so that the answer can say why."""


def known_at(event: Event) -> dict[str, Input]:
    return {name: each for name, each in INPUTS.items() if EVENTS.index(each.since) <= EVENTS.index(event)}
