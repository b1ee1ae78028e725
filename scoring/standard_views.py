"""The three views that every position has unless it writes its own: core abilities, dimensions, match with the job."""

from collections.abc import Iterable, Sequence

from scoring.bilingual import Bilingual
from scoring.position_model import Competency, View, ViewPart

_CORE = {
    "communication": Bilingual(zh="沟通能力", en="Communication"),
    "problem_solving": Bilingual(zh="问题解决能力", en="Problem solving"),
    "customer_service": Bilingual(zh="客户服务意识", en="Customer service"),
}
_DIMENSIONS = {
    "professional": Bilingual(zh="专业能力", en="Professional ability"),
    "general": Bilingual(zh="综合素质", en="General qualities"),
    "culture": Bilingual(zh="文化适配", en="Culture fit"),
}
_MATCH = {
    "communication": Bilingual(zh="沟通能力", en="Communication"),
    "professional_match": Bilingual(zh="专业匹配度", en="Professional match"),
    "job_fit": Bilingual(zh="岗位适配性", en="Job fit"),
}


def standard_views(competencies: Sequence[Competency]) -> tuple[View, ...]:
    """A part that no competency of the position belongs to is left out. Weights are those of the position."""
    core = [(competency.core, competency) for competency in competencies]
    dimension = [(competency.dimension, competency) for competency in competencies]
    match = [(_match(competency), competency) for competency in competencies]
    return (
        _view("core", Bilingual(zh="三项核心能力", en="Three core abilities"), _CORE, core),
        _view("dimensions", Bilingual(zh="三维得分", en="Three dimensions"), _DIMENSIONS, dimension),
        _view("match", Bilingual(zh="岗位匹配", en="Match with the job"), _MATCH, match),
    )


def _match(competency: Competency) -> str:
    if competency.core == "communication":
        return "communication"
    return "professional_match" if competency.dimension == "professional" else "job_fit"


def _view(
    view_id: str, label: Bilingual, parts: dict[str, Bilingual], placed: Iterable[tuple[str, Competency]]
) -> View:
    weights: dict[str, dict[str, float]] = {part: {} for part in parts}
    for part, competency in placed:
        if part in weights:
            weights[part][competency.id] = competency.weight
    return View(view_id, label, tuple(ViewPart(part, parts[part], w) for part, w in weights.items() if w))
