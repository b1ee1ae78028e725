"""Real peers on loopback: ICE, DTLS, SRTP, Opus and VP8, nothing pretended."""

import asyncio

import numpy as np
import pytest

from realtime.media.errors import MediaError


async def test_audio_arrives_as_it_was_said(publish, peers, microphone, sink, until, resemblance):
    connection = await publish(peers(microphone()), sink)
    connection.control.decode_audio(True)
    await until(lambda: sink.chunks and sink.chunks[-1].end_ms > 5000)

    assert sink.changes == [("webrtc", True)]
    assert sink.gaps == []
    assert sink.chunks[0].start_ms == 0
    for before, after in zip(sink.chunks, sink.chunks[1:], strict=False):
        assert after.start_ms == pytest.approx(before.end_ms, abs=0.01)
    correlation, lag_ms = resemblance(sink.timeline(5000), 500, 4500)
    assert correlation > 0.8
    assert abs(lag_ms) < 15
    assert [f.start_ms for f in sink.of("opus")[:3]] == pytest.approx([0, 20, 40])
    statistics = connection.control.statistics()
    assert statistics.audio_packets >= 250
    assert statistics.audio_lost == 0


async def test_the_level_in_the_packet_header_is_used(publish, peers, microphone, sink, until):
    connection = await publish(peers(microphone()), sink)
    connection.control.decode_audio(True)
    await until(lambda: len(sink.chunks) > 60)
    loud = [c for c in sink.chunks if np.abs(c.pcm).max() > 0.1]
    assert loud
    for chunk in loud:
        assert chunk.level_dbfs == int(chunk.level_dbfs)  # whole decibels: RFC 6464, not measured
        assert -40 < chunk.level_dbfs < 0


async def test_nothing_is_decoded_that_nobody_wants(publish, peers, microphone, camera, sink, until):
    connection = await publish(peers(microphone(), camera()), sink)
    await until(lambda: len(sink.of("opus")) > 50 and len(sink.of("vp8")) > 10)
    assert sink.chunks == []
    assert sink.pictures == []

    connection.control.decode_audio(True)
    await until(lambda: len(sink.chunks) > 5)
    connection.control.decode_audio(False)
    heard = len(sink.chunks)
    frames = len(sink.frames)
    await until(lambda: len(sink.frames) > frames + 20)
    assert len(sink.chunks) == heard


async def test_pictures_come_at_the_rate_asked_for_and_show_what_was_sent(
    publish, peers, microphone, camera, sink, until
):
    connection = await publish(peers(microphone(), camera()), sink)
    connection.control.decode_pictures(5)
    await until(lambda: len(sink.pictures) >= 10)

    starts = [p.start_ms for p in sink.pictures]
    assert np.median(np.diff(starts)) == pytest.approx(200, abs=1)  # the camera gives 10 a second
    for picture in sink.pictures:
        assert picture.rgb.shape == (240, 320, 3)
        red = (picture.rgb[120, :, 0].astype(int) - picture.rgb[120, :, 1]) > 80
        assert 24 <= red.sum() <= 40  # the square of 32 pixels
    still = connection.control.latest_still()
    assert still is not None
    assert still[:2] == b"\xff\xd8"


async def test_a_still_is_there_while_nothing_is_decoded(publish, peers, microphone, camera, sink, until):
    connection = await publish(peers(microphone(), camera()), sink)
    assert connection.control.latest_still() is None
    await until(lambda: len(sink.of("vp8")) > 2)
    assert connection.control.latest_still()[:2] == b"\xff\xd8"


async def test_key_frames_come_when_asked_for(publish, peers, microphone, camera, sink, until):
    connection = await publish(peers(microphone(), camera()), sink)
    await until(lambda: len(sink.of("vp8")) > 5)
    keys = sum(f.key for f in sink.of("vp8"))
    connection.control.request_key_frame()
    await until(lambda: sum(f.key for f in sink.of("vp8")) > keys)


async def test_goodbye_is_heard_both_ways(door, publish, peers, microphone, sink, until):
    peer = peers(microphone())
    await publish(peer, sink)
    await until(lambda: sink.changes == [("webrtc", True)])
    await peer.close()
    await until(lambda: sink.changes == [("webrtc", True), ("webrtc", False)])
    assert door.connections == 0

    second = peers(microphone())
    connection = await publish(second, sink)
    await until(lambda: len(sink.changes) == 3)
    await connection.control.close()
    await connection.control.close()
    assert sink.changes[-1] == ("webrtc", False)
    await until(lambda: second.connectionState == "closed")


