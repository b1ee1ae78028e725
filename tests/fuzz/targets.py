"""Every parser that reads what a stranger sent: how it is called, what it may raise, and what it starts from.

A target that returns has parsed or refused; a target that raises anything but its own typed error, or takes longer
than ``SLOW_S`` for one input, has failed. The stateful ones check after every input what must hold for the listener.
"""

import contextlib
import io
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
from aioice import stun
from PIL import Image

from realtime.media import redo_format, rtcp, rtp, sealed
from realtime.media.cipher import Damaged
from realtime.media.errors import MediaError
from realtime.media.log_format import Scan, SegmentWriter
from realtime.media.object_store import byte_range
from realtime.media.opus import OpusDecoder, OpusEncoder, OpusError, packet_ms
from realtime.media.pictures import PictureTap
from realtime.media.rtp_ingest import RtpIngest
from realtime.media.sdp import read_fragment, read_offer
from realtime.media.stills import decode_jpeg
from realtime.media.udp_port import UdpPort
from realtime.media.vp8 import Vp8Frame, dimensions, is_key_frame, parse_payload
from realtime.protocol.codec import ProtocolError, decode_candidate, decode_hr
from realtime.protocol.frames import FrameKind, MediaFrame, decode_frame, encode_frame, pack_run
from realtime.protocol.media_messages import decode_said
from scoring.answers import gather
from scoring.competencies import FOLDER as COMPETENCIES
from scoring.competencies import examine_competency
from scoring.culture_file import read_culture
from scoring.evidence import EvidenceInvalid
from scoring.positions import PositionInvalid, parse
from tests.fuzz.listener import Listener
from tests.fuzz.take_targets import receive_takes

SLOW_S = 2.0


@dataclass(frozen=True)
class Target:
    """``run`` takes one input. ``seeds``: what a well-meaning peer sends."""

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], tuple[bytes, ...]]
    refusals: tuple[type[Exception], ...] = ()

    def __call__(self, data: bytes) -> None:
        with contextlib.suppress(*self.refusals):
            self.run(data)


# ------------------------------------------------------------------------------------------------ what peers send
FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "a=ice-options:trickle",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 63",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        f"a=fingerprint:{FINGERPRINT}",
        "a=setup:actpass",
        "a=mid:0",
        "a=extmap:4 urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on",
        "a=sendonly",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=rtcp-fb:111 nack",
        "a=candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "a=mid:1",
        "a=sendonly",
        "a=rtpmap:96 VP8/90000",
        "a=rtcp-fb:96 nack",
        "a=rtcp-fb:96 nack pli",
        "",
    ]
)
FRAGMENT = b"a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
AUDIO, VIDEO = 111, 96


@cache
def opus_packets() -> tuple[bytes, ...]:
    encoder = OpusEncoder()
    tone = (0.3 * np.sin(np.arange(16_000) * 2 * np.pi * 220 / 16_000)).astype(np.float32)
    return tuple(encoder.encode(tone[at : at + 320]) for at in range(0, 16_000, 320))


@cache
def vp8_frames() -> tuple[bytes, ...]:
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = 64, 48, "yuv420p"  # type: ignore[attr-defined]
    codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    frames = []
    for shade in (20, 90, 160, 230):
        picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), shade, np.uint8), format="rgb24")
        picture.pts = len(frames)
        frames += [bytes(packet) for packet in codec.encode(picture)]  # type: ignore[attr-defined]
    return tuple(frames)


@cache
def jpegs() -> tuple[bytes, ...]:
    buffer = io.BytesIO()
    Image.fromarray(np.arange(48 * 64 * 3, dtype=np.uint8).reshape(48, 64, 3)).save(buffer, "JPEG")
    return (buffer.getvalue(),)


def rtp_packets() -> tuple[bytes, ...]:
    level = struct.pack("!BBHHBBBB", 0x90, AUDIO, 7, 0xBEDE, 0, 1, 0x40, 30)
    with_extension = level[:4] + struct.pack("!LL", 960, 1) + level[4:]
    audio = [rtp.pack(AUDIO, False, n, n * 960, 1, data) for n, data in enumerate(opus_packets()[:6])]
    video = [rtp.pack(VIDEO, True, n, n * 9000, 2, b"\x10" + data) for n, data in enumerate(vp8_frames())]
    return (*audio, *video, with_extension, bytes([0xB0]) + audio[0][1:])


def rtcp_packets() -> tuple[bytes, ...]:
    block = rtcp.ReceptionBlock(1, 3, 4, 5, 6, 7, 8)
    sender = rtcp.SenderReport(1, 2, 3, 4, 5)
    return (
        rtcp.receiver_report(9, [block]),
        rtcp.sender_report(sender),
        rtcp.picture_loss(1, 2),
        rtcp.packets_missing(1, 2, [5, 6, 30, 65535]),
        struct.pack("!BBHL", 0x81, 203, 1, 1),
    )


