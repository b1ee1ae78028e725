"""What every test may use."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def speech_data() -> Path:
    """Real human speech with transcripts; the tests that use it skip, loudly, where it is absent."""
    folder = Path(os.environ.get("VIVA_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "speech" / "manifest.jsonl").exists():
        pytest.skip(f"no real speech at {folder}: set VIVA_TEST_DATA to the test data folder")
    return folder


@pytest.fixture(scope="session")
def face_data() -> Path:
    """A real webcam clip with labels; the tests that use it skip, loudly, where it is absent."""
    folder = Path(os.environ.get("VIVA_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "faces" / "annotations.json").exists():
        pytest.skip(f"no face clip at {folder}: set VIVA_TEST_DATA to the test data folder")
    return folder
