"""WHIP in (RFC 9725) and WHEP out: the door that the server knocks at.

A connection has one set-up task, which ends when DTLS is done; after that its packets are handled where they
arrive. One timer per door, once a second, sends receiver reports and finds the dead.
"""

import asyncio
import functools
import logging
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from aiortc import RTCCertificate

from realtime.media.errors import MediaError
from realtime.media.forward import Rewriting, Room, Watcher
from realtime.media.ingest import MediaSink, MediaStatistics
from realtime.media.link import SecureLink
from realtime.media.rtp_ingest import RtpIngest
from realtime.media.sdp import Kind, Offer, read_fragment, read_offer
from realtime.media.settings import MediaSettings
from realtime.media.udp_port import UdpPort, open_ports
from realtime.protocol.text import Fault

logger = logging.getLogger(__name__)

TICK_S = 1.0


@dataclass(slots=True)
class DoorCounters:
    """Totals since the door was made."""

    refused: int = 0
    connected: int = 0
    failed: int = 0
    timed_out: int = 0
    died: int = 0
    ended: int = 0


class Connection:
    """One peer: what a WHIP or WHEP resource stands for. ``id`` is unguessable and goes into its URL."""

    def __init__(self, interview_id: str) -> None:
        self.id = secrets.token_urlsafe(18)
        self.etag = f'"{secrets.token_hex(8)}"'
        self.interview_id = interview_id
        self.answer_sdp = ""
        self._link: SecureLink
        self._setup: asyncio.Task[None] | None = None
        self._sink: MediaSink | None = None
        self._watcher: Watcher | None = None
        self._ended = False

    @property
    def connected(self) -> bool:
        return not self._ended and self._link.connected


class Publication(Connection):
    """A candidate's connection; ``control`` is what the interview holds."""

    control: "RtcControl"


class RtcControl:
    """``MediaControl`` over RTP."""

    def __init__(self, ingest: RtpIngest, door: "WebRtcDoor", connection_id: str) -> None:
        self._ingest = ingest
        self._door = door
        self._connection_id = connection_id

    def decode_audio(self, wanted: bool) -> None:
        self._ingest.audio.decode(wanted)

    def decode_pictures(self, per_second: float) -> None:
        self._ingest.video.tap.decode(per_second)
        if self._ingest.video.tap.wants_key_frame(0):
            self._ingest.request_key_frame()

    def request_key_frame(self) -> None:
        self._ingest.request_key_frame()

    def latest_still(self) -> bytes | None:
        return self._ingest.video.tap.latest_still()

    def statistics(self) -> MediaStatistics:
        return self._ingest.statistics()

    async def close(self) -> None:
        await self._door.close(self._connection_id, missing_ok=True)


