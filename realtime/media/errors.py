"""The one error of this room: typed, for a person, and never a stack trace of the library underneath."""

from realtime.protocol.text import Fault


class MediaError(Exception):
    """``code`` is one of ``realtime.protocol.refusals``: sdp_invalid, message_too_large, no_audio, no_transport,
    no_candidates, codec_unsupported, ice_restart_unsupported, connection_unknown, media_unavailable,
    recording_unknown, store_unavailable; or one that never leaves this room: connect_failed, picture_invalid,
    picture_too_large, object_key_invalid, object_damaged, media_shredded. ``detail`` says what was wrong, in English,
    without personal data."""

    def __init__(self, code: str, detail: str, *, retry: bool = False, fault: Fault = Fault.CLIENT) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retry = retry
        self.fault = fault
