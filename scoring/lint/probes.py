"""Probes that lead. A follow-up must not tell the candidate what the interviewer hopes to hear.

Two tests. A *tag* ("对吧", "isn't it", "don't you think") asks for agreement whatever it is about. A *closed* question
is fair ("Is there a figure?") unless it holds a phrase for which the answer would be scored: "Would you report it?"
"""

import re

from scoring.analysis.phrases import compile_patterns
from scoring.bilingual import Bilingual, Language
from scoring.lint.flaw import Flaws
from scoring.position_model import PositionModel, Question
from scoring.yaml_source import Path

_TAGS = {
    "zh": re.compile(r"对吧|对不对|是吧|是不是|不是吗|难道|你不觉得|你也?(认为|觉得)应该|应该.{0,12}吧|肯定会|当然"),
    "en": re.compile(
        r"\b(?:isn['’]t it|aren['’]t you|don['’]t you (?:think|agree)|do you agree|wouldn['’]t you|shouldn['’]t you|"
        r"won['’]t you|surely|of course|obviously|right)\b\s*(?:\?|,|\w)",
        re.IGNORECASE,
    ),
}
_CLOSED = {
    "zh": re.compile(r"吗\s*[？?]?\s*$|(是否|会不会|有没有|能不能|要不要)"),
    "en": re.compile(
        r"^\s*(?:and |but )?(?:did|do|does|would|will|are|is|was|were|have|has|had|can|could|should)\b", re.IGNORECASE
    ),
}
_RIGHT_ALONE = re.compile(r"\bright\b(?!\s*\?)", re.IGNORECASE)


def leads(text: str, language: Language) -> bool:
    """Whether a probe asks for agreement."""
    if language == "en":
        text = _RIGHT_ALONE.sub(" ", text)  # "the right words": only "…, right?" is a tag
    return _TAGS[language].search(text) is not None


def check_probe(model: PositionModel, question: Question, probe: Bilingual, path: Path, flaws: Flaws) -> None:
    flaws.bilingual(probe, path)
    languages: tuple[Language, Language] = ("zh", "en")
    for language in languages:
        text = probe.in_language(language)
        if leads(text, language):
            flaws.add((*path, language), "probe_leads", f"`{text}` asks for agreement")
        elif _CLOSED[language].search(text) and (given := _given_away(model, question, text, language)):
            flaws.add((*path, language), "probe_gives_away", f"`{text}` holds a phrase of `{given}`")


def _given_away(model: PositionModel, question: Question, text: str, language: Language) -> str:
    """The first positive indicator of the question whose words are in ``text``."""
    known = {competency.id for competency in model.competencies}
    for competency_id in question.measures:
        if competency_id not in known:
            continue
        for indicator in model.indicators_for(question, competency_id):
            patterns = indicator.phrases.zh if language == "zh" else indicator.phrases.en
            if indicator.sign == "positive" and compile_patterns(patterns, language).search(text):
                return indicator.id
    return ""
