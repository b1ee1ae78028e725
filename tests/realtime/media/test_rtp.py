from hypothesis import given
from hypothesis import strategies as st

from realtime.media import rtp
from realtime.media.rtp import RtpPacket, Unwrapped


@given(st.integers(0, 127), st.booleans(), st.integers(0, 65535), st.integers(0, 2**32 - 1), st.binary(max_size=50))
def test_what_is_packed_is_parsed(payload_type, marker, sequence, timestamp, payload):
    data = rtp.pack(payload_type, marker, sequence, timestamp, 99, payload)
    assert rtp.parse(data) == RtpPacket(payload_type, marker, sequence, timestamp, 99, payload)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_nothing(data):
    packet = rtp.parse(data)
    assert packet is None or len(packet.payload) <= len(data) - 12
    if packet is not None:
        rtp.audio_level(packet, 1)


@given(st.binary(max_size=40), st.integers(1, 14))
def test_any_extension_block_has_a_level_or_none(extensions, number):
    level = rtp.audio_level(RtpPacket(0, False, 0, 0, 0, b"", extensions), number)
    assert level is None or 0 <= level <= 127


def test_extensions_padding_and_sources_are_skipped():
    header = rtp.HEADER.pack(0xB1, 0x80 | 111, 5, 6, 7)
    source = bytes(4)
    # id 3 with two bytes, padding, then the level under id 2: voice, -30 dBov
    extension = bytes.fromhex("BEDE0002") + bytes([0x31, 1, 2, 0, 0x20, 0x80 | 30, 0, 0])
    packet = rtp.parse(header + source + extension + b"sound" + b"\0\0\3")
    assert packet is not None
    assert (packet.payload, packet.marker, packet.payload_type) == (b"sound", True, 111)
    assert rtp.audio_level(packet, 2) == 30
    assert rtp.audio_level(packet, 3) == 1
    assert rtp.audio_level(packet, 4) is None
    assert rtp.audio_level(packet, None) is None


@given(st.integers(0, 2**40), st.lists(st.integers(-1000, 100_000), max_size=50))
def test_a_counter_unwrapped_keeps_every_step(start, steps):
    unwrap = Unwrapped(32)
    value = unwrap(start % 2**32)
    for step in steps:
        start += step
        value += step
        assert unwrap(start % 2**32) == value
