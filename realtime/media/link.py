"""ICE, DTLS and SRTP with one peer. The one module, besides ``udp_port``, that reaches inside aiortc and aioice.

aiortc's peer connection is left out: a server that only ever answers needs its DTLS transport and nothing else of
it. What is touched that is not public is listed in ``tests/realtime/media/test_aiortc_contract.py``.
"""

import asyncio
import contextlib
import ipaddress
import logging
import secrets
import string
from collections.abc import Callable
from typing import Literal

import pylibsrtp
from aioice import Candidate
from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

from realtime.media.errors import MediaError
from realtime.media.sdp import MAX_CANDIDATES, Answer, Kind, Offer, write_answer
from realtime.media.settings import MediaSettings
from realtime.media.srtp import SrtpError, SrtpReceiver
from realtime.media.udp_port import MuxedConnection, UdpPort
from realtime.protocol.text import Fault

logger = logging.getLogger(__name__)

MAX_WAITING_HANDSHAKES = 64
"""DTLS datagrams waiting for the handshake; more are dropped, and DTLS sends again."""
MAX_EARLY_PACKETS = 32
"""A peer may send media before the last message of the handshake is worked off here: they wait for the keys."""
BYTES_PER_S, BURST_BYTES, MIN_COST_BYTES = 1024 * 1024, 2 * 1024 * 1024, 512
"""Ten times what an interview sends. A small packet costs as much work as a larger one, so it is charged as one."""
_ICE_CHARACTERS = string.ascii_letters + string.digits


class _IceForDtls:
    """What an ``RTCDtlsTransport`` needs of an ICE transport: a role, and a way in and out for its records."""

    def __init__(self, connection: MuxedConnection) -> None:
        self._connection = connection
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_WAITING_HANDSHAKES)
        self.dropped = 0

    @property
    def role(self) -> str:
        return "controlling" if self._connection.ice_controlling else "controlled"

    def feed(self, data: bytes | None) -> None:
        try:
            self._waiting.put_nowait(data)
        except asyncio.QueueFull:
            self.dropped += 1

    async def _recv(self) -> bytes:
        data = await self._waiting.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        await self._connection.send(data)


