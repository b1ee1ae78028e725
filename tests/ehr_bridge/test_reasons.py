"""Every code that the bridge's own modules raise has its words in both languages."""

import re
from pathlib import Path

import ehr_bridge
from ehr_bridge.reasons import REASONS, reason

OWN = ("answers.py", "egress.py", "delivery.py", "adapters/embedded.py")


def test_every_code_of_our_own_has_a_reason_and_a_remedy() -> None:
    root = Path(ehr_bridge.__file__).parent
    text = "".join((root / name).read_text() for name in OWN)
    codes = set(re.findall(r'(?:Failure|_unusable)\(\s*"([a-z_]+)"', text)) | set(
        re.findall(r'"(destination_answers_html|destination_answer_not_json)"', text)
    )
    assert len(codes) > 15
    assert codes <= set(REASONS), codes - set(REASONS)


def test_they_are_written_in_both_languages() -> None:
    for found in REASONS.values():
        for text in (found.what, found.todo):
            assert re.search(r"[\u4e00-\u9fff]", text.zh)
            assert text.en
            assert not re.search(r"[\u4e00-\u9fff]", text.en)


def test_an_adapters_own_code_is_told_as_it_is() -> None:
    assert "odoo_stage_missing" in reason("odoo_stage_missing").what.en
