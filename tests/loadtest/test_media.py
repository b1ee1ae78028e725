"""Media of virtual candidates: what goes over the wire decodes back to the speech and the face that were meant."""

import io
import wave
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from loadtest import media
from loadtest.media import OpusPacket, Pcm, Vp8Frame
from loadtest.moving_face import render, script
from loadtest.record_face import record

ANSWERS = ("zh-introduction", "en-introduction")
OPUS_DELAY = 312
"""Samples at 48 kHz that a decoder starts with (RFC 7845, "pre-skip"); libopus' usual number."""


def opus_decoded(packets: list[OpusPacket]) -> Pcm:
    """48 kHz mono."""
    decoder: Any = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = media.OPUS_CLOCK, "mono"
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.data))]
    return np.concatenate([frame.to_ndarray().reshape(-1).astype(np.float32) / 32768 for frame in frames])


def vp8_decoded(frames: tuple[Vp8Frame, ...]) -> list[Any]:
    decoder: Any = av.CodecContext.create("vp8", "r")
    return [picture for frame in frames for picture in decoder.decode(av.Packet(frame.data))]


def likeness(one: Pcm, other: Pcm, most_shift: int = 200) -> float:
    """The best correlation within ``most_shift`` samples either way."""
    size = min(len(one), len(other)) - most_shift
    return max(
        float(np.corrcoef(one[most_shift:size], other[most_shift + shift : size + shift])[0, 1])
        for shift in range(-most_shift, most_shift, 4)
    )


def rms(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(np.square(pcm))))


# --------------------------------------------------------------------------- what is said
def test_every_answer_can_be_spoken() -> None:
    answers = media.catalogue()["answers"]
    assert len(answers) >= 8
    for answer_id, answer in answers.items():
        sentences = media.sentences(answer["language"])
        said = [entry["text"] for entry in media.catalogue()["utterances"] if entry["id"] in answer["utterances"]]
        assert said
        assert set(said) <= set(sentences), answer_id
    assert not set(media.sentences("zh")) & set(media.sentences("en"))


def test_an_answer_that_nobody_recorded_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        media.speech("zh-nothing")


@pytest.mark.parametrize("answer_id", ANSWERS)
def test_words_lie_in_the_sound_one_after_the_other(answer_id: str) -> None:
    sound, words = media.speech(answer_id), media.words(answer_id)
    assert all(word.start_ms < word.end_ms for word in words)
    assert all(earlier.end_ms <= later.start_ms for earlier, later in pairwise(words))
    assert words[-1].end_ms <= len(sound) / 16


@pytest.mark.parametrize("answer_id", ANSWERS)
def test_words_are_loud_and_the_pauses_between_sentences_are_not(answer_id: str) -> None:
    sound, words = media.speech(answer_id), media.words(answer_id)
    spoken = np.concatenate([sound[word.start_ms * 16 : word.end_ms * 16] for word in words])
    gaps = [(a.end_ms, b.start_ms) for a, b in pairwise(words) if b.start_ms - a.end_ms > 700]
    assert len(gaps) == len(media.catalogue()["answers"][answer_id]["utterances"]) - 1
    quiet = np.concatenate([sound[(start + 200) * 16 : (end - 100) * 16] for start, end in gaps])
    assert rms(spoken) > 30 * rms(quiet)


# --------------------------------------------------------------------------- Opus
@pytest.mark.parametrize("ptime_ms", [20, 60])
def test_packets_decode_back_to_the_speech(ptime_ms: int) -> None:
    packets, sound = media.speech_packets("zh-introduction", ptime_ms), media.speech("zh-introduction")
    assert {packet.duration_samples for packet in packets} == {48 * ptime_ms}
    assert 0 <= len(packets) * ptime_ms - len(sound) / 16 <= 2 * ptime_ms
    heard = opus_decoded(packets)
    assert len(heard) == 48 * ptime_ms * len(packets)
    assert likeness(heard[OPUS_DELAY::3], sound) > 0.9


def test_sixty_milliseconds_a_packet_cost_fewer_bytes_and_stay_near_the_bit_rate() -> None:
    sizes = {ptime: sum(len(p.data) for p in media.speech_packets("zh-introduction", ptime)) for ptime in (20, 60)}
    seconds = len(media.speech("zh-introduction")) / media.RATE
    assert sizes[60] < sizes[20]
    assert 0.5 < sizes[60] * 8 / seconds / media.OPUS_BITS < 1.2
    assert max(len(packet.data) for packet in media.speech_packets("zh-introduction")) < 1200


def test_levels_follow_the_sound() -> None:
    packets, sound = media.speech_packets("en-introduction"), media.speech("en-introduction")
    levels = np.array([packet.level_dbov for packet in packets])
    loudest = int(np.argmax([rms(sound[at : at + 960]) for at in range(0, len(sound), 960)]))
    assert abs(int(levels.argmin()) - loudest) <= 1
    assert 0 <= levels.min() < 30
    assert levels.max() > 60


