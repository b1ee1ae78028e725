"""What the composition root decides about live media."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """``addresses``: where the one UDP port of this process is bound, and what candidates are offered; IPv4. Empty:
    every address of the host but loopback. ``("127.0.0.1",)`` keeps everything on this machine.

    ``announced``: written into the candidates instead, one for each address (a public address behind 1:1 NAT).
    ``port`` 0: the system chooses.
    """

    addresses: tuple[str, ...] = ()
    loopback: bool = False
    """Also offer 127.0.0.1: for a server that only this machine's own browsers can reach."""
    port: int = 0
    announced: tuple[str, ...] = ()
    max_connections: int = 1000
    max_watchers_per_interview: int = 20
    connect_within_s: float = 15.0
    """ICE and DTLS together; a browser on a good road needs 0.2 s."""
    dead_after_s: float = 10.0
    """No datagram at all, not even a STUN consent check (RFC 7675 asks for one every 5 s)."""
    packet_time_ms: int = 60
    """16.7 packets a second instead of 50 cost a third of the CPU, and 40 ms of latency."""
    gather_ms: float = 20.0
    """Datagrams are read together after at most this long. The waking up is what costs: 0 reads each at once."""
    video_kbps: int = 800
