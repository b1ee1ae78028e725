"""HR watches over WHEP: forwarded packets, real peers at both ends."""

import asyncio

import numpy as np
import pytest

from realtime.media import rtcp, rtp
from realtime.media.errors import MediaError
from realtime.media.forward import FRESH_S, HISTORY_PACKETS, MAX_REFUSED_SENDS, Rewriting, Room, Watcher
from realtime.media.rtp import RtpPacket


async def see(peer, kind, count, within_s=15):
    """The next frames of a watching peer."""
    track = next(r.track for r in peer.getReceivers() if r.track.kind == kind)
    async with asyncio.timeout(within_s):
        return [await track.recv() for _ in range(count)]


def red_pixels(frame) -> int:
    rgb = frame.to_ndarray(format="rgb24").astype(int)
    return int(((rgb[120, :, 0] - rgb[120, :, 1]) > 80).sum())


async def test_a_watcher_sees_and_hears_the_candidate(publish, follow, peers, microphone, camera, sink, until):
    await publish(peers(microphone(), camera()), sink)
    await until(lambda: len(sink.of("vp8")) > 5)
    watcher = peers(receive=("audio", "video"))
    await follow(watcher)  # in the middle: it needs a key frame, and gets one without asking
    frames = await see(watcher, "video", 5)
    assert all(24 <= red_pixels(f) <= 40 for f in frames)
    sounds = await see(watcher, "audio", 40)
    assert max(np.abs(s.to_ndarray()).max() for s in sounds) > 1000


async def test_a_watcher_may_come_first_and_stays_when_the_candidate_reconnects(
    door, publish, follow, peers, microphone, camera, sink, until
):
    watcher = peers(receive=("audio", "video"))
    await follow(watcher)
    first = peers(microphone(), camera())
    await publish(first, sink)
    before = await see(watcher, "video", 3)
    await first.close()
    await until(lambda: door.connections == 1)
    await publish(peers(microphone(), camera()), sink)
    after = await see(watcher, "video", 6)
    assert all(24 <= red_pixels(f) <= 40 for f in after)
    assert after[-1].pts > before[-1].pts


async def test_watchers_leave_nothing_and_hurt_nobody(door, publish, follow, peers, microphone, sink, until):
    connection = await publish(peers(microphone()), sink)
    watchers = [peers(receive=("audio",)) for _ in range(3)]
    connections = [await follow(w) for w in watchers]
    await until(lambda: all(c.connected for c in connections))
    await watchers[0].close()
    await door.close(connections[1].id)
    await until(lambda: door.connections == 2)
    connections[2]._watcher._refused_in_a_row = MAX_REFUSED_SENDS  # its road takes nothing any more
    door._tick(asyncio.get_running_loop().time())
    if door.connections == 2:  # unless a packet got through in between
        await until(lambda: door.connections == 1)
    heard = len(sink.frames)
    await until(lambda: len(sink.frames) > heard + 10)
    assert connection.connected


async def test_the_number_of_watchers_is_bounded(door, peers, follow, offer_of):
    door._settings = type(door._settings)(addresses=("127.0.0.1",), max_watchers_per_interview=1)
    await follow(peers(receive=("audio",)))
    with pytest.raises(MediaError, match="media_unavailable"):
        await door.watch("i1", await offer_of(peers(receive=("audio",))))


def packet(sequence, timestamp=0, ssrc=1, payload=b"data", marker=False):
    return RtpPacket(96, marker, sequence, timestamp, ssrc, payload, b"\x10\x01", True)


def test_only_the_envelope_is_rewritten():
    stream = Rewriting("video", 120, 777)
    sent = rtp.parse(stream.packet(packet(65_535, 2**32 - 1, marker=True), 0.0))
    assert sent == RtpPacket(120, True, 65_535, 2**32 - 1, 777, b"data", b"", True)


def test_a_new_publisher_goes_on_in_sequence_and_time():
    stream = Rewriting("video", 120, 777)
    stream.packet(packet(100, 9000), 10.0)
    stream.packet(packet(101, 9000), 10.0)
    first, second = (rtp.parse(stream.packet(packet(50_000 + i, 5 + 900 * i, ssrc=2), 12.0)) for i in range(2))
    assert [first.sequence, second.sequence] == [102, 103]
    assert first.timestamp == 9000 + 2 * 90_000
    assert second.timestamp - first.timestamp == 900


def watcher_of(sent, taken=True):
    streams = {"video": Rewriting("video", 120, 777), "audio": Rewriting("audio", 121, 778)}
    return Watcher(streams, lambda data: sent.append(data) or taken, sent.append)


