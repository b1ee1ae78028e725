"""What we use of aiortc 1.16.0 and aioice 0.13.0 that is not public. When one of these fails after an upgrade, look at
``realtime/media/link.py`` and ``realtime/media/udp_port.py`` before moving the pin in pyproject.toml."""

import importlib.metadata
import inspect

import aioice.ice
import pytest
from aiortc import RTCCertificate, RTCDtlsTransport

PINNED = {"aiortc": "1.16.0", "aioice": "0.13.0"}


@pytest.fixture
def hint():
    installed = {name: importlib.metadata.version(name) for name in PINNED}
    return f"written against {PINNED}, installed is {installed}"


def test_the_versions_are_the_pinned_ones(hint):
    assert {name: importlib.metadata.version(name) for name in PINNED} == PINNED, hint


class _Ice:
    role = "controlled"

    async def _recv(self):
        raise ConnectionError

    async def _send(self, data): ...


async def test_a_dtls_transport_takes_any_ice_with_role_recv_and_send(hint):
    dtls = RTCDtlsTransport(_Ice(), [RTCCertificate.generateCertificate()])
    for name in ("_rx_srtp", "_tx_srtp", "_task"):
        assert getattr(dtls, name, "absent") is None, f"RTCDtlsTransport.{name}: {hint}"
    dtls._set_role("server")
    assert dtls._role == "server", hint
    assert dtls.state == "new"
    source = inspect.getsource(RTCDtlsTransport)
    assert "self.transport._recv()" in source, f"how DTLS receives: {hint}"
    assert "self.transport._send(" in source, f"how DTLS sends: {hint}"
    await dtls.stop()


async def test_an_ice_agent_keeps_its_candidates_protocols_and_choice_where_we_look(hint):
    connection = aioice.ice.Connection(ice_controlling=False, local_username="a" * 8, local_password="b" * 24)
    expected = {
        "_local_candidates": [],
        "_local_candidates_start": False,
        "_local_candidates_end": False,
        "_protocols": [],
        "_nominated": {},
    }
    for name, value in expected.items():
        assert getattr(connection, name, "absent") == value, f"Connection.{name}: {hint}"
    assert list(inspect.signature(connection.request_received).parameters) == ["message", "addr", "protocol"], hint
    assert "self.transactions" in inspect.getsource(aioice.ice.StunProtocol.request), hint
    assert "protocol.close()" in inspect.getsource(aioice.ice.Connection.close), hint
    await connection.close()


def test_an_srtp_session_refuses_what_is_longer_than_we_let_through(hint):
    import pylibsrtp

    from realtime.media.link import MAX_SRTP_BYTES

    session = pylibsrtp.Session(pylibsrtp.Policy(key=bytes(30), ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND))
    with pytest.raises(pylibsrtp.Error):
        session.unprotect(b"\x80" + bytes(MAX_SRTP_BYTES - 1))
