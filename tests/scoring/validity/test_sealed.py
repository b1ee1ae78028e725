"""What was looked at is what is approved; a later version reads older files."""

from pathlib import Path

import msgspec
import pytest

from scoring.validity import sealed
from scoring.validity.sealed import SealBroken, Sealed


class First(Sealed, frozen=True, kw_only=True):
    weights: dict[str, float]


class Later(First, frozen=True, kw_only=True):
    remark: str = ""


MADE = sealed.seal(First(weights={"b": 20.0, "a": 12.5}))


def test_there_and_back() -> None:
    assert sealed.from_json(sealed.to_json(MADE), First, "p.json") == MADE
    assert MADE.digest.startswith("sha256:")
    assert sealed.seal(MADE) == MADE


def test_a_field_that_came_later_breaks_no_older_file() -> None:
    assert sealed.from_json(sealed.to_json(MADE), Later, "p.json").digest == MADE.digest


@pytest.mark.parametrize("changed", [b"12.6", b"125", b'12.5,"c":1'])
def test_a_changed_number_is_seen(changed: bytes) -> None:
    with pytest.raises(SealBroken, match="was changed after it was made"):
        sealed.from_json(sealed.to_json(MADE).replace(b"12.5", changed), First, "p.json")


def test_layout_does_not_matter() -> None:
    assert sealed.from_json(msgspec.json.encode(MADE), First, "p.json") == MADE


def test_a_source_is_a_name_and_a_hash(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(b"abc")
    found = sealed.source(path)
    assert found.name == "scores.csv"
    assert found.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
