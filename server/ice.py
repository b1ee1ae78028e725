"""The ICE servers handed to browsers."""

from server.settings import Settings


def ice_servers(settings: Settings) -> list[dict[str, object]]:
    """In the form of WebRTC's ``RTCIceServer``."""
    return [{"urls": url.strip()} for url in settings.ice_servers.split(",") if url.strip()]
