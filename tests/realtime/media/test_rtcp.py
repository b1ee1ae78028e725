import struct

import pytest
from aiortc.rtp import RtcpPacket
from hypothesis import given
from hypothesis import strategies as st

from realtime.media import rtcp
from realtime.media.rtcp import Goodbye, PacketsMissing, PictureLost, ReceptionBlock, SenderReport


@given(st.binary(max_size=120))
def test_any_bytes_end_the_walk_quietly(data):
    list(rtcp.parse(data))


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=40, unique=True))
def test_a_nack_names_exactly_what_is_missing(sequences):
    [report] = rtcp.parse(rtcp.packets_missing(1, 2, sequences))
    assert isinstance(report, PacketsMissing)
    assert report.media_ssrc == 2
    assert set(report.sequences) == set(sequences)


def test_another_implementation_reads_what_we_write():
    block = ReceptionBlock(5, 64, -2, 70_000, 9, 10, 11)
    [report] = RtcpPacket.parse(rtcp.receiver_report(1, [block]))
    info = report.reports[0]
    assert (report.ssrc, info.ssrc, info.fraction_lost, info.packets_lost) == (1, 5, 64, -2)
    assert (info.highest_sequence, info.jitter, info.lsr, info.dlsr) == (70_000, 9, 10, 11)
    [loss] = RtcpPacket.parse(rtcp.picture_loss(1, 2))
    assert (loss.fmt, loss.ssrc, loss.media_ssrc) == (1, 1, 2)
    [nack] = RtcpPacket.parse(rtcp.packets_missing(1, 2, [3, 4, 100]))
    assert nack.lost == [3, 4, 100]


def test_a_compound_packet_is_read_to_its_end():
    sender = SenderReport(1, 2 << 40, 3, 4, 5)
    fir = struct.pack("!BBHLLLL", 0x84, 206, 4, 9, 0, 77, 0)
    bye = struct.pack("!BBHL", 0x81, 203, 1, 42)
    data = rtcp.sender_report(sender) + fir + bye + rtcp.picture_loss(1, 8)
    assert list(rtcp.parse(data)) == [sender, PictureLost(77), Goodbye((42,)), PictureLost(8)]
    assert list(rtcp.parse(data[:-1])) == [sender, PictureLost(77), Goodbye((42,))]


def test_losses_that_do_not_fit_are_clamped():
    packed = ReceptionBlock(1, 0, 1 << 30, 0, 0, 0, 0).pack()
    assert packed[5:8] == pytest.approx(b"\x7f\xff\xff")
