"""The one error of this room: typed, for a person, and never a stack trace of the library underneath."""

from realtime.protocol.text import Fault


class MediaError(Exception):
    """``code`` is stable: sdp_invalid, sdp_too_large, no_audio, codec_unsupported, no_candidates, no_transport,
    too_many_connections, connection_unknown, ice_restart_unsupported, frame_* (``realtime.protocol.frames``),
    object_unknown, object_key_invalid. ``detail`` says what was wrong, in English, without personal data."""

    def __init__(self, code: str, detail: str, *, retry: bool = False, fault: Fault = Fault.CLIENT) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retry = retry
        self.fault = fault
