"""The quick way to find patterns finds what the plain way finds."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scoring.analysis.finding import KEY_LENGTH, Index, apart, beginnings, finder
from scoring.analysis.lexicon import ContentLists, WordLists, lexicon
from scoring.analysis.phrases import compile_patterns
from scoring.bilingual import Language
from scoring.positions import builtin

ANSWERS = yaml.safe_load((Path(__file__).parent.parent / "answers.yaml").read_text(encoding="utf-8"))
TEXTS = [text for answers in ANSWERS.values() for text in answers.values()]


def every_pattern() -> list[tuple[Language, str]]:
    found: list[tuple[Language, str]] = []
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        for name in (*WordLists.__struct_fields__, *ContentLists.__struct_fields__):
            found += [(language, pattern) for pattern in lexicon(language).patterns(name)]
    for competency in builtin()["client_manager"].competencies:
        for indicator in competency.indicators:
            found += [("zh", pattern) for pattern in indicator.phrases.zh]
            found += [("en", pattern) for pattern in indicator.phrases.en]
    return found


def test_every_match_of_the_plain_search_is_found() -> None:
    text = "\n".join(TEXTS)
    index = Index(text)
    for language, pattern in every_pattern():
        plain = {match.span() for match in compile_patterns((pattern,), language).finditer(text)}
        assert plain <= set(finder((pattern,), language).find(index)), pattern


def test_no_pattern_of_the_lexica_finds_nothing_at_all() -> None:
    for language, pattern in every_pattern():
        assert not compile_patterns((pattern,), language).search(""), pattern


@pytest.mark.parametrize(
    ("expression", "strings"),
    [
        ("上报", {"上报"}),
        ("(?:上报|汇报|查)了?", {"上报", "汇报", "查", "查了"}),
        ("我?会", {"我会", "会"}),
        ("Report", {"repo"}),
        (r"(?<!\w)(?:a|an) +cat", {"a ", "an "}),
        ("[一二]个", {"一个", "二个"}),
        ("[^不]好", set()),
        ("不*", set()),
        ("(?!不)好", {"好"}),
    ],
)
def test_beginnings(expression: str, strings: set[str]) -> None:
    language: Language = "en" if expression.isascii() else "zh"
    assert beginnings(expression, KEY_LENGTH[language]) == strings


def test_of_overlapping_matches_the_first_and_longest_stays() -> None:
    assert apart(finder(("从来不", "从来", "不会"), "zh").find(Index("我从来不会"))) == [(1, 4)]


@given(st.text(max_size=80))
def test_any_text_can_be_indexed(text: str) -> None:
    index = Index(text)
    assert len(index.lowered) == len(text)
    for start, end in finder(("客户*满意", "report~"), "en").find(index):
        assert 0 <= start < end <= len(text)
