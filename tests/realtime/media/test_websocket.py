import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.media.opus import OpusDecoder, OpusEncoder
from realtime.media.stills import decode_jpeg, encode_jpeg
from realtime.media.websocket import FrameIngest
from realtime.protocol.codec import ProtocolError
from realtime.protocol.frames import SOUND, FrameKind, MediaFrame, encode_frame
from realtime.protocol.text import Bilingual


@pytest.fixture(scope="module")
def sound(voice) -> np.ndarray:
    return voice.reshape(-1, 3).mean(axis=1)


@pytest.fixture(scope="module")
def packets(sound) -> list[bytes]:
    """60 ms each, as WebCodecs makes them."""
    encoder = OpusEncoder()
    return [encoder.encode(sound[i : i + 960]) for i in range(0, 160_000, 960)]


def opus(n: int, start_ms: int, payload: bytes, *, live: bool = True, **more) -> bytes:
    return encode_frame(MediaFrame(FrameKind.OPUS, n, start_ms, payload, duration_ms=60, live=live, **more))


def pcm(n: int, start_ms: int, samples: np.ndarray) -> bytes:
    return encode_frame(MediaFrame(FrameKind.PCM, n, start_ms, (samples * 32767).astype("<i2").tobytes(), live=True))


def kept_nowhere(frame: MediaFrame) -> None:
    raise AssertionError(frame)


def ingest_of(sink, keep=kept_nowhere, **more) -> FrameIngest:
    return FrameIngest(sink, keep, **more)


def jpeg(seq: int, start_ms: int, level: int = 100) -> bytes:
    data = encode_jpeg(np.full((120, 160, 3), level, np.uint8))
    return encode_frame(MediaFrame(FrameKind.JPEG, seq, start_ms, data))


def test_opus_is_heard_as_it_was_said(sink, packets, resemblance):
    ingest = ingest_of(sink)
    ingest.decode_audio(True)
    for i, packet in enumerate(packets):
        ingest.feed(opus(i + 1, i * 60, packet, level=33), 5000 + i * 60 + 40 * (i % 3))
    assert sink.changes == [("websocket", True)]
    assert [c.start_ms for c in sink.chunks] == [i * 60 for i in range(len(packets))]
    assert sink.chunks[0].level_dbfs == -33
    correlation, lag_ms = resemblance(sink.timeline(9000), 3000, 8000)
    assert correlation > 0.6
    assert abs(lag_ms) < 15
    assert ingest.statistics().audio_packets == len(packets)


def test_pcm_is_heard_exactly_and_kept_as_opus(sink, sound):
    ingest = ingest_of(sink)
    ingest.decode_audio(True)
    for i in range(50):
        ingest.feed(pcm(i + 1, i * 100, sound[i * 1600 : (i + 1) * 1600]), i * 100)
    assert np.abs(sink.timeline(5000) - sound[:80_000]).max() < 1e-3
    assert [f.start_ms for f in sink.of("opus")] == [i * 20 for i in range(250)]
    decoder = OpusDecoder()
    kept = np.concatenate([decoder.decode(f.data) for f in sink.of("opus")])
    assert len(kept) == 80_000


def test_nothing_is_decoded_that_nobody_wants(sink, packets):
    ingest = ingest_of(sink)
    ingest.feed(opus(1, 0, packets[0]), 0)
    ingest.feed(jpeg(2, 10), 0)
    assert (sink.chunks, sink.pictures) == ([], [])
    assert [f.codec for f in sink.frames] == ["opus", "jpeg"]


def test_frames_that_the_client_shed_are_a_gap(sink, packets):
    ingest = ingest_of(sink)
    ingest.decode_audio(True)
    ingest.feed(opus(1, 0, packets[0]), 0)
    ingest.feed(opus(4, 180, packets[3]), 180)
    assert sink.gaps == [(60, 180, "overload")]


def test_silence_is_filled_and_a_stop_is_told(sink, packets):
    ingest = ingest_of(sink)
    ingest.decode_audio(True)
    ingest.feed(opus(1, 0, packets[0]), 0)
    ingest.feed(opus(2, 460, packets[1]), 460)
    ingest.feed(opus(3, 5000, packets[2]), 5000)
    assert [(c.start_ms, c.end_ms) for c in sink.chunks] == [(0, 60), (60, 460), (460, 520), (5000, 5060)]
    assert sink.gaps == [(520, 5000, "disconnected")]


