"""The journal on a disk: written again where it is needed, and gone when it is not."""

import os

import pytest

from realtime.media import redo_journal
from realtime.media.redo_format import Written, encoded
from realtime.media.redo_journal import RedoJournal


@pytest.fixture
def journal(tmp_path):
    journal = RedoJournal(tmp_path)
    yield journal
    journal.close()


def written(folder, name: str, offset: int, data: bytes) -> Written:
    """As a log does it: into its file first."""
    path = folder / name
    with path.open("r+b" if path.exists() else "wb") as file:
        file.seek(offset)
        file.write(data)
    return Written(name, offset, data)


def journals(folder) -> list[str]:
    return [path.name for path in (folder / "redo").glob("*.redo")]


def died(journal: RedoJournal) -> None:
    for volume in [journal._volume, *journal._old]:
        if volume is not None:
            volume.file.close()
    journal._volume, journal._old = None, []


def test_a_dead_processs_journal_mends_its_files(tmp_path):
    journal = RedoJournal(tmp_path)
    journal.append([written(tmp_path, "a.log", 0, b"aaaa"), written(tmp_path, "b.log", 0, b"bb")])
    journal.append([written(tmp_path, "a.log", 4, b"AAAA")])
    died(journal)
    (tmp_path / "a.log").write_bytes(b"a")  # what a power cut left
    (tmp_path / "b.log").unlink()  # deleted while it lived
    assert RedoJournal(tmp_path).recover() == 1
    assert (tmp_path / "a.log").read_bytes() == b"aaaaAAAA"
    assert not (tmp_path / "b.log").exists()
    assert journals(tmp_path) == []
    assert RedoJournal(tmp_path).recover() == 0


def test_a_journal_writes_nothing_outside_of_its_folder(tmp_path, caplog):
    spool = tmp_path / "spool"
    (spool / "redo").mkdir(parents=True)
    outside = tmp_path / "outside.log"
    outside.write_bytes(b"mine")
    for path in ("../outside.log", str(outside), "takes/../../outside.log"):
        (spool / "redo" / "0.redo").write_bytes(encoded(Written(path, 0, b"!!!!")))
        assert RedoJournal(spool).recover() == 1
    assert outside.read_bytes() == b"mine"
    assert caplog.text.count("outside of its folder") == 3


def test_a_living_processs_journal_is_left_alone(tmp_path, journal):
    journal.append([written(tmp_path, "a.log", 0, b"aaaa")])
    assert RedoJournal(tmp_path).recover() == 0
    assert len(journals(tmp_path)) == 1


def test_in_the_end_the_files_are_synced_and_no_journal_is_left(tmp_path, journal):
    journal.append([written(tmp_path, "a.log", 0, b"aaaa"), written(tmp_path, "b.log", 0, b"bb")])
    journal.close()
    assert journal.checkpoint_syncs == 2
    assert journals(tmp_path) == []


def test_a_checkpoint_begins_a_new_one_and_the_old_goes(tmp_path, journal, monkeypatch):
    monkeypatch.setattr(redo_journal, "CHECKPOINT_BYTES", 100)
    journal.append([written(tmp_path, "a.log", 0, bytes(200))])
    journal._checkpoint.join()
    assert journals(tmp_path) == []
    journal.append([written(tmp_path, "a.log", 200, b"x")])
    assert len(journals(tmp_path)) == 1


def test_after_a_failure_nothing_of_that_commit_counts(tmp_path, journal, monkeypatch):
    journal.append([written(tmp_path, "a.log", 0, b"aaaa")])
    real = os.pwrite

    def full(descriptor, data, at):
        real(descriptor, data[:10], at)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"):
        journal.append([Written("a.log", 4, b"AAAA")])
    monkeypatch.undo()
    journal._checkpoint.join()
    journal.append([written(tmp_path, "a.log", 4, b"BBBB")])
    died(journal)
    (tmp_path / "a.log").write_bytes(b"aaaa")
    RedoJournal(tmp_path).recover()
    assert (tmp_path / "a.log").read_bytes() == b"aaaaBBBB"


def test_a_file_whose_sync_fails_is_written_again_before_the_journal_goes(tmp_path, journal, monkeypatch):
    journal.append([written(tmp_path, "a.log", 0, b"aaaa")])
    (tmp_path / "a.log").write_bytes(b"")  # what a failed sync may mean
    real, fails = os.fsync, [True]

    def once(descriptor):
        if fails.pop() if fails else False:
            raise OSError(5, "Input/output error")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", once)
    journal.close()
    assert (tmp_path / "a.log").read_bytes() == b"aaaa"
    assert journals(tmp_path) == []


def test_a_disk_that_fails_for_good_keeps_its_journal(tmp_path, journal, monkeypatch, caplog):
    journal.append([written(tmp_path, "a.log", 0, b"aaaa")])
    monkeypatch.setattr(os, "fsync", lambda _descriptor: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    journal.close()
    assert len(journals(tmp_path)) == 1
    assert "cannot be synced" in caplog.text
    monkeypatch.undo()
    assert RedoJournal(tmp_path).recover() == 1
