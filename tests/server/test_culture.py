"""Importing an employer's phrases: a version each, nothing for nothing, and only those that were there count."""

from pathlib import Path

import pytest

from scoring.culture import CulturePhrase
from server.administration import store_of
from server.clock import wall_ms
from server.culture import import_phrases, listed
from server.settings import Settings
from server.store.culture import newest_culture
from server.store.people import audit_lines

ONE = CulturePhrase("compliance", "positive", "zh", "铁规矩")
TWO = CulturePhrase("compliance", "negative", "zh", "和稀泥")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path))


async def test_the_same_phrases_are_no_new_version(settings: Settings) -> None:
    first, new = await import_phrases(settings, "示例银行", [ONE])
    again, not_new = await import_phrases(settings, "示例银行", [ONE, ONE])
    second, newer = await import_phrases(settings, "示例银行", [TWO, ONE])
    assert (new, not_new, newer) == (True, False, True)
    assert (first.version, again, second.version) == (1, first, 2)
    assert second.phrases == (TWO, ONE)
    lines = await listed(settings)
    assert len(lines) == 2
    assert second.digest in lines[1]
    assert "compliance negative: 1, compliance positive: 1" in lines[1]
    async with store_of(settings) as store:
        noted = await audit_lines(store, before=None, limit=9)
    assert [line.detail for line in noted] == [f"version 2 {second.digest}", f"version 1 {first.digest}"]


async def test_only_what_was_there_when_they_began(settings: Settings) -> None:
    before = wall_ms() - 1
    made, _ = await import_phrases(settings, "Example Bank", [ONE])
    async with store_of(settings) as store:
        assert await newest_culture(store, "示例银行", "Example Bank", before_ms=before) is None
        found = await newest_culture(store, "示例银行", "Example Bank", before_ms=wall_ms())
        assert found is not None
        assert found.culture == made
        assert await newest_culture(store, "another bank") is None
