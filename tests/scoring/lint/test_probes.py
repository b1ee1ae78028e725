"""Probes: open and neutral ones pass, those that ask for agreement do not."""

import pytest

from scoring.bilingual import Language
from scoring.lint.probes import leads


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "你会上报的，对吧？"),
        ("zh", "难道你不觉得应该先安抚客户？"),
        ("zh", "这样做是不是更好？"),
        ("zh", "你应该会先道歉吧？"),
        ("en", "You would report it, wouldn't you?"),
        ("en", "Don't you think honesty matters?"),
        ("en", "So you told your manager, right?"),
        ("en", "Surely the client comes first?"),
    ],
)
def test_asking_for_agreement(language: Language, text: str) -> None:
    assert leads(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "如果客户仍然犹豫，你会怎么做？"),
        ("zh", "其中哪一部分是你自己做的？"),
        ("zh", "结果有没有数据可以说明？"),
        ("en", "What if the client still hesitates?"),
        ("en", "Which part did you do yourself?"),
        ("en", "What made you think it was the right way to do it?"),
    ],
)
def test_asking_openly(language: Language, text: str) -> None:
    assert not leads(text, language)