def test_stills_come_at_the_rate_asked_for_and_the_newest_is_kept(sink):
    ingest = ingest_of(sink)
    ingest.decode_pictures(2)
    for i in range(20):
        ingest.feed(jpeg(i + 1, i * 100, 40 + 10 * i), i * 100)
    assert [p.start_ms for p in sink.pictures] == [0, 500, 1000, 1500]
    assert sink.pictures[1].rgb.mean() == pytest.approx(90, abs=3)
    assert decode_jpeg(ingest.latest_still()).mean() == pytest.approx(230, abs=3)


def test_metadata_never_reaches_hr(sink):
    data = encode_jpeg(np.full((32, 32, 3), 9, np.uint8))
    secret = data[:2] + b"\xff\xe1\x00\x12Exif\0\0GPS-PLACE!" + data[2:]
    ingest = ingest_of(sink)
    ingest.feed(encode_frame(MediaFrame(FrameKind.JPEG, 1, 0, secret)), 0)
    assert b"GPS-PLACE" not in ingest.latest_still()


def test_what_is_not_live_is_kept_and_not_heard(sink, packets):
    kept, told = [], []
    ingest = ingest_of(sink, kept.append, on_live=lambda: told.append("live"))
    ingest.decode_audio(True)
    ingest.feed(opus(3, 180, packets[3], live=False, take=1), 0)
    assert (len(kept), sink.chunks, sink.changes, told) == (1, [], [], [])
    ingest.feed(opus(4, 240, packets[4], take=1), 10)
    ingest.feed(opus(5, 300, packets[5], take=1), 70)
    assert [frame.n for frame in kept] == [3, 4, 5]
    assert (len(sink.chunks), sink.changes, told) == (2, [("websocket", True)], ["live"])


def test_what_cannot_be_kept_is_not_heard(sink, packets):
    def refuse(frame: MediaFrame) -> None:
        raise ProtocolError("take_conflict", Bilingual(zh="冲突", en="conflict"))

    ingest = ingest_of(sink, refuse)
    with pytest.raises(ProtocolError, match="take_conflict"):
        ingest.feed(opus(0, 0, packets[0], take=1), 0)
    assert sink.frames == []


def test_sound_goes_on_where_the_take_changes(sink, packets):
    ingest = ingest_of(sink, lambda _: None)
    ingest.decode_audio(True)
    frames = [(0, 0, 0), (0, 1, 60), (1, 0, 0), (1, 1, 60), (0, 2, 240), (2, 0, 0)]
    for i, (take, n, start_ms) in enumerate(frames):
        ingest.feed(opus(n, start_ms, packets[i], take=take), i * 60)
    assert [chunk.start_ms for chunk in sink.chunks] == [i * 60 for i in range(6)]
    assert sink.takes == [(0, 0, 0), (1, 120, 120), (0, 0, 240), (2, 300, 300)]
    assert sink.gaps == []


def test_a_new_connection_goes_on_in_the_middle_of_a_take(sink, packets):
    ingest = ingest_of(sink, lambda _: None)
    ingest.decode_audio(True)
    ingest.feed(opus(500, 30_000, packets[0], take=7), 0)
    ingest.feed(opus(501, 30_060, packets[1], take=7), 60)
    assert sink.takes == [(7, -30_000, 0)]
    assert [chunk.start_ms for chunk in sink.chunks] == [0, 60]


