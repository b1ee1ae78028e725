import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.opus import OpusDecoder, OpusEncoder, OpusError, level_dbfs, packet_ms


def tone(ms: float, hz: float = 440, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(int(16 * ms)) / 16_000)).astype(np.float32)


@pytest.mark.parametrize("frame_ms", [10, 20, 40, 60])
def test_a_tone_survives(frame_ms):
    encoder, decoder = OpusEncoder(), OpusDecoder()
    sound = tone(1200)
    step = frame_ms * 16
    packets = [encoder.encode(sound[i : i + step]) for i in range(0, len(sound), step)]
    assert {packet_ms(p) for p in packets} == {frame_ms}
    heard = np.concatenate([decoder.decode(p) for p in packets])
    assert len(heard) == len(sound)
    spectrum = np.abs(np.fft.rfft(heard[4000:12000]))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 2
    assert level_dbfs(heard[4000:]) == pytest.approx(level_dbfs(sound), abs=1)


def test_another_implementation_made_the_packets():
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="stereo")
    frame.sample_rate = 48_000
    packets = [bytes(p) for _ in range(5) for p in encoder.encode(frame)]
    assert [packet_ms(p) for p in packets] == [20] * len(packets)
    assert len(OpusDecoder().decode(packets[0])) == 320


def test_concealment_lasts_as_long_as_asked_and_fades():
    encoder, decoder = OpusEncoder(), OpusDecoder()
    for i in range(10):
        decoder.decode(encoder.encode(tone(2000)[i * 320 : (i + 1) * 320]))
    lost = np.concatenate([decoder.conceal(20) for _ in range(40)])
    assert len(lost) == 40 * 320
    assert level_dbfs(lost[:320]) > -20
    assert level_dbfs(lost[-320:]) < -60


@given(st.binary(max_size=300))
def test_any_bytes_are_a_packet_or_an_error(data):
    decoder = OpusDecoder()
    try:
        pcm = decoder.decode(data)
    except OpusError:
        return
    assert len(pcm) == packet_ms(data) * 16
    assert np.isfinite(pcm).all()


def test_what_is_no_frame_is_not_encoded():
    with pytest.raises(OpusError):
        OpusEncoder().encode(tone(17))
    with pytest.raises(OpusError):
        OpusDecoder().decode(b"")


def test_levels():
    assert level_dbfs(np.zeros(10, np.float32)) == -127
    assert level_dbfs(np.zeros(0, np.float32)) == -127
    assert level_dbfs(np.ones(10, np.float32)) == pytest.approx(0)
