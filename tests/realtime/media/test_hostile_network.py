"""What one peer, or a stranger, sends never reaches another session."""

import asyncio
import itertools
import random
import socket
from types import SimpleNamespace

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from realtime.media.errors import MediaError
from realtime.media.link import MAX_EARLY_PACKETS
from realtime.media.udp_port import UdpPort


@pytest.fixture
def meddle():
    """Puts something between SRTP and the receive path of a connection."""

    def between(connection, change):
        link = connection._link
        link._on_rtp = change(link._on_rtp)

    return between


def assert_whole(sink):
    spans = sorted([(c.start_ms, c.end_ms) for c in sink.chunks] + [(a, b) for a, b, _ in sink.gaps])
    at = spans[0][0]
    for start_ms, end_ms in spans:
        assert start_ms == pytest.approx(at, abs=0.1)
        at = end_ms


async def test_two_percent_loss_and_disorder_by_three_move_nothing(
    publish, peers, microphone, sink, until, resemblance, meddle
):
    rng = random.Random(5)

    def lossy(receive):
        held: list[tuple[int, bytes]] = []
        count = 0

        def on(packet: bytes) -> None:
            nonlocal count
            count += 1
            if count > 5 and rng.random() < 0.02:
                return
            if count > 5 and count % 25 == 0:
                held.append((count + 3, packet))
                return
            receive(packet)
            while held and held[0][0] <= count:
                receive(held.pop(0)[1])

        return on

    connection = await publish(peers(microphone()), sink)
    connection.control.decode_audio(True)
    meddle(connection, lossy)
    await until(lambda: sink.chunks and sink.chunks[-1].end_ms > 8000)

    assert_whole(sink)
    assert sink.chunks[0].start_ms == 0
    statistics = connection.control.statistics()
    assert 1 <= statistics.audio_lost <= 40
    correlation, lag_ms = resemblance(sink.timeline(8000), 4000, 7500)
    assert correlation > 0.75
    assert abs(lag_ms) < 15


async def test_video_is_mended_by_retransmission(publish, peers, microphone, camera, sink, until):
    connection = await publish(peers(microphone(), camera()), sink)
    link, lost, count = connection._link, set(), 0
    take = link._take
    connection.control._ingest.video._window._hold_ms = 1e9  # a slow machine is not what is tested

    def lossy(data: bytes) -> None:
        """Before SRTP, or a retransmission would be a replay."""
        nonlocal count
        count += data[1] & 0x7F == 97
        if count % 10 == 9 and data[1] & 0x7F == 97 and data[2:4] not in lost:
            lost.add(data[2:4])
            return
        take(data)

    link._take = lossy
    await until(lambda: len(sink.of("vp8")) > 60)
    starts = [f.start_ms for f in sink.of("vp8")]
    assert len(lost) >= 5
    assert round((starts[-1] - starts[0]) / 100) + 1 == len(starts)  # no frame is missing
    assert connection.control.statistics().video_dropped == 0