def test_what_a_watcher_missed_is_sent_again_as_it_was():
    sent = []
    room, watcher = Room(), watcher_of(sent)
    room.watchers.add(watcher)
    room.forward("video", packet(10, ssrc=1), 0)
    for sequence in range(60_000, 60_000 + HISTORY_PACKETS - 1):
        room.forward("video", packet(sequence, ssrc=2), 1)
    before = list(sent)
    assert not room.receive_rtcp(watcher, rtcp.packets_missing(9, 777, [11, 13]))
    assert sent[len(before) :] == [before[1], before[3]]
    assert room.receive_rtcp(watcher, rtcp.picture_loss(9, 777))
    room.receive_rtcp(watcher, rtcp.packets_missing(9, 777, [10]))  # of the publisher that is gone
    assert len(sent) == len(before) + 2


def test_sender_reports_follow_the_watchers_clock():
    sent = []
    room, watcher = Room(), watcher_of(sent)
    room.watchers.add(watcher)
    room.forward("video", packet(1, 5000), 0)
    room.forward("video", packet(1, 100, ssrc=2), 1)
    room.report("video", rtcp.SenderReport(2, 1 << 33, 100, 1000, 1000))
    [report] = rtcp.parse(sent[-1])
    assert (report.ssrc, report.ntp, report.timestamp) == (777, 1 << 33, 95_000)
    assert (report.packets, report.octets) == (2, 8)
    room.report("video", rtcp.SenderReport(1, 1, 1, 1, 1))  # late, from the publisher that is gone
    assert len(sent) == 3


def test_a_watcher_that_takes_nothing_is_known():
    room, watcher = Room(), watcher_of([], taken=False)
    room.watchers.add(watcher)
    for i in range(MAX_REFUSED_SENDS):
        assert not watcher.stalled
        room.forward("audio", packet(i), 0)
    assert watcher.stalled
    assert watcher.dropped == MAX_REFUSED_SENDS


def test_ten_watchers_are_served_alike_whatever_one_of_them_does():
    room, roads = Room(), [[] for _ in range(10)]
    watchers = [watcher_of(road, taken=at != 4) for at, road in enumerate(roads)]
    room.watchers.update(watchers)
    for sequence in range(MAX_REFUSED_SENDS):
        room.forward("video", packet(sequence, sequence * 3000), sequence / 30)
    assert [watcher.stalled for watcher in watchers] == [at == 4 for at in range(10)]
    assert all(watcher.sent == MAX_REFUSED_SENDS for at, watcher in enumerate(watchers) if at != 4)
    assert len({tuple(road) for road in roads}) == 1  # the same bytes on each road


KEY = b"\x10" + bytes([0x10, 0, 0, 0x9D, 0x01, 0x2A, 160, 0, 120, 0]) + bytes(20)
DELTA, REST = b"\x10\x01" + bytes(20), b"\x00" + bytes(20)


def published(room, now_s=5.0):
    """A key frame of two packets, two frames after it; timestamps wrap between them."""
    frames = [(9, 2**32 - 9000, DELTA), (10, 0, KEY), (11, 0, REST), (12, 9000, DELTA), (13, 18_000, DELTA)]
    for sequence, timestamp, payload in frames:
        room.forward("video", packet(sequence, timestamp, payload=payload), now_s)


def test_a_new_watcher_begins_with_the_last_key_frame_at_once():
    sent = []
    room, watcher = Room(), watcher_of(sent)
    published(room)
    assert room.join(watcher, 5.1)
    got = [rtp.parse(data) for data in sent]
    assert [p.payload for p in got] == [KEY, REST, DELTA, DELTA]
    assert [p.timestamp for p in got] == [18_000 - 180, 18_000 - 180, 18_000 - 90, 18_000]
    room.forward("video", packet(14, 27_000, payload=DELTA), 5.2)
    live = rtp.parse(sent[-1])
    assert live.timestamp == 27_000  # and goes on as the candidate does
    assert [p.sequence for p in (*got, live)] == [10, 11, 12, 13, 14]


def test_what_a_watcher_was_given_to_begin_with_is_not_sent_again_otherwise():
    sent = []
    room, watcher = Room(), watcher_of(sent)
    published(room)
    room.join(watcher, 5.1)
    room.forward("video", packet(14, 27_000, payload=DELTA), 5.2)
    sent.clear()
    room.receive_rtcp(watcher, rtcp.packets_missing(9, 777, [11, 14]))
    assert [rtp.parse(data).sequence for data in sent] == [14]


def test_without_a_fresh_key_frame_one_is_to_be_asked_for():
    room = Room()
    assert not room.join(watcher_of([]), 0.0)  # nobody has sent yet
    published(room)
    late = watcher_of(sent := [])
    assert not room.join(late, 5.0 + FRESH_S)  # the candidate is gone
    for sequence in range(100, 100 + HISTORY_PACKETS):
        room.forward("video", packet(sequence, 27_000 + sequence, payload=DELTA), 6.0)
    assert not room.join(watcher_of([]), 6.0)  # too long ago
    room.forward("video", packet(7, 5, ssrc=2, payload=DELTA), 6.1)
    assert not room.join(watcher_of([]), 6.1)  # another publisher's
    assert late in room.watchers
    assert len(sent) == HISTORY_PACKETS + 1