class WebRtcDoor:
    def __init__(self, settings: MediaSettings | None = None) -> None:
        self._settings = settings or MediaSettings()
        self._certificate = RTCCertificate.generateCertificate()
        self._ports: list[UdpPort] = []
        self._opening = asyncio.Lock()
        self._connections: dict[str, Connection] = {}
        self._rooms: dict[str, Room] = {}
        self._publishers: dict[str, RtpIngest] = {}
        self._ingests: dict[str, RtpIngest] = {}
        self._ticker: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self.counters = DoorCounters()

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def offer(self, interview_id: str, sdp: str, sink: MediaSink) -> Publication:
        """Answers at once; ``sink.media_changed("webrtc", True)`` tells when media may come. The newest connection
        of an interview to connect replaces the others. Raises ``MediaError``, see ``read_offer``."""
        offer = self._read(sdp, sends=True)
        connection = Publication(interview_id)
        connection._sink = sink
        link = await self._link(connection, offer, functools.partial(self._published, connection))
        ingest = RtpIngest(offer, sink, link.send_rtcp, asyncio.get_running_loop().time())
        self._ingests[connection.id] = ingest
        connection.control = RtcControl(ingest, self, connection.id)
        connection.answer_sdp = await link.answer(self._settings, False, {})
        self._begin(connection)
        return connection

    async def watch(self, interview_id: str, sdp: str) -> Connection:
        """The candidate's media as they come, also when the candidate connects later or again."""
        offer = self._read(sdp, sends=False)
        others = (c for c in self._connections.values() if not isinstance(c, Publication))
        watching = sum(other.interview_id == interview_id for other in others)
        if watching >= self._settings.max_watchers_per_interview:
            self.counters.refused += 1
            raise MediaError("media_unavailable", "this interview has its watchers", retry=True, fault=Fault.SERVER)
        connection = Connection(interview_id)
        link = await self._link(connection, offer, lambda data: None)
        kinds: tuple[Kind, ...] = ("audio", "video")
        streams = {
            kind: Rewriting(kind, section.codec.payload_type, secrets.randbits(32))
            for kind in kinds
            if (section := offer.first(kind)) is not None and section.codec is not None
        }
        connection._watcher = Watcher(streams, link.send_rtp, link.send_rtcp)
        connection.answer_sdp = await link.answer(self._settings, True, {k: s.ssrc for k, s in streams.items()})
        self._begin(connection)
        return connection

    def interview_of(self, connection_id: str) -> str:
        """Whose it is. Raises ``MediaError`` connection_unknown."""
        return self._find(connection_id).interview_id

    def etag_of(self, connection_id: str) -> str:
        """The strong ETag of its ICE session. Raises ``MediaError`` connection_unknown."""
        return self._find(connection_id).etag

    async def trickle(self, connection_id: str, fragment: str) -> None:
        """A peer that has named no address when it says "no more" is let go at once: nothing could reach it.

        Raises ``MediaError`` connection_unknown, message_too_large, ice_restart_unsupported, no_candidates."""
        connection = self._find(connection_id)
        read = read_fragment(fragment)
        if read.ufrag is not None and read.ufrag != connection._link.remote_fragment:
            raise MediaError("ice_restart_unsupported", "make a new connection instead: POST the offer again")
        await connection._link.add_candidates(read.candidates)
        if read.last and not connection._link.named_candidates:
            self.counters.failed += 1
            await self._end(connection, "the peer has no candidate")
            raise MediaError("no_candidates", "the peer ended its candidates without naming one")

    async def close(self, connection_id: str, *, missing_ok: bool = False) -> None:
        """Raises ``MediaError`` connection_unknown."""
        if missing_ok and connection_id not in self._connections:
            return
        await self._end(self._find(connection_id), "closed by us")

    async def close_all(self) -> None:
        """Every peer hears it; no task and no socket is left."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait([self._ticker])
            self._ticker = None
        for connection in list(self._connections.values()):
            await self._end(connection, "the server closes")
        if self._closing:
            await asyncio.wait(self._closing)
        for port in self._ports:
            port.transport.close()
        self._ports.clear()
        await asyncio.sleep(0)  # transports tell their loss in the next turn

    def _read(self, sdp: str, sends: bool) -> Offer:
        try:
            offer = read_offer(sdp, sends)
        except MediaError:
            self.counters.refused += 1
            raise
        if len(self._connections) >= self._settings.max_connections:
            self.counters.refused += 1
            raise MediaError("media_unavailable", "this server is full", retry=True, fault=Fault.SERVER)
        return offer

    def _find(self, connection_id: str) -> Connection:
        connection = self._connections.get(connection_id)
        if connection is None:
            raise MediaError("connection_unknown", "no such connection, or it has ended")
        return connection

    async def _link(self, connection: Connection, offer: Offer, on_rtp: Any) -> SecureLink:
        async with self._opening:
            if not self._ports:
                self._ports = await open_ports(self._settings)
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick_forever(), name="media-ticker")
        connection._link = SecureLink(
            offer,
            self._ports,
            self._certificate,
            on_rtp,
            functools.partial(self._reported, connection),
            functools.partial(self._peer_ended, connection),
        )
        self._connections[connection.id] = connection
        return connection._link

    def _begin(self, connection: Connection) -> None:
        connection._setup = asyncio.create_task(self._connect(connection), name=f"media-setup-{connection.id[:6]}")

    async def _connect(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(self._settings.connect_within_s):
                await connection._link.connect()
        except TimeoutError:
            self.counters.timed_out += 1
            self._end_soon(connection, "not connected in time")
        except MediaError as error:
            self.counters.failed += 1
            self._end_soon(connection, error.detail)
        except Exception:  # the boundary of this task: one peer's handshake
            self.counters.failed += 1
            logger.exception("media set-up failed")
            self._end_soon(connection, "internal error")
        else:
            self.counters.connected += 1
            self._established(connection)

    def _established(self, connection: Connection) -> None:
        room = self._rooms.setdefault(connection.interview_id, Room())
        if connection._watcher is not None:
            begun = room.join(connection._watcher, asyncio.get_running_loop().time())
            if not begun and (publisher := self._publishers.get(connection.interview_id)) is not None:
                publisher.request_key_frame()
            return
        for other in list(self._connections.values()):
            if other is not connection and other.interview_id == connection.interview_id and other._sink is not None:
                if other._sink is connection._sink:
                    other._sink = None  # it must not tell "disconnected" after the new one told "connected"
                self._end_soon(other, "replaced by a newer connection")
        ingest = self._ingests[connection.id]
        loop = asyncio.get_running_loop()
        ingest.forward = lambda kind, packet: room.forward(kind, packet, loop.time())
        ingest.report = room.report
        self._publishers[connection.interview_id] = ingest
        if connection._sink is not None:
            connection._sink.media_changed("webrtc", True)

    def _published(self, connection: Connection, data: bytes) -> None:
        if (ingest := self._ingests.get(connection.id)) is not None:
            ingest.receive(data, connection._link.heard_at_s)

    def _reported(self, connection: Connection, data: bytes) -> None:
        if connection._watcher is None:
            if (ingest := self._ingests.get(connection.id)) is not None:
                ingest.receive_rtcp(data, connection._link.heard_at_s)
            return
        room, publisher = self._rooms.get(connection.interview_id), self._publishers.get(connection.interview_id)
        if room is not None and room.receive_rtcp(connection._watcher, data) and publisher is not None:
            publisher.request_key_frame()

    def _peer_ended(self, connection: Connection, reason: str) -> None:
        self.counters.ended += 1
        self._end_soon(connection, reason)

    def _end_soon(self, connection: Connection, reason: str) -> None:
        self._spawn(self._end(connection, reason))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="media-closing")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _end(self, connection: Connection, reason: str) -> None:
        if connection._ended:
            return
        connection._ended = True
        self._connections.pop(connection.id, None)
        ingest = self._ingests.pop(connection.id, None)
        if ingest is not None and self._publishers.get(connection.interview_id) is ingest:
            del self._publishers[connection.interview_id]
        room = self._rooms.get(connection.interview_id)
        if room is not None and connection._watcher is not None:
            room.watchers.discard(connection._watcher)
        if not any(c.interview_id == connection.interview_id for c in self._connections.values()):
            self._rooms.pop(connection.interview_id, None)
        if connection._setup is not None and not connection._setup.done():
            connection._setup.cancel()
            await asyncio.wait([connection._setup])
        await connection._link.close()
        logger.info("media connection %s closed: %s", connection.id[:6], reason)
        if connection._sink is not None:
            connection._sink.media_changed("webrtc", False)

    async def _tick_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_S)
            self._tick(loop.time())

    def _tick(self, now_s: float) -> None:
        for connection in list(self._connections.values()):
            if not connection.connected:
                continue
            if now_s - connection._link.heard_at_s > self._settings.dead_after_s:
                self.counters.died += 1
                self._end_soon(connection, f"nothing heard for {self._settings.dead_after_s:g} s")
            elif connection._watcher is not None and connection._watcher.stalled:
                self._end_soon(connection, "the watcher takes no more")
            elif (ingest := self._ingests.get(connection.id)) is not None:
                ingest.tick(now_s)
