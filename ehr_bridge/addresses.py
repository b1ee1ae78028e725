"""Whom the bridge may call: which names and addresses a URL that somebody typed in may lead to. Pure.

A webhook's URL is data. Without a rule, "http://169.254.169.254/…" would make this server read its own cloud's
credentials and tell what came back (server-side request forgery). So only addresses of the public internet are called,
and others only where the installation's own settings name them. What is checked is the *address that is connected to*,
at the moment of connecting (``ehr_bridge.checked_transport``): a name that resolves to a good address for the check
and to a bad one for the call gains nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

METADATA = frozenset(
    map(
        ip_address,
        (
            "169.254.169.254",  # AWS, Azure, Google, Tencent, Huawei …
            "169.254.170.2",  # AWS container credentials
            "100.100.100.200",  # Alibaba Cloud
            "168.63.129.16",  # Azure's host agent, a public address
            "fd00:ec2::254",  # AWS over IPv6
        ),
    )
)
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """``names`` and ``networks`` may lead into a private network; ``plain`` may be called without TLS ("*": all)."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    plain: frozenset[str] = frozenset()

    @classmethod
    def of(cls, allowed: str = "", plain: str = "") -> "AddressRules":
        """From two settings, comma-separated: host names, addresses and networks ("10.1.0.0/16"); host names or "*".
        Raises ``ValueError`` that names the entry."""
        names, networks = set(), []
        for entry in _entries(allowed):
            if "/" in entry or _as_address(entry) is not None:
                try:
                    networks.append(ip_network(entry))
                except ValueError:
                    raise ValueError(f"{entry!r} is neither an address nor a network such as 10.1.0.0/16") from None
            else:
                names.add(_folded(entry))
        return cls(frozenset(names), tuple(networks), frozenset(map(_folded, _entries(plain))))

    def plain_allowed(self, host: str) -> bool:
        return "*" in self.plain or _folded(host) in self.plain

    def refusal(self, host: str, address: Address) -> str | None:
        """Why ``address``, which ``host`` resolved to, is not called; None: it may be."""
        for seen in (address, *_embedded(address)):
            why = forbidden(seen)
            if why is None or (why != "metadata" and _folded(host) in self.names):
                continue
            # A metadata service is reached by naming it alone, never by a network that happens to contain it.
            if any(seen in each and (why != "metadata" or each.num_addresses == 1) for each in self.networks):
                continue
            return why
        return None


def forbidden(address: Address) -> str | None:
    """What makes an address none of the public internet's (IANA special-purpose registries, RFC 6890)."""
    if address in METADATA:
        return "metadata"
    if address.is_multicast:
        return "multicast"
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    return None if address.is_global else "private"


def _embedded(address: Address) -> Iterable[Address]:
    """IPv4 addresses that an IPv6 address leads to: mapped (RFC 4291), 6to4 (3056), Teredo (4380), NAT64 (6052)."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _as_address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _folded(host: str) -> str:
    return host.casefold().rstrip(".").removeprefix("[").removesuffix("]")
