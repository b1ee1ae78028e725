from realtime.media.reception import Reception
from realtime.media.rtcp import SenderReport


def test_nothing_is_reported_before_anything_came():
    assert Reception(1, 48_000).block(0.0) is None


def test_losses_are_counted_in_all_and_in_the_interval():
    reception = Reception(7, 48_000)
    for i in range(100):
        if i % 4:
            reception.received((65_500 + i) & 0xFFFF, i * 960, i * 0.02)
    block = reception.block(2.0)
    assert (block.ssrc, block.lost) == (7, 24)  # the first of the hundred was never known of
    assert block.fraction_lost == (24 << 8) // 99
    assert block.highest_sequence == 65_599
    for i in range(100, 120):
        reception.received((65_500 + i) & 0xFFFF, i * 960, i * 0.02)
    block = reception.block(3.0)
    assert (block.fraction_lost, block.lost) == (0, 24)


def test_jitter_is_that_of_arrival_against_the_clock():
    even, uneven = Reception(1, 48_000), Reception(1, 48_000)
    for i in range(500):
        even.received(i, i * 960, i * 0.02)
        uneven.received(i, i * 960, i * 0.02 + (0.005 if i % 2 else 0))
    assert even.block(10).jitter == 0
    assert abs(uneven.block(10).jitter - 240) < 5  # 5 ms


def test_a_wrapped_timestamp_is_no_jitter():
    reception = Reception(1, 48_000)
    for i in range(100):
        reception.received(i, (2**32 - 48_000 + i * 960) % 2**32, i * 0.02)
    assert reception.block(2).jitter == 0


def test_the_last_sender_report_is_echoed_for_the_round_trip():
    reception = Reception(1, 48_000)
    reception.received(0, 0, 0)
    reception.reported(SenderReport(1, 0x1111_2222_3333_4444, 0, 0, 0), 5.0)
    block = reception.block(6.5)
    assert (block.last_report, block.delay) == (0x2222_3333, int(1.5 * 65536))
