"""Real sockets on a loop whose readiness and time are ours."""

import asyncio
import socket

import pytest

from realtime.media.datagrams import BATCH
from realtime.media.udp_socket import HURRIED_S, MAX_AT_ONCE, BulkUdp


class Loop:
    """What ``BulkUdp`` asks of a loop, done by hand."""

    def __init__(self) -> None:
        self.readers, self.timers, self.soon = {}, [], []

    def add_reader(self, fd, callback):
        self.readers[fd] = callback

    def remove_reader(self, fd):
        return self.readers.pop(fd, None) is not None

    def call_later(self, delay_s, callback):
        handle = Handle(callback, delay_s)
        self.timers.append(handle)
        return handle

    def call_soon(self, callback, *arguments):
        handle = Handle(lambda: callback(*arguments), 0)
        self.soon.append(handle)
        return handle

    def wake(self):
        [callback] = self.readers.values()
        callback()

    def pass_time(self):
        due, self.timers = self.timers + self.soon, []
        self.soon = []
        for handle in due:
            if not handle.cancelled:
                handle.callback()


class Handle:
    def __init__(self, callback, delay_s):
        self.callback, self.delay_s, self.cancelled = callback, delay_s, False

    def cancel(self):
        self.cancelled = True


class Protocol(asyncio.DatagramProtocol):
    def __init__(self):
        self.got, self.errors, self.lost = [], [], 0

    def datagram_received(self, data, addr):
        if data == b"bad":
            raise RuntimeError("a bug")
        self.got.append(data)

    def error_received(self, exc):
        self.errors.append(exc)

    def connection_lost(self, exc):
        self.lost += 1


@pytest.fixture
def loop(monkeypatch):
    made = Loop()
    monkeypatch.setattr("asyncio.get_running_loop", lambda: made)
    return made


@pytest.fixture
def bulk(loop):
    raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    raw.bind(("127.0.0.1", 0))
    bulk = BulkUdp(raw, Protocol(), 0.02)
    yield bulk
    bulk.close()


@pytest.fixture
def peer(bulk):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.bind(("127.0.0.1", 0))
        raw.connect(bulk.get_extra_info("sockname"))
        yield raw


def test_the_first_is_read_at_once_those_after_it_together(loop, bulk, peer):
    got = bulk._protocol.got
    peer.send(b"1")
    loop.wake()
    assert got == [b"1"]
    assert loop.readers == {}  # no waking up until the time is over
    assert [t.delay_s for t in loop.timers] == [0.02]
    peer.send(b"2")
    peer.send(b"3")
    loop.pass_time()
    assert got == [b"1", b"2", b"3"]
    loop.pass_time()  # nothing came: quiet again
    assert loop.timers == []
    peer.send(b"4")
    loop.wake()
    assert got == [b"1", b"2", b"3", b"4"]


def test_in_a_hurry_it_is_hardly_gathered(loop, bulk, peer):
    bulk.hurried += 1
    peer.send(b"1")
    loop.wake()
    assert [t.delay_s for t in loop.timers] == [HURRIED_S]
    bulk.hurried -= 1
    peer.send(b"2")
    loop.pass_time()
    assert [t.delay_s for t in loop.timers] == [0.02]


def test_the_more_come_the_sooner_they_are_read(loop, bulk, peer):
    for data in range(4 * BATCH):
        peer.send(bytes(data))
    loop.wake()
    assert len(bulk._protocol.got) == 4 * BATCH
    assert [t.delay_s for t in loop.timers] == [0.005]


def test_a_flood_leaves_the_loop_its_turn(loop, bulk, peer):
    bulk._drain = lambda: MAX_AT_ONCE
    loop.wake()
    assert (len(loop.soon), loop.timers) == (1, [])


def test_one_datagram_does_not_cost_those_after_it(loop, bulk, peer, caplog):
    for data in (b"1", b"bad", b"2"):
        peer.send(data)
    loop.wake()
    assert bulk._protocol.got == [b"1", b"2"]
    assert "a datagram failed" in caplog.text


def test_an_error_of_the_socket_is_told_and_reading_goes_on(loop, bulk, peer):
    class Broken:
        def read(self):
            raise OSError(105, "no buffer space")

    working, bulk._reader = bulk._reader, Broken()
    peer.send(b"1")
    loop.wake()
    assert [error.errno for error in bulk._protocol.errors] == [105]
    bulk._reader = working
    loop.pass_time()
    assert bulk._protocol.got == [b"1"]


def test_what_the_kernel_does_not_take_is_dropped(bulk, peer):
    class Full:
        def sendto(self, data, address):
            raise BlockingIOError

        def close(self): ...

        def fileno(self):
            return raw.fileno()

    assert bulk.send(b"x", peer.getsockname())
    assert peer.recv(10) == b"x"
    raw, bulk._raw = bulk._raw, Full()
    assert not bulk.send(b"x", peer.getsockname())
    bulk._raw = raw
    assert not bulk.send(bytes(70_000), peer.getsockname())  # longer than UDP allows
    assert len(bulk._protocol.errors) == 1


@pytest.mark.parametrize("reading", [True, False])
def test_closing_leaves_nothing(loop, bulk, peer, reading):
    if reading:
        peer.send(b"1")
        loop.wake()
    bulk.close()
    bulk.close()
    loop.pass_time()
    assert loop.readers == {}
    assert bulk._protocol.lost == 1
    assert bulk.is_closing()
    assert not bulk.send(b"x", ("127.0.0.1", 9))


def test_closed_by_what_it_read(loop, bulk, peer):
    bulk._protocol.datagram_received = lambda data, addr: bulk.close()
    peer.send(b"1")
    peer.send(b"2")
    loop.wake()
    loop.pass_time()
    assert (loop.readers, loop.timers) == ({}, [])
