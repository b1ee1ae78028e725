"""Files appear whole or not at all, under safe names; a folder that is away is a reason to wait."""

from pathlib import Path
from typing import Any

import pytest

from ehr_bridge.adapters import performing
from ehr_bridge.adapters.conversation import FindOrder, ListFiles, ReadFile, WriteFile
from ehr_bridge.adapters.destination import PermanentFailure, RetryableFailure
from ehr_bridge.adapters.performing import Performer


@pytest.fixture
def perform(egress: Any) -> Performer:
    return Performer(egress)


async def test_a_file_that_was_written_is_listed_and_read(perform: Performer, tmp_path: Path) -> None:
    folder = str(tmp_path)
    await perform(WriteFile(folder, "b.csv", b"2"))
    await perform(WriteFile(folder, "a.csv", b"1"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.csv").symlink_to("/etc/passwd")
    assert await perform(ListFiles(folder)) == ["a.csv", "b.csv"]
    assert await perform(ReadFile(folder, "a.csv")) == b"1"
    assert await perform(ReadFile(folder, "none.csv")) is None
    with pytest.raises(TypeError, match="FindOrder"):
        await perform(FindOrder("int_1"))  # nobody has given it a house


async def test_a_write_that_fails_leaves_nothing(
    perform: Performer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(performing.os, "fsync", full)
    with pytest.raises(RetryableFailure) as failed:
        await perform(WriteFile(str(tmp_path), "a.csv", b"1"))
    assert (failed.value.code, failed.value.detail) == ("drop_folder_unusable", "No space left on device")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../a.csv", "a/b.csv", ".hidden", "", "a\nb.csv", "王芳.csv"])
async def test_an_unsafe_name_is_refused(perform: Performer, tmp_path: Path, name: str) -> None:
    with pytest.raises(PermanentFailure, match="drop_name_unsafe"):
        await perform(WriteFile(str(tmp_path), name, b""))


async def test_a_folder_that_is_not_there(perform: Performer, tmp_path: Path) -> None:
    with pytest.raises(RetryableFailure, match="No such file"):
        await perform(ListFiles(str(tmp_path / "mount")))


async def test_a_file_that_is_too_large(perform: Performer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performing, "LARGEST_FILE", 3)
    (tmp_path / "a.csv").write_bytes(b"1234")
    with pytest.raises(PermanentFailure, match="drop_file_too_large"):
        await perform(ReadFile(str(tmp_path), "a.csv"))
