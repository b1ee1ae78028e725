import asyncio
import itertools

import pytest

from bench.media import relay as bad
from bench.media.relay import Relay, _redirect

CANDIDATES = ("abc 1 udp 2130706431 10.0.0.7 4711 typ host", "d 1 udp 5 10.0.0.8 4712 typ host")
DESCRIPTION = "v=0\r\n" + "".join(f"a=candidate:{candidate}\r\n" for candidate in CANDIDATES)


def test_both_sides_are_sent_to_the_relay():
    first, told = _redirect(DESCRIPTION, 99)
    assert first == ("10.0.0.7", 4711)
    assert told.count("127.0.0.1 99 typ host") == 2
    with pytest.raises(ValueError, match="candidates"):
        _redirect("v=0\r\n", 99)


async def test_only_media_is_treated_and_only_in_its_time(monkeypatch):
    passed = []
    relay = Relay(seed=1, bad_from_s=0, bad_until_s=60)
    monkeypatch.setattr(relay, "_pass", passed.append)
    monkeypatch.setattr(bad, "JITTER_S", 0.0)
    other = [bytes([22, 0]), bytes([0, 1]), bytes([0x80, 200])]  # DTLS, STUN, RTCP
    for data in other:
        relay.from_peer(data)
    assert passed == other
    media = [bytes([0x80, 111, *i.to_bytes(2)]) for i in range(2000)]
    for data in media:
        relay.from_peer(data)
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    arrived = [int.from_bytes(data[2:]) for data in passed[3:]]
    assert 20 <= relay.lost <= 60
    assert len(arrived) >= 2000 - relay.lost - 1  # one may be held back still
    late = [n for before, n in itertools.pairwise(arrived) if n < before]
    assert len(late) == pytest.approx(100, abs=8)

    passed.clear()
    relay._bad_s = (0, 0)
    for data in media[:100]:
        relay.from_peer(data)
    assert passed[-100:] == media[:100]
