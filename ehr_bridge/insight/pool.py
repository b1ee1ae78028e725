"""The talent pool: who was interviewed and is not employed here, with what they are strong and weak in, to be found."""

from collections.abc import Iterable, Sequence

import msgspec

from ehr_bridge.canonical import Label
from ehr_bridge.canonical.records import Onboarding, Resume
from ehr_bridge.insight.lives import Interviewed, Life
from ehr_bridge.merging import normal_name

STRONG_FROM = 75.0
WEAK_BELOW = 60.0
MOST_STRENGTHS = 3


class Tag(msgspec.Struct, frozen=True):
    """``key``: a competency or "view.part". ``score``: what the tag rests on."""

    key: str
    label: Label
    strength: bool
    score: float


class Talent(msgspec.Struct, frozen=True):
    """``skills``: out of the résumé."""

    person_id: str
    name: str
    position_id: str
    position: Label
    interviewed_at_ms: int
    total: float | None
    tags: tuple[Tag, ...]
    skills: tuple[str, ...]
    result_id: str


def pool(lives: Iterable[Life]) -> list[Talent]:
    """The best total first; those without one last."""
    found = [_talent(life, one) for life in lives if (one := life.interviewed) is not None and not _employed(life)]
    return sorted(found, key=lambda talent: (-(talent.total if talent.total is not None else -1.0), talent.person_id))


def _employed(life: Life) -> bool:
    joined = any(each.state != "broken_off" for each in life.of(Onboarding))
    return joined and life.left_at_ms is None


def _talent(life: Life, one: Interviewed) -> Talent:
    skills = [skill for resume in life.of(Resume) for skill in (*resume.skills, *resume.certificates)]
    return Talent(
        life.person_id,
        life.name,
        one.position_id,
        one.position,
        one.at_ms,
        one.total,
        tags(one),
        tuple(dict.fromkeys(skills)),
        one.result_id,
    )


def tags(one: Interviewed) -> tuple[Tag, ...]:
    """Strong and weak dimensions ("professional strong, culture weak"), then the best competencies."""
    found = [
        Tag(key, one.labels[key], value >= STRONG_FROM, value)
        for key, value in one.parts.items()
        if key.startswith("dimensions.") and (value >= STRONG_FROM or value < WEAK_BELOW)
    ]
    best = sorted(one.scores.items(), key=lambda score: (-score[1], score[0]))[:MOST_STRENGTHS]
    return (*found, *(Tag(key, one.labels[key], True, value) for key, value in best if value >= STRONG_FROM))


def search(
    talents: Sequence[Talent],
    text: str = "",
    strong: Sequence[str] = (),
    position_id: str = "",
    least_total: float | None = None,
) -> list[Talent]:
    """``text``: part of a name, a skill or a label; ``strong``: keys that must be strengths."""
    wanted = normal_name(text)
    return [
        talent
        for talent in talents
        if (not wanted or any(wanted in normal_name(word) for word in _words(talent)))
        and all(any(tag.key == key and tag.strength for tag in talent.tags) for key in strong)
        and (not position_id or talent.position_id == position_id)
        and (least_total is None or (talent.total is not None and talent.total >= least_total))
    ]


def _words(talent: Talent) -> list[str]:
    labels = [text for tag in talent.tags for text in (tag.label.zh, tag.label.en)]
    return [talent.name, talent.position.zh, talent.position.en, *talent.skills, *labels]
