"""Which other position may suit somebody: how their scores meet the weights of each, and where learners grow fast."""

from collections.abc import Mapping

import msgspec

from ehr_bridge.canonical import Label
from ehr_bridge.insight.advice import INTERVIEW, REQUIREMENT, Advice, Input, points
from ehr_bridge.insight.book import Book
from ehr_bridge.insight.lives import Interviewed, Life
from ehr_bridge.insight.requirements import Requirements

LEAST_COVERED = 0.5
BETTER_BY = 5.0
MOST = 3


class Fit(msgspec.Struct, frozen=True):
    """``score``: weighted mean of the competencies that are known, of 100; ``covered``: the share of the weights they
    make up. A position of which less than half is known has no fit."""

    position_id: str
    title: Label
    score: float
    covered: float


def fits(one: Interviewed, positions: Mapping[str, Requirements]) -> list[Fit]:
    """The best first."""
    found = []
    for asked in positions.values():
        whole = sum(each.weight for each in asked.asked.values())
        known = {key: each.weight for key, each in asked.asked.items() if key in one.scores}
        covered = sum(known.values()) / whole if whole else 0.0
        if covered >= LEAST_COVERED:
            score = sum(one.scores[key] * weight for key, weight in known.items()) / sum(known.values())
            found.append(Fit(asked.position_id, asked.title, score, covered))
    return sorted(found, key=lambda fit: (-fit.score, fit.position_id))


def suggestions(life: Life, positions: Mapping[str, Requirements], book: Book) -> list[Advice]:
    one = life.interviewed
    if one is None:
        return []
    found = fits(one, positions)
    own = next((fit.score for fit in found if fit.position_id == one.position_id), one.total)
    advice = [] if own is None else [_better(life, one, fit, own) for fit in found if _is_better(one, fit, own)][:MOST]
    return advice + _growth(life, one, positions, book)


def _is_better(one: Interviewed, fit: Fit, own: float) -> bool:
    return fit.position_id != one.position_id and fit.score >= own + BETTER_BY


def _better(life: Life, one: Interviewed, fit: Fit, own: float) -> Advice:
    text = Label(
        f"面试得分与“{fit.title.zh}”更匹配，可征求本人意愿后考虑。",
        f"The scores fit {fit.title.en} better; worth asking whether the person would like it.",
    )
    inputs = (
        Input(one.position, points(own), INTERVIEW),
        Input(fit.title, f"{points(fit.score)} ({fit.covered:.0%})", REQUIREMENT),
    )
    return Advice("position_better", life.person_id, text, inputs)


def _growth(life: Life, one: Interviewed, positions: Mapping[str, Requirements], book: Book) -> list[Advice]:
    growth = book.growth
    score = one.scores.get(growth.competency)
    if score is None or score < growth.from_score:
        return []
    label = one.labels.get(growth.competency, Label(growth.competency, growth.competency))
    titles = [positions[name].title for name in growth.positions if name in positions and name != one.position_id]
    if not titles:
        return []
    text = Label(
        f"{label.zh}高：建议考虑需要快速成长的岗位，如{'、'.join(title.zh for title in titles)}。",
        f"High in {label.en}: consider positions where one learns fast, such as {', '.join(t.en for t in titles)}.",
    )
    return [Advice("fast_growth", life.person_id, text, (Input(label, points(score), INTERVIEW),))]
