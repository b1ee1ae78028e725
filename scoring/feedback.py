"""Highlights and suggestions, always in the candidate's own words: strength, weakness, exercise."""

from collections.abc import Sequence

from scoring.bilingual import Bilingual
from scoring.position_model import PositionModel
from scoring.report import AnswerReport, CompetencyScore, Evidence, Highlight, Suggestion

HIGHLIGHT_FROM = 60.0
STRONG_FROM = 70.0
AT_MOST = 3


def highlights(scored: Sequence[CompetencyScore], answers: Sequence[AnswerReport]) -> tuple[Highlight, ...]:
    """The best evidence of the strongest competencies, each quote once."""
    chosen: list[Highlight] = []
    quoted: set[str] = set()
    for competency in _by_score(scored, strongest=True):
        if (competency.score.value or 0.0) < HIGHLIGHT_FROM or len(chosen) == AT_MOST:
            break
        best = _best(_evidence(answers, competency.id, +1), quoted)
        if best is None:
            continue
        quoted.add(best.quote)
        chosen.append(
            Highlight(
                competency_id=competency.id,
                text=Bilingual(
                    zh=f"{competency.label.zh}：{best.label.zh}", en=f"{competency.label.en}: {best.label.en.lower()}"
                ),
                question_id=best.question_id,
                evidence_id=best.id,
                quote=best.quote,
            )
        )
    return tuple(chosen)


def suggestions(
    model: PositionModel, scored: Sequence[CompetencyScore], answers: Sequence[AnswerReport]
) -> tuple[Suggestion, ...]:
    """For the weakest competencies: what is good already, what was missing, and what to practise."""
    ranked = _by_score(scored, strongest=False)
    if not ranked:
        return ()
    weakest = [c for c in ranked if (c.score.value or 0.0) < STRONG_FROM][:AT_MOST] or ranked[:1]
    best = ranked[-1]
    return tuple(_suggestion(model, weak, best, answers) for weak in weakest)


def _suggestion(
    model: PositionModel, weak: CompetencyScore, best: CompetencyScore, answers: Sequence[AnswerReport]
) -> Suggestion:
    against = _evidence(answers, weak.id, -1)
    towards = _evidence(answers, weak.id, +1)
    # Praise borrowed from the strongest competency cites that one's words: no suggestion without the candidate's own.
    start = next(iter([*against, *towards, *_evidence(answers, best.id, +1)]), None)
    missing_zh, missing_en = _missing(model, weak.id, towards)
    if against:
        weakness = Bilingual(
            zh=f"{weak.label.zh}：这句话与岗位要求不一致，值得再斟酌。",
            en=f"{weak.label.en}: these words do not fit what the job needs; worth another thought.",
        )
    else:
        weakness = Bilingual(
            zh=f"{weak.label.zh}：可以再具体一些，尤其是{missing_zh}。"
            if missing_zh
            else f"{weak.label.zh}：还可以更具体。",
            en=(
                f"{weak.label.en}: could be more concrete, above all: {missing_en}."
                if missing_en
                else f"{weak.label.en}: could be more concrete."
            ),
        )
    return Suggestion(
        competency_id=weak.id,
        strength=_strength(weak, best, towards),
        weakness=weakness,
        exercise=model.competency(weak.id).exercise,
        question_id=start.question_id if start else None,
        evidence_id=start.id if start else None,
        quote=start.quote if start else "",
    )


def _strength(weak: CompetencyScore, best: CompetencyScore, towards: Sequence[Evidence]) -> Bilingual:
    if towards:
        first = towards[0].label
        return Bilingual(zh=f"已经做到：{first.zh}。", en=f"Already there: {first.en.lower()}.")
    if best.id != weak.id and (best.score.value or 0.0) >= HIGHLIGHT_FROM:
        return Bilingual(zh=f"{best.label.zh}表现较好。", en=f"{best.label.en} is a strength to build on.")
    return Bilingual(zh="愿意直面问题并给出了自己的想法。", en="Faced the question and gave own thoughts.")


def _missing(model: PositionModel, competency_id: str, towards: Sequence[Evidence]) -> tuple[str, str]:
    heard = {evidence.indicator_id for evidence in towards}
    labels = [
        indicator.label
        for indicator in model.competency(competency_id).indicators
        if indicator.sign == "positive" and indicator.id not in heard
    ][:2]
    return "、".join(label.zh for label in labels), ", ".join(label.en.lower() for label in labels)


def _by_score(scored: Sequence[CompetencyScore], *, strongest: bool) -> list[CompetencyScore]:
    there = [competency for competency in scored if competency.score.value is not None]
    sign = -1 if strongest else 1
    return sorted(there, key=lambda c: (sign * (c.score.value or 0.0), -c.weight, c.id))


def _evidence(answers: Sequence[AnswerReport], competency_id: str, supports: int) -> list[Evidence]:
    return [
        evidence
        for answer in answers
        if answer.quality.assessable
        for evidence in answer.evidence
        if evidence.competency_id == competency_id and evidence.supports == supports
    ]


def _best(candidates: Sequence[Evidence], quoted: set[str]) -> Evidence | None:
    """The longest quote not used yet: it says most."""
    free = [evidence for evidence in candidates if evidence.quote not in quoted]
    return max(free, key=lambda evidence: (len(evidence.quote), evidence.id), default=None)
