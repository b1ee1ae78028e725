import pytest

from realtime.media import rtcp, rtp
from realtime.media.forward import Room, Watcher
from realtime.media.opus import OpusEncoder
from realtime.media.rtp_ingest import RtpIngest
from realtime.media.sdp import read_offer

OFFER = "\r\n".join(
    [
        "v=0",
        "a=group:BUNDLE 0 1",
        "a=ice-options:trickle",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:" + "x" * 24,
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        "a=rtpmap:111 opus/48000/2",
        "a=extmap:5 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        "a=mid:1",
        "a=rtpmap:96 VP8/90000",
        "",
    ]
)
DELTA = b"\x10" + b"\x01" + bytes(20)


@pytest.fixture(scope="module")
def opus() -> bytes:
    import numpy as np

    return OpusEncoder().encode(np.zeros(320, np.float32))


@pytest.fixture
def sent() -> list[bytes]:
    return []


@pytest.fixture
def ingest(sink, sent) -> RtpIngest:
    return RtpIngest(read_offer(OFFER), sink, sent.append, 0.0)


def reports(sent):
    return [report for data in sent for report in rtcp.parse(data)]


def test_audio_and_video_share_one_media_clock(ingest, sink, opus):
    ingest.receive(rtp.pack(111, False, 1, 5000, 7, opus), 100.0)
    key = b"\x10" + bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A, 160, 0, 120, 0]) + bytes(20)
    ingest.receive(rtp.pack(96, True, 1, 2**31, 8, key), 100.35)
    ingest.receive(rtp.pack(111, False, 2, 5960, 7, opus), 100.4)  # late on the road, not in its time
    assert [(f.codec, f.start_ms) for f in sink.frames] == [
        ("opus", 0),
        ("vp8", pytest.approx(350)),
        ("opus", pytest.approx(20)),
    ]


def test_a_key_frame_is_asked_for_at_most_once_a_second_whoever_wants_it(ingest, sent):
    ingest.request_key_frame()
    assert sent == []  # nobody sends video yet
    for i in range(30):
        ingest.receive(rtp.pack(96, True, i, i * 9000, 8, DELTA), 10 + i * 0.1)
        ingest.request_key_frame()
    assert reports(sent) == [rtcp.PictureLost(8)] * 3


def test_a_key_frame_that_is_owed_is_asked_for_later(ingest, sent):
    ingest.receive(rtp.pack(96, True, 0, 0, 8, DELTA), 10.0)
    ingest.request_key_frame()
    ingest.tick(10.5)
    assert len(reports(sent)) == 1
    ingest.tick(11.5)
    assert reports(sent) == [rtcp.PictureLost(8)] * 2


def test_a_key_frame_that_is_owed_waits_for_no_timer(ingest, sent):
    key = b"\x10" + bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A, 160, 0, 120, 0]) + bytes(20)
    ingest.receive(rtp.pack(96, True, 0, 0, 8, key), 10.0)
    ingest.request_key_frame()
    ingest.request_key_frame()  # a second watcher, at once: owed
    for i in range(1, 13):
        ingest.receive(rtp.pack(96, True, i, i * 9000, 8, DELTA), 10 + i * 0.1)
        assert len(reports(sent)) == (1 if i < 10 else 2)


def test_receiver_reports_tell_of_both_streams(ingest, sent, opus):
    for i in range(10):
        ingest.receive(rtp.pack(111, False, i, i * 960, 7, opus), i * 0.02)
        ingest.receive(rtp.pack(96, True, i, i * 9000, 8, DELTA), i * 0.02)
    sent.clear()
    ingest.tick(1.0)
    assert sent[0][1] == rtcp.RECEIVER_REPORT
    assert sent[0][0] & 0x1F == 2


def test_a_new_sender_is_believed_when_the_old_one_is_silent(ingest, sink, opus):
    for i in range(5):
        ingest.receive(rtp.pack(111, False, i, i * 960, 7, opus), i * 0.02)
    ingest.receive(rtp.pack(111, False, 900, 77, 9, opus), 0.2)
    assert ingest.strays == 1
    ingest.receive(rtp.pack(111, False, 901, 77, 9, opus), 1.5)
    assert sink.gaps == [(100, pytest.approx(1500), "disconnected")]
    assert sink.frames[-1].start_ms == pytest.approx(1500)


def test_what_is_received_is_forwarded_at_once(ingest, opus):
    forwarded, told = [], []
    ingest.forward = lambda kind, packet: forwarded.append((kind, packet.sequence))
    ingest.report = lambda kind, report: told.append((kind, report.ssrc))
    for sequence in (1, 3, 2):
        ingest.receive(rtp.pack(111, False, sequence, sequence * 960, 7, opus), sequence * 0.02)
    ingest.receive_rtcp(rtcp.sender_report(rtcp.SenderReport(7, 1, 2, 3, 4)), 1.0)
    ingest.receive_rtcp(rtcp.sender_report(rtcp.SenderReport(99, 1, 2, 3, 4)), 1.0)
    assert forwarded == [("audio", 1), ("audio", 3), ("audio", 2)]
    assert told == [("audio", 7)]


def test_ten_watchers_who_ask_for_a_key_frame_cost_the_sender_one(sink, sent):
    ingest = RtpIngest(read_offer(OFFER), sink, sent.append, 0.0)
    room, watchers = Room(), [Watcher({}, lambda _: True, lambda _: None) for _ in range(10)]
    ingest.forward = lambda kind, packet: room.forward(kind, packet, 0.0)
    room.watchers.update(watchers)
    for n in range(30):  # three seconds; each watcher asks with every frame
        ingest.receive(rtp.pack(96, True, n, n * 9000, 2, DELTA), 0.1 * n)
        for watcher in watchers:
            if room.receive_rtcp(watcher, rtcp.picture_loss(1, 2)):
                ingest.request_key_frame()
    asked = [report for data in sent for report in rtcp.parse(data) if isinstance(report, rtcp.PictureLost)]
    assert 1 <= len(asked) <= 3
    assert not any(isinstance(report, rtcp.PacketsMissing) for data in sent for report in rtcp.parse(data))
