"""Every refusal has its words in both languages, and the page shows them all."""

import re
from pathlib import Path

import pytest

from realtime.protocol.refusals import REFUSALS, refusal, table
from realtime.protocol.text import Fault

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_current() -> None:
    page = (ROOT / "docs/reference/errors.md").read_text("utf-8")
    assert table() in page, "run: python -m realtime.protocol.refusals"


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_can_be_said(code: str) -> None:
    refused = refusal(code)
    assert refused.code == code
    assert re.search(r"[\u4e00-\u9fff]", refused.message.zh)
    assert refused.message.en.replace("résumé", "").isascii()  # "to resume" is another word
    assert refused.message.en.endswith(".")
    assert "{" not in refused.message.zh + refused.message.en


@pytest.mark.parametrize("code", REFUSALS)
def test_what_may_be_tried_again_says_so(code: str) -> None:
    entry = REFUSALS[code]
    assert entry.retry or entry.retry_after_s is None
    assert entry.retry or entry.fault is Fault.CLIENT, "whatever is our fault may be tried again"


def test_a_time_to_come_back_is_in_the_words() -> None:
    refused = refusal("server_full", retry_after_s=90)
    assert refused.retry_after_s == 90
    assert "90" in refused.message.zh
    assert "90 seconds" in refused.message.en


def test_every_code_that_is_refused_anywhere_has_words() -> None:
    """Walks the sources, so that a new code without words fails here and not in front of a candidate."""
    said = re.compile(r'(?:course\.refuse|refusal|Problem|do\.Refuse|effects\.Refuse)\(\s*"(\w+)"')
    sources = [path for room in ("realtime", "server") for path in (ROOT / room).rglob("*.py")]
    codes = {code for path in sources for code in said.findall(path.read_text("utf-8"))}
    assert codes
    assert codes <= set(REFUSALS)


def test_an_unknown_code_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        refusal("never_heard_of")
