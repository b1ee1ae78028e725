"""The word lists of one language, read once from ``scoring/lexica`` and compiled."""

import re
from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

from scoring.analysis.phrases import compile_patterns
from scoring.bilingual import Language

FOLDER = Path(__file__).parent.parent / "lexica"


class WordLists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lexicon file. Every list holds patterns of ``scoring.analysis.phrases``."""

    negators_far: tuple[str, ...]
    negators_near: tuple[str, ...]
    not_negators: tuple[str, ...]
    negation_ends: tuple[str, ...]
    negation_voided: tuple[str, ...]
    disapproval: tuple[str, ...]
    disapproval_next: tuple[str, ...]
    conditionals: tuple[str, ...]
    condition_ends: tuple[str, ...]
    counterfactuals: tuple[str, ...]
    first_person: tuple[str, ...]
    first_person_plural: tuple[str, ...]
    others: tuple[str, ...]
    third_person: tuple[str, ...]
    not_subject_after: tuple[str, ...]
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


class Lexicon:
    """``lexicon["negators_far"]`` is the compiled expression of that list."""

    def __init__(self, language: Language, lists: WordLists) -> None:
        self.language = language
        self.lists = lists
        self._compiled = {
            name: compile_patterns(getattr(lists, name), language) for name in WordLists.__struct_fields__
        }
        self.signposts = tuple(compile_patterns((pattern,), language) for pattern in lists.signposts)
        self.function_words = frozenset(lists.function_words)

    def __getitem__(self, name: str) -> re.Pattern[str]:
        return self._compiled[name]


@lru_cache(maxsize=2)
def lexicon(language: Language) -> Lexicon:
    text = (FOLDER / f"{language}.yaml").read_text(encoding="utf-8")
    return Lexicon(language, msgspec.convert(yaml.safe_load(text), WordLists))


@lru_cache(maxsize=1)
def foreign_small_words() -> frozenset[str]:
    """Articles and prepositions of languages that are neither Chinese nor English."""
    text = (FOLDER / "foreign.yaml").read_text(encoding="utf-8")
    return frozenset(msgspec.convert(yaml.safe_load(text)["small_words"], tuple[str, ...]))
