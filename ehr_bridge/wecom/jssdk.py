"""JS-SDK: what a page inside WeCom must show to use ``wx.config`` and ``wx.agentConfig`` (doc 90506)."""

import hashlib


def signature(ticket: str, noncestr: str, timestamp: int, url: str) -> str:
    """SHA-1 in hex. ``url``: of the page as it was first opened; what follows ``#`` takes no part."""
    page = url.partition("#")[0]
    signed = f"jsapi_ticket={ticket}&noncestr={noncestr}&timestamp={timestamp}&url={page}"
    return hashlib.sha1(signed.encode()).hexdigest()
