"""The words that a text is about, without a dictionary: pairs of Chinese characters, beginnings of English words.

Two texts about the same thing share many of them. That is weaker than understanding and stronger than a list of
phrases: it hears "客户的诉求" where the list has "客户诉求", and "verified" where it has "verify".
"""

import re
from functools import lru_cache

from scoring.analysis.lexicon import lexicon
from scoring.position_model import Competency, PositionModel, Question

STEM = 5
"""Letters of an English word that stand for it: "verif" for verify, verified, verification."""
SHORTEST_WORD = 4

_ZH_SMALL = re.compile(
    r"[的了是我在有会他她它和就不也都这那对要把给跟为到说你您们着过从让以与后先能可一个并及或等被所其之多少很更最还又再做]"
)
_ZH_RUN = re.compile(r"[\u3400-\u9fff]{2,}")
_EN_WORD = re.compile(rf"[a-z]{{{SHORTEST_WORD},}}")
_EN_COMMON = frozenset(
    [
        "about",
        "three",
        "four",
        "five",
        "year",
        "years",
        "minute",
        "minutes",
        "hour",
        "hours",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "million",
        "thousand",
        "hundred",
        "friend",
        "friends",
        "looks",
        "cool",
        "after",
        "again",
        "also",
        "always",
        "because",
        "been",
        "before",
        "being",
        "could",
        "does",
        "doing",
        "done",
        "down",
        "each",
        "even",
        "every",
        "from",
        "going",
        "have",
        "having",
        "here",
        "into",
        "just",
        "know",
        "like",
        "make",
        "made",
        "many",
        "more",
        "most",
        "much",
        "must",
        "need",
        "only",
        "other",
        "over",
        "really",
        "same",
        "should",
        "some",
        "such",
        "than",
        "that",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "think",
        "this",
        "those",
        "through",
        "time",
        "under",
        "very",
        "want",
        "well",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "without",
        "would",
        "your",
        "yourself",
        "someone",
        "something",
        "first",
        "next",
    ]
)


@lru_cache(maxsize=1)
def _everyday_pairs() -> frozenset[str]:
    return frozenset(lexicon("zh").patterns("everyday_pairs"))


def terms(text: str) -> frozenset[str]:
    """The terms of a text in both languages."""
    runs = _ZH_RUN.findall(_ZH_SMALL.sub(" ", text))
    chinese = {run[index : index + 2] for run in runs for index in range(len(run) - 1)} - _everyday_pairs()
    english = {word[:STEM] for word in _EN_WORD.findall(text.lower()) if word not in _EN_COMMON}
    return frozenset(chinese | english)


@lru_cache(maxsize=1)
def everywhere_terms() -> frozenset[str]:
    """What every answer about work speaks of, whatever it shows: 客户, 银行, "project"."""
    return _terms_of((*lexicon("zh").patterns("workplace"), *lexicon("en").patterns("workplace")))


@lru_cache(maxsize=4096)
def _terms_of(texts: tuple[str, ...]) -> frozenset[str]:
    return terms("\n".join(texts))


def question_terms(question: Question) -> frozenset[str]:
    """What the question itself says: repeating it is no answer."""
    return _terms_of((question.text.zh, question.text.en))


def competency_terms(competency: Competency) -> frozenset[str]:
    """What a good answer about this competency is likely to speak of: its definition, its upper anchors, its good
    behaviours."""
    texts = [competency.label, competency.definition, *(competency.anchors[level] for level in (3, 4, 5))]
    texts += [indicator.label for indicator in competency.indicators if indicator.sign == "positive"]
    words = [text.zh for text in texts] + [text.en for text in texts]
    for indicator in competency.indicators:
        if indicator.sign == "positive":
            words += [*indicator.phrases.zh, *indicator.phrases.en]
    return _terms_of(tuple(words))


def subject_terms(model: PositionModel, question: Question) -> frozenset[str]:
    """Everything that an answer to this question may be about."""
    topic = _terms_of((*question.topic.zh, *question.topic.en))
    measured = [competency_terms(model.competency(name)) for name in question.measures]
    return _union((question_terms(question), topic, *measured))


@lru_cache(maxsize=1024)
def _union(sets: tuple[frozenset[str], ...]) -> frozenset[str]:
    return frozenset().union(*sets)
