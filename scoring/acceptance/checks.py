"""What was tried by hand in a trial: functions beside the existing system, interfaces, terminals.

A *conflict* is a function that works alone and not beside the existing system, or that breaks one of its functions. The
conflict rate is conflicts over functions tried; the integration degree is interfaces that work over interfaces agreed,
so one that nobody has tried counts against it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from scoring.bilingual import Bilingual
from scoring.validity.readiness import Counted

Kind = Literal["function", "interface", "terminal"]
Outcome = Literal["works", "conflict", "fails"]

FUNCTIONS: Mapping[str, Bilingual] = {
    "invite": Bilingual("发出邀请", "Invite a candidate"),
    "interview": Bilingual("完成一场面试", "Take a whole interview"),
    "watch": Bilingual("实时观看", "Watch live"),
    "report": Bilingual("查看报告", "Read a report"),
    "override": Bilingual("人工改判", "Decide otherwise than the machine"),
    "sync": Bilingual("结果写入员工管理系统", "Results reach the employee system"),
    "merge": Bilingual("与简历、笔试成绩合并", "Merge with résumé and written test"),
    "sign_in": Bilingual("登录与权限", "Sign-in and permissions"),
    "withdraw": Bilingual("候选人撤回同意", "A candidate withdraws consent"),
    "audit": Bilingual("审计日志", "The audit log"),
}
"""Tried in every trial; a workspace adds its own."""
TERMINALS: Mapping[str, Bilingual] = {
    "desktop_chrome": Bilingual("电脑 Chrome / Edge", "Desktop, Chrome or Edge"),
    "desktop_other": Bilingual("电脑 Firefox / Safari", "Desktop, Firefox or Safari"),
    "android": Bilingual("安卓手机", "Android phone"),
    "iphone": Bilingual("苹果手机", "iPhone"),
    "wecom": Bilingual("企业微信内置浏览器", "The browser inside WeCom"),
}


class Check(msgspec.Struct, frozen=True):
    """The newest word on one thing. ``at``: milliseconds since 1970 UTC."""

    kind: Kind
    name: str
    outcome: Outcome
    note: str
    by: str
    at: int


def newest(checks: Iterable[Check]) -> dict[tuple[Kind, str], Check]:
    """By kind and name, in the order of the first check of each; later ones replace earlier ones."""
    found: dict[tuple[Kind, str], Check] = {}
    for check in checks:
        found[check.kind, check.name] = check
    return found


def conflicts(checks: Iterable[Check]) -> Counted | None:
    """Functions in conflict of those tried; None while none was. One that fails outright is a conflict too."""
    tried = [check for check in newest(checks).values() if check.kind == "function"]
    return Counted(sum(check.outcome != "works" for check in tried), len(tried)) if tried else None


def integrated(checks: Iterable[Check], agreed: Sequence[str]) -> Counted | None:
    """Interfaces that work of those agreed; None where none was agreed."""
    found = newest(checks)
    working = sum(1 for name in agreed if ("interface", name) in found and found["interface", name].outcome == "works")
    return Counted(working, len(agreed)) if agreed else None
