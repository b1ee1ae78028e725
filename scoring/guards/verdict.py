"""What the guards say together about one answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.report import Effect, Finding
from scoring.wording import FINDINGS

EN_WORD_UNITS = 1.6
FIRST_IDEOGRAPH = "\u3400"
UNSURE = frozenset({"unfamiliar_wording"})
"""Findings after which a level may say more about the rules than about the answer."""
TO_A_HUMAN = frozenset({"instruction_to_rater", "overlong"})
"""Findings that take nothing from what remains, and that a person should know of all the same."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason``: why the answer is not assessable. ``cap``: highest level left. ``ignored``: stretches of the
    transcript that no rater may use."""

    findings: tuple[Finding, ...]
    ignored: tuple[tuple[int, int], ...] = ()

    @property
    def reason(self) -> str | None:
        return next((finding.code for finding in self.findings if finding.effect == "not_assessable"), None)

    @property
    def unsure(self) -> bool:
        return any(finding.code in UNSURE for finding in self.findings)

    @property
    def needs_human(self) -> bool:
        return self.unsure or any(finding.effect == "capped" or finding.code in TO_A_HUMAN for finding in self.findings)

    @property
    def cap(self) -> int:
        return min((finding.cap for finding in self.findings if finding.cap is not None), default=5)


def finding(code: str, effect: Effect, *, cap: int | None = None, detail: str = "") -> Finding:
    return Finding(code=code, label=FINDINGS[code], effect=effect, cap=cap, detail=detail)


def refuse(code: str, detail: str = "") -> Verdict:
    return Verdict((finding(code, "not_assessable", detail=detail),))


def units(words: Sequence[str]) -> float:
    """How much was said, in Chinese characters; an English word counts 1.6."""
    chinese = len([word for word in words if word >= FIRST_IDEOGRAPH])
    return chinese + EN_WORD_UNITS * (len(words) - chinese)
