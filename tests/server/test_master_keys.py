"""Master keys: made once, private, several at once, and nothing opens with another one."""

import base64
import os
import threading
from pathlib import Path

import pytest

from server.master_keys import FixedMasterKeys, MasterKeyFile, MasterKeyMissing, new_data_key, parse

TEXT = base64.b64encode(b"m" * 32).decode()
OTHER = base64.b64encode(b"n" * 32).decode()


@pytest.fixture
def file(tmp_path: Path) -> MasterKeyFile:
    return MasterKeyFile(tmp_path / "data" / "media-keys")


def test_the_file_is_made_once_and_kept_private(file: MasterKeyFile) -> None:
    first = file.current()
    assert MasterKeyFile(file.path).current() == first == file.current()
    assert file.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.path.parent.iterdir()] == ["media-keys"]


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(MasterKeyFile(tmp_path / "media-keys").current()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_new_key_wraps_and_older_ones_still_open(file: MasterKeyFile) -> None:
    data_key = new_data_key()
    old_id, wrapped = file.current().wrap(data_key, "iv_1")
    running = MasterKeyFile(file.path)
    running.current()
    file.add()
    assert running.current().newest.id != old_id  # a running server follows
    assert running.current().unwrap(old_id, wrapped, "iv_1") == data_key
    new_id, anew = running.current().wrap(data_key, "iv_1")
    assert running.current().unwrap(new_id, anew, "iv_1") == data_key
    file.keep([], file.current())
    with pytest.raises(MasterKeyMissing, match=old_id):
        running.current().unwrap(old_id, wrapped, "iv_1")
    assert running.current().unwrap(new_id, anew, "iv_1") == data_key


def test_a_wrapped_key_opens_for_its_interview_alone(file: MasterKeyFile) -> None:
    keys = file.current()
    master_id, wrapped = keys.wrap(new_data_key(), "iv_1")
    with pytest.raises(MasterKeyMissing):
        keys.unwrap(master_id, wrapped, "iv_2")
    for at in range(len(wrapped)):
        changed = wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :]
        with pytest.raises(MasterKeyMissing):
            keys.unwrap(master_id, changed, "iv_1")
    assert keys.wrap(b"k" * 32, "iv_1") != keys.wrap(b"k" * 32, "iv_1")


def test_the_setting_is_newest_first() -> None:
    keys = FixedMasterKeys(f"{OTHER}, {TEXT}").current()
    assert [key.text for key in keys.keys] == [OTHER, TEXT]
    assert keys.newest.text == OTHER
    assert keys.newest.id not in OTHER


@pytest.mark.parametrize("text", ["", "not base64!", base64.b64encode(b"short").decode(), TEXT + "x"])
def test_a_key_that_is_none_is_told_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes") as told:
        parse(text)
    assert not text or text not in str(told.value)


def test_an_empty_file_is_an_error_and_not_a_new_key(file: MasterKeyFile) -> None:
    file.path.parent.mkdir()
    file.path.touch()
    with pytest.raises(ValueError, match="no key"):
        file.current()
    assert os.stat(file.path).st_size == 0
