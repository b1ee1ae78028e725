from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from realtime.inference.ctranslate2_file import ModelOutline, read_outline
from realtime.inference.whisper_files import fixture_directory


def test_a_real_file_says_what_it_holds(micro_whisper: Path) -> None:
    assert read_outline(fixture_directory() / "model.bin") == ModelOutline("WhisperSpec", 2, 4, 2622)
    micro = read_outline(micro_whisper / "model.bin")
    assert (micro.architecture, micro.layers, micro.heads, micro.whole) == ("WhisperSpec", 1, 2, True)


@given(data=st.binary(max_size=80), cut=st.integers(0, 3000), at=st.integers(0, 3000))
def test_no_bytes_make_it_fail(data: bytes, cut: int, at: int, tmp_path_factory: object) -> None:
    whole = (fixture_directory() / "model.bin").read_bytes()[:3000]
    file = tmp_path_factory.mktemp("model") / "model.bin"  # type: ignore[attr-defined]
    file.write_bytes(whole[:at] + data + whole[at : at + cut])
    outline = read_outline(file)
    assert not outline.whole or outline.architecture
