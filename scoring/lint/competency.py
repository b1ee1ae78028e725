"""The rules of one competency, in the library or in a position."""

from scoring.lint.flaw import Flaws
from scoring.lint.patterns import by_language, phrases_compile
from scoring.position_model import CompetencyFile, Indicator
from scoring.yaml_source import Path

LEVELS = (1, 2, 3, 4, 5)
MAX_MIN_HITS = 5


def check_competency(competency: CompetencyFile, path: Path, flaws: Flaws) -> None:
    for name in ("label", "definition", "exercise"):
        flaws.bilingual(getattr(competency, name), (*path, name))
    _anchors(competency, (*path, "anchors"), flaws)
    if not any(indicator.sign == "positive" for indicator in competency.indicators):
        flaws.add((*path, "indicators"), "indicators", f"{competency.id} has no positive indicator")
    for index, indicator in enumerate(competency.indicators):
        _indicator(indicator, (*path, "indicators", index), flaws)


def _anchors(competency: CompetencyFile, path: Path, flaws: Flaws) -> None:
    missing = [str(level) for level in LEVELS if level not in competency.anchors]
    extra = sorted(set(competency.anchors) - set(LEVELS))
    if missing:
        flaws.add(path, "anchors", f"{competency.id} has no anchor for level {', '.join(missing)}")
    for level in extra:
        flaws.add((*path, str(level)), "anchors", f"there is no level {level}")
    seen: dict[str, int] = {}
    for level in sorted(set(competency.anchors) & set(LEVELS)):
        anchor = competency.anchors[level]
        flaws.bilingual(anchor, (*path, str(level)))
        for written in (_bare(anchor.zh), _bare(anchor.en)):
            if written and written in seen:
                flaws.add((*path, str(level)), "anchors", f"the levels {seen[written]} and {level} say the same")
                break
            seen[written] = level


def _bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _indicator(indicator: Indicator, path: Path, flaws: Flaws) -> None:
    flaws.bilingual(indicator.label, (*path, "label"))
    for language, patterns in by_language(indicator.phrases).items():
        if not patterns:
            flaws.add((*path, "phrases"), "bilingual", f"{indicator.id} has no phrases in {language}")
    phrases_compile(indicator.phrases, (*path, "phrases"), flaws)
    if not 1 <= indicator.min_hits <= MAX_MIN_HITS:
        flaws.add((*path, "min_hits"), "indicators", f"min_hits is 1 to {MAX_MIN_HITS}")
    if indicator.critical and indicator.sign == "positive":
        flaws.add((*path, "critical"), "indicators", f"{indicator.id} is positive: only what speaks against can cap")
