"""The ICE servers handed to browsers: STUN and TURN URLs, and credentials that expire.

A TURN password is derived, not stored: user name ``expiry:id``, password ``base64(HMAC-SHA1(secret, user name))``
(draft-uberti-behave-turn-rest-00, section 2.2; coturn's ``use-auth-secret``). The relay checks it with the same
secret and asks nobody. The id is random: a relay's log names no candidate.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import TypedDict

from server.settings import Settings


class IceServer(TypedDict, total=False):
    """WebRTC's ``RTCIceServer``."""

    urls: str
    username: str
    credential: str


def ice_servers(settings: Settings, now_s: float) -> list[IceServer]:
    """``now_s``: seconds since 1970 UTC. Credentials are made anew for every caller."""
    servers = [IceServer(urls=url) for url in _urls(settings.ice_servers)]
    if settings.turn_secret:
        username = f"{int(now_s) + settings.turn_hours * 3600}:{secrets.token_hex(8)}"
        password = turn_password(settings.turn_secret, username)
        servers += [IceServer(urls=url, username=username, credential=password) for url in _urls(settings.turn_urls)]
    return servers


def turn_password(secret: str, username: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), hashlib.sha1)).decode()


def link_headers(servers: Iterable[IceServer]) -> list[str]:
    """``Link`` values as in RFC 9725, section 4.6. Everything in them is ours, made of characters that need no
    escaping: base64, digits, and URLs that the settings have checked."""
    return [_link(server) for server in servers]


def _link(server: IceServer) -> str:
    link = f'<{server["urls"]}>; rel="ice-server"'
    if "username" in server:
        link += f'; username="{server["username"]}"; credential="{server["credential"]}"; credential-type="password"'
    return link


def _urls(text: str) -> list[str]:
    return [url.strip() for url in text.split(",") if url.strip()]
