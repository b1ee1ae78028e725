"""Positions as rows: a version keeps its meaning across an update of Viva; the law goes before a campaign's wish."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from scoring.bilingual import Bilingual
from scoring.positions import builtin, digest, stored
from server.administration import store_of
from server.positions import (
    VersionTaken,
    allowed_by,
    as_features,
    errors_of,
    position_row,
    publish,
    publish_all_builtin,
    publish_builtin,
)
from server.profiles import PROFILES
from server.settings import Settings
from server.store import interviews


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path))


async def test_a_new_viva_keeps_the_old_meaning_beside_its_own(settings: Settings) -> None:
    old = builtin()["teller"]
    new = msgspec.structs.replace(old, summary=Bilingual(zh="另一种说法。", en="Said otherwise."))
    async with store_of(settings) as store:
        first = await publish_builtin(store, old)
        assert await publish_builtin(store, old) == first
        second = await publish_builtin(store, new)
        assert second.version == f"{old.version}+{digest(new)[7:15]}"
        assert await publish_builtin(store, new) == second
        kept = await interviews.find_position(store, "teller", first.version)
        assert kept is not None
        assert stored(kept.source_yaml) == old
        newest = await interviews.find_position(store, "teller")
        assert newest is not None
        assert newest.version == second.version


async def test_an_author_must_raise_the_version(settings: Settings) -> None:
    model = builtin()["teller"]
    async with store_of(settings) as store:
        row = await publish(store, position_row(model))
        assert (await publish(store, position_row(model))).created_at == row.created_at
        changed = msgspec.structs.replace(model, summary=Bilingual(zh="另一种说法。", en="Said otherwise."))
        with pytest.raises(VersionTaken, match="raise its version"):
            await publish(store, position_row(changed))


async def test_a_row_from_before_there_were_digests_is_compared_by_its_text(settings: Settings) -> None:
    model = builtin()["teller"]
    async with store_of(settings) as store:
        await interviews.put_position(store, replace(position_row(model), digest=""))
        assert (await publish_builtin(store, model)).version == model.version


async def test_every_builtin_position_may_be_invited_to(settings: Settings) -> None:
    async with store_of(settings) as store:
        await publish_all_builtin(store)
        rows = await interviews.list_positions(store)
    assert {row.id for row in rows} == set(builtin())
    for row in rows:
        assert await errors_of(row) == ()


def test_features_have_one_order_and_no_others() -> None:
    assert as_features(["expression", "voice"]) == ("voice", "expression")
    with pytest.raises(ValueError, match="telepathy"):
        as_features(["telepathy"])


@pytest.mark.parametrize(
    ("profile", "left"),
    [
        ("cn-bank", ("voice", "logic", "scenario", "expression")),
        ("eu", ("voice", "logic", "scenario")),
        ("us-nyc", ("voice", "logic", "scenario")),
    ],
)
def test_the_law_goes_before_the_campaign(profile: str, left: tuple[str, ...]) -> None:
    assert allowed_by(PROFILES[profile], ("voice", "logic", "scenario", "expression")) == left
    assert allowed_by(PROFILES[profile], ("logic",)) == ("logic",)
