"""The default rater: what the answer is made of, what it shows of the competency, minus what speaks against it.

    level = 2 + 3 x (0.6 substance x relevance + 0.2 behaviours x support + 0.2 subject) - faults

within 1..5, to one decimal. *Substance* is the same for every position: own acts, detail, reasons, order, outcomes,
care, regard for others and for risk. *Behaviours* are the competency's own indicators, *subject* is how much of its
vocabulary the answer speaks of. *Relevance*, 0.6 to 1, grows with both: a rich answer that shows nothing of a
competency is not rated high for it; *support*, 0.4 to 1, grows with substance: neither is a list of the right words.
Each part grows quickly at first and then no more: length and repetition buy nothing. Level 1 takes words against the
competency; silence about it ends near 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.analysis.reading import Hit
from scoring.analysis.substance import Substance
from scoring.analysis.vocabulary import competency_terms, everywhere_terms, question_terms
from scoring.bilingual import Bilingual
from scoring.position_model import Indicator
from scoring.raters import AnswerToRate, Rating
from scoring.wording import FAULTS, SIGNS, behaviour

BASE_LEVEL = 2.0
SPAN_LEVELS = 3.0
PARTS = {"substance": 0.6, "behaviours": 0.2, "subject": 0.2}

SIGN_WEIGHTS = {
    # sign: (share of substance, share where something is to be explained, different wordings that are enough)
    "acts": (0.20, 0.06, 5),
    "detail": (0.14, 0.14, 8),
    "kinds_of_detail": (0.08, 0.08, 4),
    "outcomes": (0.12, 0.06, 3),
    "care": (0.12, 0.06, 4),
    "views": (0.12, 0.14, 5),
    "breadth": (0.08, 0.16, 60),
    "reasons": (0.08, 0.10, 2),
    "sequence": (0.04, 0.08, 3),
    "examples": (0.02, 0.12, 3),
}
LEAST_RELEVANCE = 0.6
LEAST_SUPPORT = 0.4
BEHAVIOURS_ENOUGH = 4
TERMS_ENOUGH = 8

AGAINST_STEP, AGAINST_MOST, AGAINST_CAP = 0.8, 1.6, 4.0
CRITICAL_CAP = 2.0
FAULT_STEPS = {
    # fault: (levels taken off by each wording, at most)
    "red_lines": (0.6, 1.2),
    "passing_on": (0.3, 0.6),
    "evasion": (0.3, 0.6),
    "hollow": (0.15, 0.45),
}
DENIED_STEP, DENIED_MOST = 0.35, 1.4
DENIED_FROM, DENIED_SHARE = 2, 0.35
"""So many clauses that deny a duty, and this share of all clauses, make an answer that declines."""
SHOWN_FROM = 0.5
"""A sign is named to HR when it has at least this share of its worth."""


def grown(count: float, enough: float) -> float:
    """0..1, quickly at first: half of ``enough`` is worth three quarters. Exact on every machine."""
    share = min(1.0, count / enough)
    return share * (2.0 - share)


@dataclass(frozen=True, slots=True)
class Faults:
    """Levels taken off, by fault."""

    steps: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.steps.values())


class RubricRater:
    name = "rubric 2.0"

    def rate(self, answer: AnswerToRate) -> tuple[Rating, ...]:
        signs = sign_values(answer.reading.substance)
        column = 1 if answer.question.kind == "logic" else 0
        substance = sum(SIGN_WEIGHTS[name][column] * value for name, value in signs.items())
        faults = faults_of(answer.reading.substance)
        return tuple(self._rate(answer, name, substance, signs, faults) for name in answer.question.measures)

    def _rate(
        self, answer: AnswerToRate, competency_id: str, substance: float, signs: dict[str, float], faults: Faults
    ) -> Rating:
        indicators = {i.id: i for i in answer.model.indicators_for(answer.question, competency_id)}
        hits = [hit for hit in answer.reading.hits if hit.competency_id == competency_id]
        shown, against = _ids(hits, +1), _ids(hits, -1)
        expected = sum(indicator.sign == "positive" for indicator in indicators.values())
        behaviours = grown(len(shown), max(1, min(BEHAVIOURS_ENOUGH, expected)))
        subject = grown(_spoken_of(answer, competency_id), TERMS_ENOUGH)
        relevance = LEAST_RELEVANCE + (1 - LEAST_RELEVANCE) * max(behaviours, subject / 2)
        support = min(1.0, LEAST_SUPPORT + substance)
        worth = PARTS["substance"] * substance * relevance
        worth += PARTS["behaviours"] * behaviours * support + PARTS["subject"] * subject
        level = BASE_LEVEL + SPAN_LEVELS * worth - faults.total
        if against:
            level = min(level - min(AGAINST_MOST, AGAINST_STEP * len(against)), AGAINST_CAP)
        if any(indicators[name].critical for name in against):
            level = min(level, CRITICAL_CAP)
        return Rating(
            competency_id,
            round(min(5.0, max(1.0, level)), 1),
            _why(
                [_named(indicators[name], against=False) for name in shown],
                [_named(indicators[name], against=True) for name in against],
                [SIGNS[name] for name, value in signs.items() if value >= SHOWN_FROM],
                [FAULTS[name] for name in faults.steps],
            ),
        )


def sign_values(substance: Substance) -> dict[str, float]:
    """Each sign's worth, 0..1."""
    return {name: grown(getattr(substance, name), enough) for name, (_, _, enough) in SIGN_WEIGHTS.items()}


