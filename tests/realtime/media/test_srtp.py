import os
import struct
import threading

import pylibsrtp
import pytest
from pylibsrtp import Policy

from realtime.media.srtp import MAX_BYTES, SrtpError, SrtpReceiver

PROFILES = {
    Policy.SRTP_PROFILE_AEAD_AES_256_GCM: 44,
    Policy.SRTP_PROFILE_AEAD_AES_128_GCM: 28,
    Policy.SRTP_PROFILE_AES128_CM_SHA1_80: 30,
}


def pair(profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM):
    key = os.urandom(PROFILES[profile])
    out, into = Policy.SSRC_ANY_OUTBOUND, Policy.SSRC_ANY_INBOUND
    sender = pylibsrtp.Session(Policy(key=key, ssrc_type=out, srtp_profile=profile))
    return sender, SrtpReceiver(pylibsrtp.Session(Policy(key=key, ssrc_type=into, srtp_profile=profile)))


def rtp(sequence, payload=b"speech"):
    return struct.pack("!BBHLL", 0x80, 111, sequence, sequence * 960, 7) + payload


RTCP = struct.pack("!BBHL", 0x80, 201, 1, 7)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_another_session_protected_is_read(profile):
    sender, receiver = pair(profile)
    for sequence in range(50):
        packet = rtp(sequence, os.urandom(sequence * 20))
        assert receiver.unprotect(sender.protect(packet)) == packet
    assert receiver.unprotect_rtcp(sender.protect_rtcp(RTCP)) == RTCP


def test_what_is_forged_damaged_replayed_cut_or_long_is_refused():
    sender, receiver = pair()
    good = sender.protect(rtp(1))
    bad = [good[:-1], good + b"x", good[:20] + bytes([good[20] ^ 1]) + good[21:], good[:12], good[:3], b""]
    bad += [os.urandom(200), good + bytes(MAX_BYTES), pair()[0].protect(rtp(1))]
    for packet in bad:
        with pytest.raises(SrtpError):
            receiver.unprotect(packet)
        with pytest.raises(SrtpError):
            receiver.unprotect_rtcp(packet)
    assert receiver.unprotect(good) == rtp(1)
    with pytest.raises(SrtpError):
        receiver.unprotect(good)


def test_the_longest_packet_fits():
    sender, receiver = pair()
    packet = rtp(1, bytes(1300))
    assert receiver.unprotect(sender.protect(packet)) == packet
    with pytest.raises(SrtpError):
        receiver.unprotect(bytes([0x80]) + bytes(MAX_BYTES - 1))


def test_sessions_do_not_mix():
    pairs = [pair() for _ in range(5)]
    for sequence in range(20):
        for number, (sender, receiver) in enumerate(pairs):
            packet = rtp(sequence, bytes([number]) * 30)
            assert receiver.unprotect(sender.protect(packet)) == packet


def test_the_interpreter_lock_is_kept():
    """A thread that never rests gets the lock when it is let go: not once in thousands of packets in a row."""
    sender, receiver = pair()
    packets = [sender.protect(rtp(sequence)) for sequence in range(2000)]
    turns, stop = 0, False

    def busy():
        nonlocal turns
        while not stop:
            turns += 1

    import sys

    before = sys.getswitchinterval()
    thread = threading.Thread(target=busy)
    thread.start()
    sys.setswitchinterval(60)  # nobody is forced to let go
    try:
        during = turns
        for packet in packets:
            receiver.unprotect(packet)
        during = turns - during
    finally:
        stop = True
        sys.setswitchinterval(before)
        thread.join()
    assert during == 0