async def test_rubbish_from_strangers_and_from_the_peers_address_changes_nothing(
    door, publish, peers, microphone, sink, until
):
    connection = await publish(peers(microphone()), sink)
    await until(lambda: len(sink.frames) > 5)
    rng = random.Random(1)
    port = door._ports[0]
    known = next(iter(port._by_address))
    rubbish = [rng.randbytes(rng.choice([1, 2, 11, 12, 13, 60, 1200, 1500, 1501, 9000])) for _ in range(400)]
    rubbish += [bytes([first]) + rng.randbytes(40) for first in range(256)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for data in rubbish:
            stranger.sendto(data, port.address)
    for data in rubbish:
        port.datagram_received(data, known)  # a forged source address
    port.datagram_received(b"", known)
    heard = len(sink.frames)
    await until(lambda: len(sink.frames) > heard + 30)
    assert connection.connected
    assert connection._link.unauthentic > 100
    assert sink.changes == [("webrtc", True)]


async def test_a_flood_is_shed_before_it_costs_anything(publish, peers, microphone, sink, until):
    connection = await publish(peers(microphone()), sink)
    await until(lambda: len(sink.frames) > 5)
    link, loop = connection._link, asyncio.get_running_loop()
    now_s = loop.time()
    link._loop = SimpleNamespace(time=lambda: now_s)  # ten thousand packets in no time
    flood = bytes([0x80, 111]) + bytes(30)
    for _ in range(10_000):
        link._receive(flood)
    assert link.unauthentic <= 4097
    assert link.flooded == 10_000 - link.unauthentic
    link._loop = loop
    heard = len(sink.frames)
    await until(lambda: len(sink.frames) > heard + 10)  # and the session goes on when it is over


async def test_media_before_the_keys_waits_for_them_and_not_without_end(publish, peers, microphone, sink, until):
    connection = await publish(peers(microphone()), sink)
    link, kept = connection._link, []

    def keep(data: bytes) -> None:
        kept.append(data)

    await until(lambda: connection.connected)
    link._take = keep
    await until(lambda: len(kept) > 40)
    packets = [p for p in kept if not 192 <= p[1] <= 223]
    keys, link._dtls._rx_srtp, link._incoming, heard = link._dtls._rx_srtp, None, None, len(sink.frames)
    unauthentic = link.unauthentic
    del link._take
    for data in packets[:10]:
        link._take(data)
    assert (len(link._early), len(sink.frames)) == (10, heard)
    link._dtls._rx_srtp = keys
    link._take(packets[10])
    assert (link._early, len(sink.frames), link.unauthentic) == ([], heard + 11, unauthentic)
    link._dtls._rx_srtp = link._incoming = None
    for data in packets * 2:
        link._take(data)
    assert len(link._early) == MAX_EARLY_PACKETS
    assert link.unauthentic - unauthentic == 2 * len(packets) - MAX_EARLY_PACKETS
    link._dtls._rx_srtp = keys


async def test_replayed_damaged_and_cut_packets_are_not_taken(door, publish, peers, microphone, sink, until):
    connection = await publish(peers(microphone()), sink)
    await until(lambda: connection.connected)
    kept: list[bytes] = []
    link = connection._link
    take = link._take

    def keep(data: bytes) -> None:
        kept.append(data)
        take(data)

    link._take = keep
    await until(lambda: len(kept) > 30)
    packets = [p for p in kept if p[0] == 0x90 or p[0] == 0x80]
    taken, refused = connection.control.statistics().audio_packets, link.unauthentic
    for data in packets[:20]:
        take(data)  # replay
        take(data[:-1])
        take(data[:14])
        take(data + b"x")
        take(data[:20] + bytes([data[20] ^ 1]) + data[21:])
    assert link.unauthentic - refused == 100
    assert connection.control.statistics().audio_packets == taken


async def test_another_ssrc_in_an_authentic_packet_is_a_stray(publish, peers, microphone, sink, until, meddle):
    connection = await publish(peers(microphone()), sink)
    await until(lambda: len(sink.frames) > 5)

    def doubled(receive):
        def on(packet: bytes) -> None:
            receive(packet)
            receive(packet[:8] + b"\xde\xad\xbe\xef" + packet[12:])
            receive(packet[:1] + bytes([packet[1] ^ 1]) + packet[2:])  # an unknown payload type
            receive(packet[:11])

        return on

    meddle(connection, doubled)
    heard = len(sink.frames)
    await until(lambda: len(sink.frames) > heard + 20)
    starts = [f.start_ms for f in sink.of("opus")]
    assert all(b - a == pytest.approx(20) for a, b in itertools.pairwise(starts))
    assert connection.control._ingest.strays >= 60


async def test_an_error_inside_ends_that_session_alone(door, publish, peers, microphone, sink, until, meddle, caplog):
    other = type(sink)()
    broken = await publish(peers(microphone()), sink, "i1")
    await publish(peers(microphone()), other, "i2")
    await until(lambda: len(sink.frames) > 5 and len(other.frames) > 5)

    def failing(receive):
        def on(packet: bytes) -> None:
            raise RuntimeError("a bug")

        return on

    meddle(broken, failing)
    await until(lambda: sink.changes[-1] == ("webrtc", False))
    heard = len(other.frames)
    await until(lambda: len(other.frames) > heard + 10)
    assert "media link failed" in caplog.text


async def test_bad_offers_harm_nobody(door, publish, peers, microphone, sink, until):
    await publish(peers(microphone()), sink)
    await until(lambda: len(sink.frames) > 5)
    for rubbish in ("", "v=0", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "x" * 70_000, "\x00" * 100):
        with pytest.raises(MediaError) as refused:
            await door.offer("i2", rubbish, type(sink)())
        assert refused.value.code in ("sdp_invalid", "message_too_large", "no_audio", "codec_unsupported")
    assert door.connections == 1
    assert door.counters.refused == 5


async def test_dtls_rubbish_during_the_handshake_does_not_stop_it(door, peers, microphone, sink, offer_of, until):
    from aiortc import RTCSessionDescription

    peer = peers(microphone())
    connection = await door.offer("i1", await offer_of(peer), sink)
    rng = random.Random(2)
    for _ in range(200):
        connection._link._receive(bytes([rng.randrange(20, 64)]) + rng.randbytes(50))
    assert connection._link._ice.dropped > 0  # bounded
    while not connection._link._ice._waiting.empty():
        connection._link._ice._waiting.get_nowait()
    await peer.setRemoteDescription(RTCSessionDescription(connection.answer_sdp, "answer"))
    for _ in range(20):
        connection._link._receive(bytes([22]) + rng.randbytes(60))
        await asyncio.sleep(0.005)
    await until(lambda: connection.connected or door.connections == 0)


class _Transport:
    def get_extra_info(self, name):
        return ("127.0.0.1", 1) if name == "sockname" else None

    def sendto(self, data, address):
        raise AssertionError("a stranger was answered")


@given(st.binary(max_size=100), st.integers(0, 255))
def test_a_stranger_is_never_answered(data, first):
    port = UdpPort(None)
    port.connection_made(_Transport())
    port.datagram_received(bytes([first]) + data, ("10.0.0.1", 5))
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = "guessed:x"
    request.add_message_integrity(b"guessed")
    port.datagram_received(bytes(request), ("10.0.0.1", 5))
    port.datagram_received(bytes(request)[: len(data)] + data, ("10.0.0.1", 5))
    assert port.stray >= 2
