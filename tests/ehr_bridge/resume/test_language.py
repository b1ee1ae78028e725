"""The language of a résumé, whatever names and tools it mixes in."""

import pytest

from ehr_bridge.resume.language import written_in


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("韩梅梅，上海财经大学金融学硕士，熟悉 Python、SQL、Excel、Wind，CFA 一级", "zh"),
        ("Meimei Han 韩梅梅, Master of Finance, Shanghai University of Finance and Economics 上海财经大学", "en"),
        ("Grace Hopper", "en"),
        ("", "zh"),
        ("2019.09 - 2023.06", "zh"),
    ],
)
def test_written_in(text: str, language: str) -> None:
    assert written_in(text) == language
