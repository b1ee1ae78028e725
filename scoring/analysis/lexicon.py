"""The word lists of one language, read once from ``scoring/lexica`` and compiled."""

import re
from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

from scoring.analysis.finding import Finder, Finders, finder
from scoring.analysis.phrases import compile_patterns
from scoring.bilingual import Language

_CHINESE = re.compile(r"[\u3400-\u9fff]{2,}")
FOLDER = Path(__file__).parent.parent / "lexica"
POSITIONS = Path(__file__).parent.parent / "positions"


class WordLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What words do to the words around them: ``zh.yaml``. Each list holds patterns of ``scoring.analysis.phrases``."""

    negators_far: tuple[str, ...]
    negators_near: tuple[str, ...]
    not_negators: tuple[str, ...]
    own_denials: tuple[str, ...]
    negation_ends: tuple[str, ...]
    negation_voided: tuple[str, ...]
    disapproval: tuple[str, ...]
    disapproval_next: tuple[str, ...]
    concessions: tuple[str, ...]
    concession_next: tuple[str, ...]
    conditionals: tuple[str, ...]
    condition_ends: tuple[str, ...]
    counterfactuals: tuple[str, ...]
    first_person: tuple[str, ...]
    first_person_plural: tuple[str, ...]
    others: tuple[str, ...]
    third_person: tuple[str, ...]
    not_subject_after: tuple[str, ...]
    witnessed: tuple[str, ...]
    witness_ends: tuple[str, ...]
    reported_by: tuple[str, ...]
    addressed_by: tuple[str, ...]
    own_speech: tuple[str, ...]
    intended: tuple[str, ...]
    clause_openers: tuple[str, ...]
    signposts: tuple[str, ...]
    reasons: tuple[str, ...]
    action_verbs: tuple[str, ...]
    result_cues: tuple[str, ...]
    result_openers: tuple[str, ...]
    quantities: tuple[str, ...]
    situation: tuple[str, ...]
    task: tuple[str, ...]
    finance_risk: tuple[str, ...]
    fillers: tuple[str, ...]
    function_words: tuple[str, ...]
    instructions: tuple[str, ...]
    everyday_pairs: tuple[str, ...]


class ContentLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an answer is made of, whatever the position: ``content.zh.yaml``."""

    documents: tuple[str, ...]
    roles: tuple[str, ...]
    times: tuple[str, ...]
    speech: tuple[str, ...]
    names_of_things: tuple[str, ...]
    alternatives: tuple[str, ...]
    verification: tuple[str, ...]
    follow_up: tuple[str, ...]
    perspective: tuple[str, ...]
    risk_sense: tuple[str, ...]
    learning: tuple[str, ...]
    outcomes: tuple[str, ...]
    examples: tuple[str, ...]
    goals: tuple[str, ...]
    hollow: tuple[str, ...]
    evasion: tuple[str, ...]
    passing_on: tuple[str, ...]
    red_lines: tuple[str, ...]
    bad_acts: tuple[str, ...]
    stability_for: tuple[str, ...]
    stability_against: tuple[str, ...]
    values: tuple[str, ...]
    workplace: tuple[str, ...]
    everyday: tuple[str, ...]


class Lexicon:
    """``lexicon["negators_far"]`` is the compiled expression of that list; ``finders`` finds all lists at once."""

    def __init__(self, language: Language, lists: WordLists, content: ContentLists) -> None:
        self.language = language
        self.lists = lists
        self._patterns: dict[str, tuple[str, ...]] = {
            **{name: getattr(lists, name) for name in WordLists.__struct_fields__},
            **{name: getattr(content, name) for name in ContentLists.__struct_fields__},
        }
        sorts = [(f"signposts {sort}", (pattern,)) for sort, pattern in enumerate(lists.signposts)]
        self.finders = Finders((*self._patterns.items(), *sorts), language)
        self.function_words = frozenset(lists.function_words)

    def __getitem__(self, name: str) -> re.Pattern[str]:
        return compile_patterns(self._patterns[name], self.language)

    def patterns(self, name: str) -> tuple[str, ...]:
        return self._patterns[name]

    def finder(self, name: str) -> Finder:
        return finder(self._patterns[name], self.language)


@lru_cache(maxsize=2)
def lexicon(language: Language) -> Lexicon:
    lists = msgspec.convert(_loaded(f"{language}.yaml"), WordLists)
    return Lexicon(language, lists, msgspec.convert(_loaded(f"content.{language}.yaml"), ContentLists))


def _loaded(name: str) -> object:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def third_language_words() -> frozenset[str]:
    """Articles and prepositions of languages that are neither Chinese nor English, without those that English has."""
    lists = msgspec.convert(_loaded("foreign.yaml"), dict[str, tuple[str, ...]])
    return frozenset(lists["small_words"]) - lexicon("en").function_words


@lru_cache(maxsize=1)
def known_pairs() -> frozenset[str]:
    """Neighbouring characters that stand together somewhere in the Chinese lexica or in the shipped positions."""
    files = [FOLDER / "zh.yaml", FOLDER / "content.zh.yaml", *sorted(POSITIONS.rglob("*.yaml"))]
    runs = _CHINESE.findall("".join(path.read_text(encoding="utf-8") for path in files))
    return frozenset(run[index : index + 2] for run in runs for index in range(len(run) - 1))