def faults_of(substance: Substance) -> Faults:
    """What is taken off for hollow claims, evasion, passing the matter on, crossed red lines and refused duties."""
    steps: dict[str, float] = {}
    for flaw in ("red_lines", "passing_on", "evasion", "hollow"):
        count = substance.count(flaw)
        if count:
            step, most = FAULT_STEPS[flaw]
            steps[flaw] = min(most, step * count)
    if substance.denied >= DENIED_FROM and substance.denied >= DENIED_SHARE * substance.clauses:
        steps["denied"] = min(DENIED_MOST, DENIED_STEP * substance.denied)
    return Faults(steps)


def _spoken_of(answer: AnswerToRate, competency_id: str) -> int:
    """Terms of the competency in the answer that neither the question nor the trade puts into everybody's mouth."""
    subject = competency_terms(answer.model.competency(competency_id)) - everywhere_terms()
    return len((answer.reading.vocabulary & subject) - question_terms(answer.question))


def _ids(hits: Sequence[Hit], supports: int) -> list[str]:
    return sorted({hit.indicator_id for hit in hits if hit.supports == supports})


def _named(indicator: Indicator, *, against: bool) -> Bilingual:
    """A bad behaviour that speaks for the candidate was refused; a good one that speaks against was denied."""
    bad = indicator.sign == "negative"
    return behaviour(indicator.label, denied=bad != against, bad=bad)


def _why(
    shown: list[Bilingual], against: list[Bilingual], signs: list[Bilingual], faults: list[Bilingual]
) -> Bilingual:
    zh = [f"体现：{'、'.join(label.zh for label in shown)}" if shown else "没有听到相关行为"]
    en = [f"Heard: {', '.join(label.en.lower() for label in shown)}" if shown else "No such behaviour heard"]
    if against:
        zh.append(f"相反表现：{'、'.join(label.zh for label in against)}")
        en.append(f"against it: {', '.join(label.en.lower() for label in against)}")
    zh.append(f"佐证：{'、'.join(sign.zh for sign in signs)}" if signs else "缺少佐证")
    en.append(f"supported by {', '.join(sign.en for sign in signs)}" if signs else "no support")
    if faults:
        zh.append(f"扣分：{'、'.join(fault.zh for fault in faults)}")
        en.append(f"taken off: {', '.join(fault.en for fault in faults)}")
    return Bilingual(zh="；".join(zh) + "。", en="; ".join(en) + ".")
