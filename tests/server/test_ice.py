"""Credentials for a relay: derived, expiring, and without a name in them."""

import base64
import hashlib
import hmac

from server.ice import ice_servers, link_headers, turn_password
from server.settings import Settings

RELAYS = "turn:relay.example:3478?transport=udp, turns:relay.example:5349"
SETTINGS = Settings(ice_servers="stun:stun.example:3478", turn_urls=RELAYS, turn_secret="shared", turn_hours=2)


def test_nothing_configured_is_an_empty_list() -> None:
    assert ice_servers(Settings(), 0.0) == []


def test_the_password_is_the_hmac_of_the_user_name() -> None:
    expected = base64.b64encode(hmac.new(b"shared", b"1700007200:abcd", hashlib.sha1).digest()).decode()
    assert turn_password("shared", "1700007200:abcd") == expected == "5EhoV1iiOGE3kmZsGc0RWRZZX/c="


def test_every_caller_gets_its_own_name_and_both_relays_share_it() -> None:
    stun, udp, tls = ice_servers(SETTINGS, 1_700_000_000.9)
    assert stun == {"urls": "stun:stun.example:3478"}
    assert (udp["urls"], tls["urls"]) == tuple(RELAYS.split(", "))
    assert udp["username"] == tls["username"]
    expiry, _, name = udp["username"].partition(":")
    assert int(expiry) == 1_700_000_000 + 2 * 3600
    assert len(name) == 16
    assert udp["credential"] == turn_password("shared", udp["username"])
    assert ice_servers(SETTINGS, 1_700_000_000.9)[1]["username"] != udp["username"]


def test_link_headers_name_the_credential() -> None:
    stun, udp, _ = link_headers(ice_servers(SETTINGS, 0.0))
    assert stun == '<stun:stun.example:3478>; rel="ice-server"'
    assert udp.startswith('<turn:relay.example:3478?transport=udp>; rel="ice-server"; username="7200:')
    assert udp.endswith('; credential-type="password"')