def test_a_packet_that_turns_out_to_be_no_opus_is_a_gap_and_not_untold(sink, packets):
    damaged = b"M!" + bytes(18)  # its first byte says 40 ms in two frames of one size; the second does not fit
    ingest = ingest_of(sink)
    ingest.decode_audio(True)
    ingest.feed(opus(0, 0, packets[0]), 0)
    with pytest.raises(ProtocolError) as caught:
        ingest.feed(opus(1, 60, damaged), 60)
    assert caught.value.code == "frame_audio_invalid"
    ingest.feed(opus(2, 100, packets[2]), 120)
    assert [chunk.start_ms for chunk in sink.chunks] == [0, 100]
    assert sink.gaps == [(60, 100, "loss")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda p: opus(2, 60_000, p), "frame_time"),
        (lambda p: opus(2, 2**32 - 1, p), "frame_time"),
        (lambda p: encode_frame(MediaFrame(FrameKind.PCM, 2, 60, b"odd", live=True)), "frame_audio_invalid"),
        (lambda p: opus(2, 60, b"\xff\xff"), "frame_audio_invalid"),
        (lambda p: encode_frame(MediaFrame(FrameKind.JPEG, 2, 60, b"GIF89a")), "frame_picture_invalid"),
        (lambda p: encode_frame(MediaFrame(FrameKind.JPEG, 2, 60, b"\xff\xd8rubbish")), "frame_picture_invalid"),
        (lambda p: encode_frame(MediaFrame(FrameKind.VP8, 2, 60, b"delta", key=True)), "frame_picture_invalid"),
        (lambda p: b"hello", "frame_truncated"),
    ],
)
def test_lies_are_told_and_the_connection_goes_on(sink, packets, data, code):
    ingest = ingest_of(sink)
    ingest.decode_audio(True)
    ingest.decode_pictures(5)
    ingest.feed(opus(1, 0, packets[0]), 0)
    with pytest.raises(ProtocolError) as refused:
        ingest.feed(data(packets[1]), 60)
    assert refused.value.code == code
    ingest.feed(opus(3, 120, packets[2]), 120)
    assert sink.chunks[-1].end_ms == 180


def test_a_client_cannot_make_time_run_away(sink, packets):
    """A thousand packets that all claim the same moment."""
    ingest = ingest_of(sink)
    refused = 0
    for seq in range(1, 1000):
        try:
            ingest.feed(opus(seq, 0, packets[0]), 10)
        except ProtocolError:
            refused += 1
    assert refused > 800
    assert sink.frames[-1].start_ms < 10_100


def test_a_client_cannot_flood(sink):
    ingest = ingest_of(sink)
    big = encode_frame(MediaFrame(FrameKind.JPEG, 1, 0, b"\xff\xd8" + bytes(250_000)))
    for _ in range(16):
        ingest.feed(big, 0)
    with pytest.raises(ProtocolError, match="frame_rate"):
        ingest.feed(big, 0)
    ingest.feed(big, 1000)


async def test_close_is_told_once(sink, packets):
    closed = []
    ingest = ingest_of(sink, on_close=lambda: closed.append(1))
    ingest.feed(opus(1, 0, packets[0]), 0)
    await ingest.close()
    await ingest.close()
    ingest.feed(opus(2, 60, packets[1]), 60)
    assert sink.changes == [("websocket", True), ("websocket", False)]
    assert (closed, len(sink.frames)) == ([1], 1)


def test_key_frames_are_asked_for(sink):
    ingest = ingest_of(sink)
    assert not ingest.take_key_frame_request()
    ingest.request_key_frame()
    assert ingest.take_key_frame_request()
    assert not ingest.take_key_frame_request()


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([kind for kind in FrameKind if kind is not FrameKind.RUN]),
            st.integers(0, 3),
            st.integers(1, 2**32 - 1) | st.integers(1, 50),
            st.integers(0, 2**32 - 1) | st.integers(0, 5000),
            st.binary(min_size=1, max_size=60),
            st.integers(0, 500),
        ),
        max_size=40,
    )
)
def test_whatever_comes_the_timeline_holds(steps):
    class Told:
        def __init__(self):
            self.end_ms, self.now_ms = 0.0, 0.0

        def media_changed(self, transport, connected): ...

        def follow(self, take, zero_ms, from_ms):
            assert from_ms >= self.end_ms - 0.1 or not take

        def encoded(self, frame): ...

        def picture(self, picture): ...

        def audio(self, chunk):
            self.extend(chunk.start_ms, chunk.end_ms)

        def audio_gap(self, start_ms, end_ms, cause):
            self.extend(start_ms, end_ms)

        def extend(self, start_ms, end_ms):
            assert start_ms >= self.end_ms - 0.1
            self.end_ms = end_ms
            assert end_ms <= self.now_ms + 10_001

    told = Told()
    ingest = ingest_of(told, lambda _: None)
    ingest.decode_audio(True)
    ingest.decode_pictures(3)
    for kind, take, n, start_ms, payload, wait_ms in steps:
        told.now_ms += wait_ms
        frame = MediaFrame(kind, n, start_ms, payload, live=True, take=take if kind in SOUND else 0)
        with contextlib.suppress(ProtocolError):
            ingest.feed(encode_frame(frame), told.now_ms)
