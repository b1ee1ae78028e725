"""What we use of aiortc, aioice and pylibsrtp that is not public. When one of these fails after an upgrade, look at
``link.py``, ``udp_port.py`` and ``srtp.py`` in ``realtime/media`` before moving the pin in pyproject.toml."""

import ast
import importlib.metadata
import inspect
from pathlib import Path

import aioice.ice
import pytest
from aiortc import RTCCertificate, RTCDtlsTransport

import realtime.media

PINNED = {"aiortc": "1.16.0", "aioice": "0.13.0", "pylibsrtp": "1.0.0"}


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


def test_an_srtp_session_shows_its_handle_and_libsrtp_its_functions(hint):
    """``srtp.py`` calls libsrtp itself; what it gives is checked against pylibsrtp's own in ``test_srtp.py``."""
    import pylibsrtp
    from pylibsrtp._binding import ffi, lib

    session = pylibsrtp.Session(pylibsrtp.Policy(key=bytes(30), ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND))
    assert str(ffi.typeof(session._srtp)) == "<ctype 'struct srtp_ctx_t_ * *'>", hint
    assert int(ffi.cast("uintptr_t", session._srtp[0])) > 0, hint
    for name in ("srtp_unprotect", "srtp_unprotect_rtcp"):
        kind = ffi.typeof(ffi.addressof(lib, name))
        assert [str(argument) for argument in kind.args] == [
            "<ctype 'struct srtp_ctx_t_ *'>",
            "<ctype 'void *'>",
            "<ctype 'int *'>",
        ], f"{name}: {hint}"


GUARDED = {
    "RTCDtlsTransport": {"_rx_srtp", "_tx_srtp", "_task", "_set_role"},
    "Connection": {
        "_local_candidates",
        "_local_candidates_start",
        "_local_candidates_end",
        "_protocols",
        "_nominated",
    },
    "pylibsrtp": {"_srtp", "_binding"},
}


def _foreign(module: ast.Module) -> set[str]:
    """The private names a module uses and does not make itself, in an ``__init__`` or with ``def``."""
    own, used = set(), set()
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            own.update(n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
        if isinstance(node, ast.Attribute):
            used.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            used.update((node.module or "").split("."))
    return {name for name in used - own if name.startswith("_") and not name.startswith("__")}


def test_nothing_else_that_is_private_is_touched():
    modules = (ast.parse(path.read_text()) for path in Path(realtime.media.__path__[0]).glob("*.py"))
    assert set().union(*map(_foreign, modules)) == set().union(*GUARDED.values())
