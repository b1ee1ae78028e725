import io

import msgspec
import numpy as np
import pytest
from PIL import Image

from realtime.inference import wire
from realtime.inference.bus import InferenceError, InferenceUnavailable, RequestFailed, Superseded
from realtime.inference.engine import (
    SAMPLE_RATE,
    FaceRequest,
    FaceResult,
    RecognisedWord,
    SpeechRequest,
    SpeechResult,
)
from realtime.inference.log_mel import LogMelRing, MelWindow, RingWindow, whole_window

ENVELOPE = wire.Envelope("id-1", "viva:reply:x")


def test_speech_arrives_as_it_was_sent_to_the_bit_depth_of_the_wire() -> None:
    audio = np.sin(np.arange(1600) / 10).astype(np.float32)
    sent = SpeechRequest("s", "u1", 3, "final", audio, None, "之前说的", ("理财",), timed=True)
    header, body = wire.pack(sent, ENVELOPE)
    read = wire.read_header(header)
    assert read.envelope == ENVELOPE
    got = wire.unpack(read, body)
    assert isinstance(got, SpeechRequest)
    assert (got.session_id, got.utterance_id, got.revision, got.kind, got.language) == ("s", "u1", 3, "final", None)
    assert (got.previous_text, got.hot_words, got.timed) == ("之前说的", ("理财",), True)
    np.testing.assert_allclose(got.audio, audio, atol=1 / 32767)
    assert len(body) == 3200


def test_kept_frames_travel_in_place_of_the_sound_and_arrive_exactly() -> None:
    audio = np.random.default_rng(1).normal(0, 0.1, 5 * SAMPLE_RATE).astype(np.float32)
    window = whole_window(audio[1600:], 80)
    sent = SpeechRequest("s", "u1", 3, "partial", audio[1600:], "zh", features=RingWindow(LogMelRing(80), 10))
    header, body = wire.pack(sent, ENVELOPE)
    got = wire.unpack(wire.read_header(header), body)
    assert isinstance(got, SpeechRequest)
    assert isinstance(got.features, MelWindow)
    np.testing.assert_array_equal(got.features.steps, window.steps)
    assert (len(got.audio), got.samples, got.features.voiced_ms) == (0, 78_400, window.voiced_ms)
    assert len(body) < 0.51 * 2 * len(sent.audio)
    again, same = wire.pack(got, ENVELOPE)
    assert (again, same) == (header, body)


@pytest.mark.parametrize(
    "mel",
    [wire.MelHeader(7, 1600, (0, 100)), wire.MelHeader(80, 9999, (0, 100)), wire.MelHeader(0, 1, (0, 0))],
    ids=["no rectangle", "more sound than frames", "no bands"],
)
def test_frames_that_are_not_what_the_header_says(mel: wire.MelHeader) -> None:
    sent = SpeechRequest(
        "s", "u", 1, "partial", np.zeros(1600, np.float32), None, features=RingWindow(LogMelRing(80), 0)
    )
    header, body = wire.pack(sent, ENVELOPE)
    read = wire.read_header(header)
    assert isinstance(read, wire.SpeechHeader)
    with pytest.raises(ValueError, match=r"features|reshape"):
        wire.unpack(msgspec.structs.replace(read, mel=mel), body)


def test_a_picture_arrives_nearly_as_it_was_sent() -> None:
    picture = np.full((48, 64, 3), 120, np.uint8)
    header, body = wire.pack(FaceRequest("s", 40, picture, (1.0, 2.0, 3.0, 0.5)), ENVELOPE)
    got = wire.unpack(wire.read_header(header), body)
    assert isinstance(got, FaceRequest)
    assert (got.media_ms, got.region, got.picture.shape) == (40, (1.0, 2.0, 3.0, 0.5), (48, 64, 3))
    assert np.abs(got.picture.astype(int) - 120).max() <= 3


def jpeg(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (120, 130, 140)).save(file, "jpeg")
    return file.getvalue()


def claims_to_be_huge() -> bytes:
    """The sides in the frame header (ITU-T T.81, B.2.2) are 65,000 x 65,000: four gigapixels."""
    whole = jpeg(16, 16)
    at = whole.index(b"\xff\xc0") + 5
    return whole[:at] + (65_000).to_bytes(2, "big") * 2 + whole[at + 4 :]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xd8", b"<html>", jpeg(320, 240)[:-200], jpeg(320, 240)[:300], claims_to_be_huge()],
    ids=["nothing", "a start", "a page", "cut off", "cut off early", "a bomb"],
)
def test_a_picture_that_cannot_be_opened_is_a_refusal_and_nothing_else(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)  # somebody in this process trusts their own pictures
    header = wire.FaceHeader(ENVELOPE, "s", 0, None)
    with pytest.raises((ValueError, OSError)):
        wire.unpack(header, body)


def test_results_come_back() -> None:
    words = (RecognisedWord("好", 0, 200, 0.9),)
    speech = SpeechResult("s", "u1", 3, "final", "好", "zh", words, -0.1, 0.01, None)
    assert wire.outcome_of(wire.read_reply(wire.encode(wire.reply_of("id-1", speech)))) == speech
    landmarks = np.arange(468 * 3, dtype=np.float32).reshape(468, 3)
    face = wire.outcome_of(
        wire.read_reply(wire.encode(wire.reply_of("id-1", FaceResult("s", 40, landmarks, 0.9, None, (1, 2, 3, 0)))))
    )
    assert isinstance(face, FaceResult)
    assert face.landmarks is not None
    np.testing.assert_array_equal(face.landmarks, landmarks)
    none = wire.outcome_of(wire.reply_of("id-1", FaceResult("s", 40, None, 0.0, 0, None)))
    assert isinstance(none, FaceResult)
    assert none.landmarks is None


@pytest.mark.parametrize(
    "error", [Superseded("stale"), InferenceUnavailable("queue_full", retry=True), RequestFailed("poison")]
)
def test_errors_keep_their_type_code_and_retry(error: InferenceError) -> None:
    got = wire.outcome_of(wire.read_reply(wire.encode(wire.reply_of("id-1", error))))
    assert isinstance(got, InferenceError)
    assert (type(got), got.code, got.retry) == (type(error), error.code, error.retry)


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x80", b"not msgpack"])
def test_garbage_is_told_apart(data: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        wire.read_header(data)


def test_a_body_that_is_not_what_the_header_says() -> None:
    header, _ = wire.pack(FaceRequest("s", 40, np.zeros((8, 8, 3), np.uint8)), ENVELOPE)
    with pytest.raises(OSError, match="cannot identify"):
        wire.unpack(wire.read_header(header), b"no picture")
    header, _ = wire.pack(SpeechRequest("s", "u", 1, "final", np.zeros(4, np.float32), None), ENVELOPE)
    with pytest.raises(ValueError, match="multiple"):
        wire.unpack(wire.read_header(header), b"odd")
