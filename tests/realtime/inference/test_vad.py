import numpy as np
import pytest
from faster_whisper.vad import get_vad_model  # type: ignore[import-untyped]

from realtime.inference.vad import SileroVad, VadState


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad()


def test_piece_by_piece_is_the_same_as_all_at_once(vad: SileroVad) -> None:
    chunks = np.random.default_rng(1).normal(0, 0.1, (40, 512)).astype(np.float32)
    whole, _ = vad.speech_probabilities(VadState.fresh(), chunks)
    listen = vad.listener()
    pieces = np.concatenate([listen(chunks[:1]), listen(chunks[1:1]), listen(chunks[1:7]), listen(chunks[7:])])
    np.testing.assert_allclose(pieces, whole, atol=1e-5)


def test_it_agrees_with_the_library_it_comes_from(vad: SileroVad) -> None:
    audio = np.random.default_rng(2).normal(0, 0.1, 20 * 512).astype(np.float32)
    ours, _ = vad.speech_probabilities(VadState.fresh(), audio.reshape(-1, 512))
    theirs = get_vad_model()(audio.copy()).reshape(-1)
    # The library blanks the end of its last chunk while it makes the context of the first.
    np.testing.assert_allclose(ours[:-1], theirs[:-1], atol=1e-5)


def test_streams_do_not_hear_each_other(vad: SileroVad) -> None:
    chunks = np.random.default_rng(3).normal(0, 0.1, (10, 512)).astype(np.float32)
    one, other = vad.listener(), vad.listener()
    mixed = []
    for chunk in chunks:
        mixed.append(one(chunk[None]))
        other(np.zeros((1, 512), np.float32))
    np.testing.assert_allclose(np.concatenate(mixed), vad.listener()(chunks), atol=1e-5)


def test_silence_is_not_speech(vad: SileroVad) -> None:
    assert vad.listener()(np.zeros((60, 512), np.float32)).max() < 0.3
