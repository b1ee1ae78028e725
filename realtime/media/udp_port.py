"""One UDP port for every connection of the process.

Datagrams find their connection by the address they come from. An address is learnt from an authenticated STUN
request, whose USERNAME begins with our user fragment (RFC 8445, 7.3; eight characters here, four would collide).
An address that belongs to a living connection stays with it, so that a forged source address steals nothing.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator

from aioice import Candidate, Connection, stun
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import StunProtocol, get_host_addresses

from realtime.media.datagrams import Address
from realtime.media.errors import MediaError
from realtime.media.settings import MediaSettings
from realtime.media.udp_socket import BulkUdp
from realtime.protocol.text import Fault


class MuxedProtocol(StunProtocol):
    """One connection's share of the port: what aioice believes to be its own socket."""

    def __init__(self, receiver: Connection, port: "UdpPort", deliver: Callable[[bytes], None]) -> None:
        super().__init__(receiver)
        self.port = port
        self.deliver = deliver
        self.addresses: set[Address] = set()
        self.transport = port.transport
        self.local_candidate = port.candidate()
        self.transactions = port.transactions

    async def close(self) -> None:
        self.port.leave(self)


class UdpPort(asyncio.DatagramProtocol):
    def __init__(self, announced: str | None) -> None:
        self._announced = announced
        self._by_fragment: dict[str, MuxedProtocol] = {}
        self._by_address: dict[Address, MuxedProtocol] = {}
        self.transactions: dict[bytes, stun.Transaction] = {}
        self.transport: BulkUdp
        self.stray = 0
        self.unsent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    @property
    def address(self) -> Address:
        name = self.transport.get_extra_info("sockname")
        return name[0], name[1]

    def candidate(self) -> Candidate:
        host, port = self.address
        return Candidate(
            foundation=candidate_foundation("host", "udp", host),
            component=1,
            transport="udp",
            priority=candidate_priority(1, "host"),
            host=self._announced or host,
            port=port,
            type="host",
        )

    def join(self, connection: Connection, deliver: Callable[[bytes], None]) -> MuxedProtocol:
        protocol = MuxedProtocol(connection, self, deliver)
        self._by_fragment[connection.local_username] = protocol
        return protocol

    def leave(self, protocol: MuxedProtocol) -> None:
        self._by_fragment.pop(protocol.receiver.local_username, None)
        for address in protocol.addresses:
            self._by_address.pop(address, None)
        protocol.addresses.clear()

    @property
    def connections(self) -> int:
        return len(self._by_fragment)

    def send(self, data: bytes, address: Address) -> bool:
        """Media: best effort. False when the kernel takes no more."""
        if self.transport.send(data, address):
            return True
        self.unsent += 1
        return False

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """RFC 7983 tells the kinds apart by the first byte: 0-3 STUN, 20-63 DTLS, 128-191 RTP and RTCP."""
        if not data:
            return
        if data[0] < 4:
            self._stun(data, addr)
        elif (protocol := self._by_address.get(addr)) is not None:
            protocol.deliver(data)
        else:
            self.stray += 1

    def error_received(self, exc: Exception) -> None:
        """ICMP "unreachable" for one peer; silence tells about that peer soon enough."""

    def _stun(self, data: bytes, address: Address) -> None:
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error, IndexError):
            self.stray += 1
            return
        if message.message_class == stun.Class.REQUEST:
            self._request(message, address)
        elif (transaction := self.transactions.get(message.transaction_id)) is not None:
            transaction.response_received(message, address)
            if (protocol := self._by_address.get(address)) is not None:
                protocol.deliver(b"")  # a consent check answered: the peer lives
        else:
            self.stray += 1

    def _request(self, message: stun.Message, address: Address) -> None:
        fragment = str(message.attributes.get("USERNAME", "")).partition(":")[0]
        protocol = self._by_fragment.get(fragment)
        if protocol is None or not message.check_message_integrity(protocol.receiver.local_password.encode()):
            self.stray += 1  # no answer: a stranger learns nothing, and cannot use us to shout at somebody
            return
        if self._by_address.setdefault(address, protocol) is not protocol:
            self.stray += 1
            return
        protocol.addresses.add(address)
        protocol.deliver(b"")
        protocol.receiver.request_received(message, address, protocol)


class MuxedConnection(Connection):
    """An ICE agent on shared ports. Overrides the one step that would open sockets of its own."""

    def __init__(
        self, ports: list[UdpPort], fragment: str, password: str, controlling: bool, deliver: Callable[[bytes], None]
    ) -> None:
        super().__init__(ice_controlling=controlling, local_username=fragment, local_password=password)
        self._ports = ports
        self._deliver = deliver

    async def gather_candidates(self) -> None:
        if self._local_candidates_start:
            return
        self._local_candidates_start = self._local_candidates_end = True
        self._protocols += [port.join(self, self._deliver) for port in self._ports]
        self._local_candidates += [protocol.local_candidate for protocol in self._protocols]

    @contextlib.contextmanager
    def hurried(self) -> Iterator[None]:
        """A handshake is answer upon answer: while it lasts, datagrams are hardly gathered."""
        for port in self._ports:
            port.transport.hurried += 1
        try:
            yield
        finally:
            for port in self._ports:
                port.transport.hurried -= 1

    def selected(self) -> tuple[UdpPort, Address] | None:
        """Where to send, once ICE has nominated a pair."""
        pair = self._nominated.get(1)
        if pair is None or not isinstance(pair.protocol, MuxedProtocol):
            return None
        return pair.protocol.port, pair.remote_addr


async def open_ports(settings: MediaSettings) -> list[UdpPort]:
    """Raises ``MediaError`` media_unavailable."""
    addresses = settings.addresses or tuple(get_host_addresses(use_ipv4=True, use_ipv6=False))
    if settings.loopback and "127.0.0.1" not in addresses:
        addresses = ("127.0.0.1", *addresses)
    if not addresses:
        raise MediaError("media_unavailable", "this host has no address but loopback: name one", fault=Fault.SERVER)
    ports = list[UdpPort]()
    for index, address in enumerate(addresses):
        announced = settings.announced[index] if index < len(settings.announced) else None
        port, raw = UdpPort(announced), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            raw.bind((address, settings.port))
        except OSError as error:
            raw.close()
            for opened in ports:
                opened.transport.close()
            detail = f"cannot bind UDP {address}:{settings.port}: {error.strerror}"
            raise MediaError("media_unavailable", detail, fault=Fault.SERVER) from None
        BulkUdp(raw, port, settings.gather_ms / 1000)
        ports.append(port)
    return ports