class SecureLink:
    """``on_rtp`` and ``on_rtcp`` get plain packets, on the loop, straight from the socket: no task, thread or
    queue stands between. ``on_closed`` is called once when the peer says goodbye."""

    def __init__(
        self,
        offer: Offer,
        ports: list[UdpPort],
        certificate: RTCCertificate,
        on_rtp: Callable[[bytes], None],
        on_rtcp: Callable[[bytes], None],
        on_closed: Callable[[str], None],
    ) -> None:
        self._offer = offer
        self._on_rtp, self._on_rtcp, self._on_closed = on_rtp, on_rtcp, on_closed
        fragment = "".join(secrets.choice(_ICE_CHARACTERS) for _ in range(8))
        password = "".join(secrets.choice(_ICE_CHARACTERS) for _ in range(24))
        self._connection = MuxedConnection(ports, fragment, password, offer.ice_lite, self._receive)
        self._certificate = certificate
        self._ice = _IceForDtls(self._connection)
        self._dtls = RTCDtlsTransport(self._ice, [certificate])  # type: ignore[arg-type]
        # RFC 8842, 5.3: an answer to actpass chooses; active saves a round trip.
        self.setup: Literal["active", "passive"] = "passive" if offer.role == "active" else "active"
        self._dtls._set_role("server" if self.setup == "passive" else "client")
        self._loop = asyncio.get_running_loop()
        self._incoming: SrtpReceiver | None = None
        self._early: list[bytes] = []
        self._remote_candidates = 0
        self.named_candidates = 0
        """UDP candidates, also mDNS names, which are not looked up: the peer's own checks come from there."""
        self._closed = False
        self.heard_at_s = self._loop.time()
        self._budget = float(BURST_BYTES)
        self.unauthentic = 0
        self.flooded = 0

    @property
    def connected(self) -> bool:
        return self._dtls.state == "connected"

    @property
    def fragment(self) -> str:
        return self._connection.local_username

    @property
    def remote_fragment(self) -> str:
        return self._offer.ufrag

    async def answer(self, settings: MediaSettings, sends: bool, ssrcs: dict[Kind, int]) -> str:
        await self._connection.gather_candidates()
        answer = Answer(
            ufrag=self._connection.local_username,
            password=self._connection.local_password,
            fingerprints=tuple((f.algorithm, f.value) for f in self._certificate.getFingerprints()),
            setup=self.setup,
            candidates=tuple(c.to_sdp() for c in self._connection.local_candidates),
            packet_time_ms=settings.packet_time_ms,
            video_kbps=settings.video_kbps,
            sends=sends,
            session_id=secrets.randbits(62),
            ssrcs=ssrcs,
        )
        return write_answer(self._offer, answer)

    async def connect(self) -> None:
        """Raises ``MediaError`` connect_failed. Has no time limit of its own."""
        self._connection.remote_username = self._offer.ufrag
        self._connection.remote_password = self._offer.password
        await self.add_candidates(self._offer.candidates)
        with self._connection.hurried():
            try:
                await self._connection.connect()
            except ConnectionError:
                raise MediaError("connect_failed", "ICE found no way", retry=True, fault=Fault.NETWORK) from None
            fingerprints = [RTCDtlsFingerprint(algorithm, value) for algorithm, value in self._offer.fingerprints]
            await self._dtls.start(RTCDtlsParameters(fingerprints=fingerprints))
        if not self.connected:
            raise MediaError("connect_failed", "the DTLS handshake failed", retry=True, fault=Fault.NETWORK)
        self._dtls.on("statechange", self._state_changed)

    async def add_candidates(self, lines: tuple[str, ...]) -> None:
        """Literal UDP addresses only: a name (mDNS) would cost a lookup, and its owner's own checks reach us anyway.
        The end of candidates is never told to the agent, so that a peer behind a NAT can still be found."""
        for line in lines:
            if self._remote_candidates == MAX_CANDIDATES:
                return
            try:
                candidate = Candidate.from_sdp(line)
            except (ValueError, IndexError):
                continue
            if candidate.component != 1 or candidate.transport.lower() != "udp":
                continue
            self.named_candidates += 1
            if candidate.host.endswith(".local"):
                continue
            if not 0 < candidate.port < 65536:
                continue
            with contextlib.suppress(ValueError):
                address = ipaddress.ip_address(candidate.host)
                if address.is_multicast or address.is_unspecified:
                    continue
            self._remote_candidates += 1
            with contextlib.suppress(ValueError):
                await self._connection.add_remote_candidate(candidate)

    def send_rtp(self, packet: bytes) -> bool:
        """Best effort; False when it was dropped."""
        target = self._connection.selected()
        if target is None or not self.connected:
            return False
        try:
            protected = self._dtls._tx_srtp.protect(packet)
        except (pylibsrtp.Error, ValueError):
            return False
        return target[0].send(protected, target[1])

    def send_rtcp(self, packet: bytes) -> None:
        target = self._connection.selected()
        if target is not None and self.connected:
            target[0].send(self._dtls._tx_srtp.protect_rtcp(packet), target[1])

    async def close(self) -> None:
        """Says goodbye (DTLS close_notify), frees everything. Any number of times."""
        if self._closed:
            return
        self._closed = True
        self._dtls.remove_all_listeners()
        pump = self._dtls._task
        await self._dtls.stop()
        self._ice.feed(None)
        await self._connection.close()
        if pump is not None:
            await asyncio.wait([pump])

    def _state_changed(self) -> None:
        if not self._closed and self._dtls.state in ("closed", "failed"):
            self._on_closed("the peer ended the DTLS session")

    def _receive(self, data: bytes) -> None:
        """One datagram of this peer; empty: an authenticated STUN check, which only tells that it lives.

        The boundary of a session: whatever one peer's packets set off ends that peer's link, and nothing else.
        """
        now_s, size = self._loop.time(), len(data)
        budget = self._budget + (now_s - self.heard_at_s) * BYTES_PER_S
        self._budget = budget if budget < BURST_BYTES else BURST_BYTES
        self.heard_at_s = now_s
        if size < 12 or self._closed:
            return
        if budget < 0:
            self.flooded += 1
            return
        self._budget -= size if size > MIN_COST_BYTES else MIN_COST_BYTES
        try:
            self._take(data)
        except Exception:
            logger.exception("media link failed")
            self._on_closed("internal error")

    def _take(self, data: bytes) -> None:
        first = data[0]
        if 128 <= first < 192:
            if self._incoming is None:
                self._wait_for_keys(data)
                return
            try:
                if 192 <= data[1] <= 223:  # RFC 5761, section 4
                    self._on_rtcp(self._incoming.unprotect_rtcp(data))
                else:
                    self._on_rtp(self._incoming.unprotect(data))
            except SrtpError:
                self.unauthentic += 1
        elif 20 <= first < 64:
            self._ice.feed(data)

    def _wait_for_keys(self, data: bytes) -> None:
        if len(self._early) == MAX_EARLY_PACKETS:
            self.unauthentic += 1
            return
        self._early.append(data)
        if self._dtls._rx_srtp is not None:
            self._incoming = SrtpReceiver(self._dtls._rx_srtp)
            early, self._early = self._early, []
            for waiting in early:
                self._take(waiting)