async def test_a_peer_that_falls_silent_is_noticed(door, publish, peers, microphone, sink, until):
    peer = peers(microphone())
    connection = await publish(peer, sink)
    await until(lambda: len(sink.frames) > 5)
    now_s = asyncio.get_running_loop().time()
    door._tick(now_s + 9)
    assert connection.connected
    door._tick(now_s + 3600)
    await until(lambda: sink.changes[-1] == ("webrtc", False))
    assert door.counters.died == 1


async def test_the_newest_connection_of_an_interview_replaces_the_others(door, publish, peers, microphone, sink, until):
    first = await publish(peers(microphone()), sink)
    await until(lambda: first.connected)
    second = await publish(peers(microphone()), sink)
    await until(lambda: second.connected and door.connections == 1)
    assert sink.changes == [("webrtc", True), ("webrtc", True)]  # and no False after the last True


async def test_close_leaves_no_task_and_no_socket(door, publish, peers, microphone, camera, sink, until):
    before = asyncio.all_tasks()
    peer = peers(microphone(), camera())
    await publish(peer, sink)
    await until(lambda: len(sink.frames) > 5)
    ports = list(door._ports)
    transports = [port.transport for port in ports]
    await door.close_all()
    assert [(p.connections, p._by_address, p.transactions) for p in ports] == [(0, {}, {})]
    assert [len(kept) for kept in (door._rooms, door._publishers, door._ingests)] == [0, 0, 0]
    await peer.close()
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before
    assert all(t.is_closing() for t in transports)
    assert door.connections == 0


async def test_a_connection_that_never_comes_is_closed_and_counted(door, peers, microphone, sink, offer_of, until):
    door._settings = type(door._settings)(addresses=("127.0.0.1",), connect_within_s=0.2)
    await door.offer("i1", await offer_of(peers(microphone())), sink)
    assert door.connections == 1
    await until(lambda: door.connections == 0)
    assert door.counters.timed_out == 1
    assert sink.changes == [("webrtc", False)]


async def test_trickled_candidates_and_ice_restarts(door, peers, microphone, sink, offer_of):
    offer = await offer_of(peers(microphone()))
    connection = await door.offer("i1", offer, sink)
    fragment = next(line for line in offer.splitlines() if line.startswith("a=ice-ufrag"))
    await door.trickle(connection.id, f"{fragment}\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n")
    await door.trickle(connection.id, "complete\x00rubbish\r\na=candidate:x\r\na=candidate:1 1 udp x y z typ host")
    with pytest.raises(MediaError, match="ice_restart_unsupported"):
        await door.trickle(connection.id, "a=ice-ufrag:other\r\n")
    with pytest.raises(MediaError, match="connection_unknown"):
        await door.trickle("nobody", "")


async def test_a_peer_that_ends_its_candidates_without_one_is_told_and_let_go(door, peers, microphone, sink, offer_of):
    lines = (await offer_of(peers(microphone()))).splitlines()
    bare = [line for line in lines if not line.startswith(("a=candidate", "a=end-of-candidates"))]
    offer = "\r\n".join(["v=0", *bare[1:4], "a=ice-options:trickle", *bare[4:], ""])
    connection = await door.offer("i1", offer, sink)
    await door.trickle(connection.id, "a=candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active\r\n")
    with pytest.raises(MediaError, match="no_candidates"):
        await door.trickle(connection.id, "a=end-of-candidates\r\n")
    assert (door.connections, door.counters.failed) == (0, 1)
    assert sink.changes == [("webrtc", False)]

    hidden = await door.offer("i1", offer, sink)
    await door.trickle(hidden.id, "a=candidate:1 1 udp 1 0a1b.local 9 typ host\r\na=end-of-candidates\r\n")
    assert door.connections == 1  # its own checks may come from that name's address


async def test_a_full_door_says_so(door, peers, microphone, sink, offer_of):
    door._settings = type(door._settings)(addresses=("127.0.0.1",), max_connections=1)
    offer = await offer_of(peers(microphone()))
    await door.offer("i1", offer, sink)
    with pytest.raises(MediaError) as refused:
        await door.offer("i2", offer, sink)
    assert (refused.value.code, refused.value.retry) == ("media_unavailable", True)
