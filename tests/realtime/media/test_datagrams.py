import random
import socket

import pytest

from realtime.media import datagrams
from realtime.media.datagrams import BATCH, MAX_DATAGRAM_BYTES, MAX_KNOWN_ADDRESSES


def bound() -> socket.socket:
    raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    raw.bind(("127.0.0.1", 0))
    raw.setblocking(False)
    return raw


@pytest.fixture
def sockets():
    made = [bound() for _ in range(4)]
    yield made
    for raw in made:
        raw.close()


@pytest.fixture(params=["ManyAtOnce", "OneByOne"])
def kind(request):
    return getattr(datagrams, f"_{request.param}")


def test_every_datagram_comes_with_its_sender_in_order(kind, sockets):
    server, *peers = sockets
    rng = random.Random(1)
    sent = []
    for _ in range(BATCH + 20):
        peer, data = rng.choice(peers), rng.randbytes(rng.choice([0, 1, 60, 1200, MAX_DATAGRAM_BYTES]))
        peer.sendto(data, server.getsockname())
        sent.append((data, peer.getsockname()))
    reader = kind(server)
    first, second = reader.read(), reader.read()
    assert (len(first), first + second) == (BATCH, sent)
    assert reader.read() == []


def test_what_is_too_long_is_cut(kind, sockets):
    server, peer, *_ = sockets
    peer.sendto(bytes(9000), server.getsockname())
    peer.sendto(b"next", server.getsockname())
    assert [len(data) for data, _ in kind(server).read()] == [MAX_DATAGRAM_BYTES, 4]


def test_a_closed_socket_is_an_error(kind, sockets):
    server = sockets[0]
    reader = kind(server)
    server.close()
    with pytest.raises(OSError, match="descriptor"):
        reader.read()


def test_strangers_do_not_fill_the_memory(sockets):
    server, peer, *_ = sockets
    reader = datagrams._ManyAtOnce(server)
    reader._known = dict.fromkeys(range(MAX_KNOWN_ADDRESSES), ("10.0.0.1", 1))
    peer.sendto(b"x", server.getsockname())
    assert reader.read() == [(b"x", peer.getsockname())]
    assert len(reader._known) == 1