def stun_messages() -> tuple[bytes, ...]:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes.update({"USERNAME": "12345678:abcd", "PRIORITY": 1, "ICE-CONTROLLING": 2})
    bare = bytes(request)
    request.add_message_integrity(b"z" * 24)
    return bare, bytes(request), bytes(stun.Message(stun.Method.BINDING, stun.Class.RESPONSE))


def media_frames() -> tuple[bytes, ...]:
    kinds = ((FrameKind.OPUS, opus_packets()[0]), (FrameKind.JPEG, jpegs()[0]), (FrameKind.VP8, vp8_frames()[0]))
    run = MediaFrame(FrameKind.RUN, 3, 60, pack_run(opus_packets()[:4]), duration_ms=20, take=1)
    return (*(encode_frame(MediaFrame(kind, 1, 0, data, live=True)) for kind, data in kinds), encode_frame(run))


# ------------------------------------------------------------------------------------------------ stateful listeners
def _split(data: bytes) -> list[bytes]:
    """One input as a sequence of packets: two bytes of length before each."""
    packets = []
    while len(data) >= 2 and len(packets) < 200:
        length = int.from_bytes(data[:2], "big") % 1500
        packets.append(data[2 : 2 + length])
        data = data[2 + length :]
    return packets


def _joined(packets: tuple[bytes, ...]) -> bytes:
    return b"".join(len(packet).to_bytes(2, "big") + packet for packet in packets)


def receive_rtp(data: bytes) -> None:
    """An authentic peer that lies about order, time, stream and content."""
    asked: list[bytes] = []
    ingest = RtpIngest(read_offer(OFFER), Listener(), asked.append, 0.0)
    ingest.audio.decode(True)
    ingest.video.tap.decode(5.0)
    for number, packet in enumerate(_split(data)):
        now_s = 0.02 * number
        if len(packet) > 1 and 192 <= packet[1] <= 223:
            ingest.receive_rtcp(packet, now_s)
        else:
            ingest.receive(packet, now_s)
        if number % 50 == 49:
            ingest.tick(now_s)
    ingest.tick(1000.0)
    assert len(asked) <= 1000


def a_whole_take() -> tuple[bytes, ...]:
    """Live sound, a run that fills a hole, samples, pictures, and what the device says of the whole."""
    sound = opus_packets()

    def packet(n: int, *, live: bool = True, payload: bytes = b"", kind: FrameKind = FrameKind.OPUS) -> bytes:
        return encode_frame(MediaFrame(kind, n, 20 * n, payload or sound[n], live=live, take=1))

    run = encode_frame(MediaFrame(FrameKind.RUN, 3, 60, pack_run(sound[3:6]), duration_ms=20, take=1))
    pcm = packet(8, payload=b"\x01\x02" * 320, kind=FrameKind.PCM)
    notes = (b'{"type":"take_ended","take":1,"packets":9}', b'{"type":"take_absent","take":1,"from":6,"until":8}')
    return (*map(packet, (0, 1, 2)), *media_frames()[2:3], packet(7), run, packet(6, live=False), pcm, *notes)


def receive_datagram(data: bytes) -> None:
    """A stranger at the open port: never an answer, never an exception."""
    port = UdpPort(None)
    answered: list[bytes] = []
    port.transport = SimpleNamespace(  # type: ignore[assignment]
        get_write_buffer_size=lambda: 0, is_closing=lambda: False, sendto=lambda sent, _: answered.append(sent)
    )
    port.datagram_received(data, ("192.0.2.1", 5))
    assert answered == []


def decode_opus(data: bytes) -> None:
    decoder = OpusDecoder()
    for packet in _split(data):
        assert 0 <= packet_ms(packet) <= 120
        with contextlib.suppress(OpusError):
            assert np.isfinite(decoder.decode(packet)).all()
        with contextlib.suppress(OpusError):
            decoder.recover(packet, 20)
    assert len(decoder.conceal(20)) == 320


def decode_vp8(data: bytes) -> None:
    tap = PictureTap()
    tap.decode(10.0)
    for number, frame in enumerate(_split(data)):
        if frame:
            tap.push(Vp8Frame(100.0 * number, frame, is_key_frame(frame), False))
    tap.latest_still()


def vp8_headers(data: bytes) -> None:
    fragment = parse_payload(data)
    assert fragment is None or len(fragment.data) <= len(data)
    if data and is_key_frame(data):
        width, height = dimensions(data)
        assert 0 <= width < 16384
        assert 0 <= height < 16384


def rtp_header(data: bytes) -> None:
    packet = rtp.parse(data)
    if packet is not None:
        for extension_id in (None, 1, 4, 14):
            level = rtp.audio_level(packet, extension_id)
            assert level is None or 0 <= level <= 127


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def as_range(data: bytes) -> None:
    found = byte_range(data.decode("latin-1"), 1000)
    assert found is None or 0 <= found[0] < found[1] <= 1000


