"""The pattern language of position files."""

import pytest

from scoring.analysis.phrases import compile_patterns


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("提醒*同事", "我会提醒一下我的同事", True),
        ("提醒*同事", "我会提醒他。同事走了", False),
        ("(上报|汇报)*(领导)?", "我汇报了", True),
        ("客户*满意", "客户后来很满意", True),
        ("客户*满意", "客户后来还是不满意", False),
        ("客户*满意", "客户不仅满意", True),
        ("第一(?!位)", "放在第一位", False),
        ("第一(?!位)", "第一我会", True),
    ],
)
def test_chinese(pattern: str, text: str, matches: bool) -> None:
    assert bool(compile_patterns((pattern,), "zh").search(text)) is matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("report~ *(manager|supervisor)", "I Reported it to my supervisor", True),
        ("report~ *(manager|supervisor)", "I report. My manager left", False),
        ("ask~", "a basket of masks", False),
        ("client *happy", "the client was very happy", True),
        ("client *happy", "the client wasn’t very happy", False),
        ("client *happy", "the client was not happy", False),
        ("turn a blind eye", "turn  a blind eye!", True),
        ("any (other )?question~", "any questions", True),
        ("follow~ up", "I followed up", True),
    ],
)
def test_english(pattern: str, text: str, matches: bool) -> None:
    assert bool(compile_patterns((pattern,), "en").search(text)) is matches