def test_silence_is_a_quiet_room() -> None:
    for ptime_ms in (20, 60):
        packet = media.silence_packet(ptime_ms)
        assert packet.duration_samples == 48 * ptime_ms
        assert packet.level_dbov > 60
        assert rms(opus_decoded([packet] * 20)) < 0.002


def test_everything_is_the_same_every_time() -> None:
    sound = media.speech("zh-introduction")[: media.RATE * 2]
    assert media.encode_opus(sound, 60) == media.encode_opus(sound, 60)
    media.face_stills.cache_clear()
    first = media.face_stills()
    media.face_stills.cache_clear()
    assert media.face_stills() == first


# --------------------------------------------------------------------------- the face
def test_the_recorded_face_decodes_with_key_frames_every_three_seconds() -> None:
    frames = media.face_frames()
    assert len(frames) == 120
    assert [at for at, frame in enumerate(frames) if frame.key] == [0, 30, 60, 90]
    # RFC 6386, section 9.1: the lowest bit of the first byte is 0 in a key frame.
    assert all(frame.key == (frame.data[0] & 1 == 0) for frame in frames)
    pictures = vp8_decoded(frames)
    assert len(pictures) == len(frames)
    assert {(picture.width, picture.height) for picture in pictures} == {(320, 240)}


def test_it_starts_again_at_any_key_frame() -> None:
    """So a watcher who comes late, or a loop, sees a whole picture at once."""
    frames = media.face_frames()
    whole, late = vp8_decoded(frames), vp8_decoded(frames[60:])
    assert np.array_equal(late[0].to_ndarray(format="rgb24"), whole[60].to_ndarray(format="rgb24"))


def test_the_recording_shows_what_the_script_says() -> None:
    """A change of the drawing or of the script has to be recorded anew."""
    pictures = vp8_decoded(media.face_frames())
    for at in (0, 25, 49, 90, 117):
        recorded = pictures[at].to_ndarray(format="rgb24").astype(float)
        errors = [
            np.square(recorded - render(script(number / media.FACE_FPS)).astype(float)).mean()
            for number in (at, at + 15)
        ]
        assert errors[0] < 40, f"frame {at}: {10 * np.log10(255**2 / errors[0]):.1f} dB"
        assert errors[0] < errors[1]


def test_a_recording_is_real_vp8(tmp_path: Path) -> None:
    assert record(tmp_path / "short" / "face.ivf", seconds=0.5) == 5
    with av.open(str(tmp_path / "short" / "face.ivf")) as container:
        assert container.streams.video[0].codec_context.name == "vp8"
        assert sum(1 for _ in container.decode(video=0)) == 5


def test_stills_are_jpegs_of_the_same_pictures() -> None:
    stills = media.face_stills()
    assert len(stills) == len(media.face_frames())
    assert all(still[:2] == b"\xff\xd8" and still[-2:] == b"\xff\xd9" for still in stills)
    with Image.open(io.BytesIO(stills[30])) as still:
        assert (still.format, still.size, still.mode) == ("JPEG", (320, 240), "RGB")
        shown = np.asarray(still).astype(float)
    recorded = vp8_decoded(media.face_frames())[30].to_ndarray(format="rgb24").astype(float)
    assert np.abs(shown - recorded).mean() < 4
    assert max(map(len, stills)) < 64_000


# --------------------------------------------------------------------------- a browser's fake devices
def test_the_microphone_file_holds_the_answers_with_their_pauses(tmp_path: Path) -> None:
    path = tmp_path / "microphone.wav"
    media.write_wav(path, ANSWERS, lead_s=0.5, pause_s=2.0)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 48_000)
        assert file.getcomptype() == "NONE"
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32767
    first, second = (media.speech(answer) for answer in ANSWERS)
    assert len(samples) == 3 * (8_000 + len(first) + 32_000 + len(second) + 32_000)
    heard = samples[::3]
    assert rms(heard[:8_000]) == 0
    assert np.allclose(heard[8_000 : 8_000 + len(first)], first, atol=1e-4)
    begins = 8_000 + len(first) + 32_000
    assert rms(heard[begins - 32_000 : begins]) < 1e-3
    assert np.allclose(heard[begins : begins + len(second)], second, atol=1e-4)


def test_the_camera_file_shows_each_picture_for_a_tenth_of_a_second(tmp_path: Path) -> None:
    path = tmp_path / "camera.mjpeg"
    media.write_mjpeg(path)
    with av.open(str(path), format="mjpeg") as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert packets == [still for still in media.face_stills() for _ in range(3)]