GOLDEN = Path(__file__).parent.parent / "scoring" / "golden" / "interview.ndjson"
MEDIA_MESSAGES = (b'{"type":"ping"}', b'{"type":"take_ended","take":1,"packets":9}')
CULTURE_YAML = "phrases:\n  - {phrase: 主动询问, language: zh, value: 客户至上, sign: positive}\n".encode()
CULTURE_CSV = 'phrase,language,value,sign\n"put~ (it|them) first",en,合规,negative\n'.encode()
COMPETENCY = (COMPETENCIES / "compliance.yaml").read_bytes()
POSITION = b"id: p\nversion: 1.0.0\ntitle: {zh: a, en: b}\ncompetencies: []\nquestions: []\n"

# --------------------------------------------------------------------------------------- what a disk gives back
STORED_KEY, STORED_NAME = b"k" * 32, "interviews/i/q/1"
RECORDS = tuple(bytes([65 + i]) * (5 + 40 * i) for i in range(6))


def log_file() -> bytes:
    first, second = (SegmentWriter(STORED_KEY, salt * 32, STORED_NAME, n) for salt, n in ((b"s", 1), (b"t", 4)))
    frames = [first.header, *map(first.record, RECORDS[:3]), second.header, *map(second.record, RECORDS[3:])]
    return b"".join([*frames, second.end()])


def read_log(data: bytes) -> None:
    """Whatever was changed, no record is read that was not written there."""
    found = list(Scan().records(data, STORED_KEY, STORED_NAME))
    assert all(RECORDS[number - 1] == record for number, record in found)
    assert [number for number, _ in found] == sorted({number for number, _ in found})


def sealed_object() -> bytes:
    return b"".join(sealed.seal(RECORDS, sum(map(len, RECORDS)), STORED_KEY, b"s" * 32, STORED_NAME))


def open_sealed(data: bytes) -> None:
    reader = sealed.SealedReader(data[: sealed.HEADER_BYTES], STORED_KEY, STORED_NAME)
    start, end = reader.stored_span(0, reader.size)
    opener = reader.opener(0, reader.size)
    inside = opener.feed(data[start:end])
    opener.finish()
    assert inside == b"".join(RECORDS)


def redo_journal() -> tuple[bytes, ...]:
    written = (redo_format.Written(f"takes/{n}.log", 1000 * n, record) for n, record in enumerate(RECORDS))
    return (b"".join(map(redo_format.encoded, written)),)


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("sdp-offer", lambda d: read_offer(d.decode("latin-1")), lambda: (OFFER.encode(),), (MediaError,)),
        Target("sdp-fragment", lambda d: read_fragment(d.decode("latin-1")), lambda: (FRAGMENT,), (MediaError,)),
        Target("rtp", rtp_header, rtp_packets),
        Target("rtcp", lambda d: list(rtcp.parse(d)), rtcp_packets),
        Target("rtp-stream", receive_rtp, lambda: (_joined(rtp_packets() + rtcp_packets()),)),
        Target("datagram", receive_datagram, lambda: stun_messages() + rtp_packets()[:2] + (b"\x16\xfe\xff",)),
        Target("opus", decode_opus, lambda: (_joined(opus_packets()[:8]),)),
        Target("vp8-headers", vp8_headers, lambda: (*vp8_frames(), b"\x10" + vp8_frames()[0], b"\x90\xe0\x81\x02\x05")),
        Target("vp8", decode_vp8, lambda: (_joined(vp8_frames()),)),
        Target("jpeg", decode_jpeg, jpegs, (MediaError,)),
        Target("media-frame", decode_frame, media_frames, (ProtocolError,)),
        Target(
            "media-message",
            decode_said,
            lambda: (b'{"type":"ping"}', b'{"type":"take_ended","take":1,"packets":9}'),
            (ProtocolError,),
        ),
        Target("take-stream", lambda d: receive_takes(_split(d)), lambda: (_joined(a_whole_take()),)),
        Target("candidate-message", decode_candidate, lambda: (b'{"type":"ping","id":1}',), (ProtocolError,)),
        Target("hr-message", decode_hr, lambda: (b'{"type":"hr_hello","token":"t"}',), (ProtocolError,)),
        Target("range-header", as_range, lambda: (b"bytes=0-99", b"bytes=-5", b"bytes=7-")),
        Target("log-file", read_log, lambda: (log_file(),)),
        Target("redo-journal", lambda d: list(redo_format.decoded(d)), redo_journal),
        Target("sealed-object", open_sealed, lambda: (sealed_object(),), (Damaged,)),
        Target("evidence-log", lambda d: gather(d.splitlines()), lambda: (GOLDEN.read_bytes(),), (EvidenceInvalid,)),
        Target("position-file", lambda d: parse(d.decode("latin-1")), lambda: (POSITION,), (PositionInvalid,)),
        Target("competency-file", lambda d: examine_competency(text(d), "x.yaml"), lambda: (COMPETENCY,)),
        Target("culture-yaml", lambda d: read_culture(text(d), "x.yaml"), lambda: (CULTURE_YAML,)),
        Target("culture-csv", lambda d: read_culture(text(d), "x.csv"), lambda: (CULTURE_CSV,)),
    )
}


def generator(name: str, seed: int) -> random.Random:
    return random.Random(f"{name} {seed}")
