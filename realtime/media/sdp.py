"""Just enough SDP (RFC 8866) to answer a WHIP or WHEP offer, and nothing of it trusted.

We only ever answer, with one bundled transport, Opus and VP8, so the whole negotiation is: read the offer into
frozen values (``read_offer``), refuse what cannot work with a typed error, write the answer (``write_answer``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from realtime.media.errors import MediaError

MAX_OFFER_BYTES = 64 * 1024
MAX_SECTIONS = 16
MAX_CANDIDATES = 32
AUDIO_LEVEL_URI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

Kind = Literal["audio", "video"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}")
_ICE = re.compile(r"[A-Za-z0-9+/]{4,256}")
_FINGERPRINT = re.compile(r"(sha-256|sha-384|sha-512) ((?:[0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Codec:
    """``feedback``: the offered ``a=rtcp-fb`` values, such as ``nack`` and ``nack pli``."""

    payload_type: int
    feedback: frozenset[str]


@dataclass(frozen=True, slots=True)
class Section:
    """One m= line of the offer. ``codec`` None: nothing in it that we speak, it will be rejected."""

    media: str
    protocol: str
    formats: str
    mid: str
    direction: Direction
    codec: Codec | None
    audio_level_id: int | None
    bundled: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """``role``: what the peer wants to be in DTLS. ``candidates``: the values of ``a=candidate``, unread."""

    sections: tuple[Section, ...]
    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    role: Literal["actpass", "active", "passive"]
    ice_lite: bool
    candidates: tuple[str, ...]

    def first(self, kind: Kind) -> Section | None:
        return next((s for s in self.sections if s.media == kind and s.codec is not None), None)


@dataclass(slots=True)
class _Lines:
    """The attributes of the session or of one section."""

    head: str = ""
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def all(self, name: str) -> list[str]:
        return self.attributes.get(name, [])

    def one(self, name: str, otherwise: "_Lines | None" = None) -> str | None:
        values = self.all(name) or (otherwise.all(name) if otherwise else [])
        return values[0] if values else None


def _invalid(detail: str) -> MediaError:
    return MediaError("sdp_invalid", detail)


def _split(sdp: str) -> tuple[_Lines, list[_Lines]]:
    session, sections = _Lines(), list[_Lines]()
    current = session
    for line in sdp.splitlines():
        if line.startswith("m="):
            if len(sections) == MAX_SECTIONS:
                raise _invalid(f"more than {MAX_SECTIONS} media sections")
            current = _Lines(head=line[2:])
            sections.append(current)
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            current.attributes.setdefault(name.strip(), []).append(value.strip())
    return session, sections


def read_offer(sdp: str, sends: bool = True) -> Offer:
    """``sends``: the peer publishes (WHIP); False: it watches (WHEP).

    Raises ``MediaError``: message_too_large, sdp_invalid, no_transport (ICE or DTLS missing), no_audio,
    codec_unsupported (media, but neither Opus nor VP8), no_candidates.
    """
    if len(sdp.encode(errors="replace")) > MAX_OFFER_BYTES:
        raise MediaError("message_too_large", f"an offer has at most {MAX_OFFER_BYTES} bytes")
    if not sdp.startswith("v=0"):
        raise _invalid("an offer starts with v=0")
    session, lines = _split(sdp)
    if not lines:
        raise _invalid("no media section")
    bundle = _bundle(session)
    sections = tuple(_section(s, session, bundle, first=i == 0) for i, s in enumerate(lines))
    _require_media(sections, sends)
    carrier = next(raw for raw, s in zip(lines, sections, strict=True) if s.codec is not None)
    ufrag, password = carrier.one("ice-ufrag", session), carrier.one("ice-pwd", session)
    if not ufrag or not password or not _ICE.fullmatch(ufrag) or not _ICE.fullmatch(password) or len(password) < 22:
        raise MediaError("no_transport", "a=ice-ufrag and a=ice-pwd are missing or malformed (RFC 8839)")
    fingerprints = tuple(
        (match[1].lower(), match[2].upper())
        for value in (carrier.all("fingerprint") or session.all("fingerprint"))[:8]
        if (match := _FINGERPRINT.fullmatch(value))
    )
    if not fingerprints:
        raise MediaError("no_transport", "no a=fingerprint with SHA-256 or better (RFC 8122)")
    role = carrier.one("setup", session) or "actpass"
    if role not in ("actpass", "active", "passive"):
        raise _invalid("a=setup is none of actpass, active, passive (RFC 8842)")
    candidates = tuple(value for raw in lines for value in raw.all("candidate"))[:MAX_CANDIDATES]
    options = (carrier.one("ice-options", session) or "").split()
    ended = "end-of-candidates" in session.attributes or any("end-of-candidates" in raw.attributes for raw in lines)
    if not candidates and (ended or "trickle" not in options):
        raise MediaError("no_candidates", "no ICE candidate, and none to come")
    return Offer(sections, ufrag, password, fingerprints, role, "ice-lite" in session.attributes, candidates)  # type: ignore[arg-type]


def _bundle(session: _Lines) -> frozenset[str]:
    for group in session.all("group"):
        words = group.split()
        if words[:1] == ["BUNDLE"]:
            return frozenset(words[1:])
    return frozenset()


def _section(raw: _Lines, session: _Lines, bundle: frozenset[str], first: bool) -> Section:
    parts = raw.head.split()
    if len(parts) < 4 or not _TOKEN.fullmatch(parts[0]) or not parts[1].isascii() or not parts[1].isdigit():
        raise _invalid("malformed m= line")
    media, port, protocol, *formats = parts
    mid = raw.one("mid") or ""
    if mid and not _TOKEN.fullmatch(mid):
        raise _invalid("malformed a=mid")
    direction: Direction = "sendrecv"
    for name in ("sendonly", "recvonly", "inactive", "sendrecv"):
        if name in raw.attributes or name in session.attributes:
            direction = name
            break
    bundled = mid in bundle
    usable = (port != "0" or bundled) and (bundled or first) and direction != "inactive"
    codec = _codec(raw, media, formats) if usable and "SAVP" in protocol else None
    return Section(media, protocol, " ".join(formats), mid, direction, codec, _audio_level_id(raw), bundled)


def _codec(raw: _Lines, media: str, formats: list[str]) -> Codec | None:
    """The first payload type that is Opus (48000/2, RFC 7587) or VP8 (90000, RFC 7741)."""
    wanted = {"audio": "opus/48000/2", "video": "vp8/90000"}.get(media)
    names = dict(value.partition(" ")[::2] for value in raw.all("rtpmap"))
    for number in formats:
        if names.get(number, "").strip().lower() == wanted and _is_payload_type(number):
            feedback = (value.partition(" ") for value in raw.all("rtcp-fb"))
            offered = frozenset(rest.strip() for name, _, rest in feedback if name in (number, "*"))
            return Codec(int(number), offered)
    return None


def _is_payload_type(text: str) -> bool:
    """RFC 5761: 64-95 would be taken for RTCP."""
    return text.isascii() and text.isdigit() and len(text) <= 3 and (int(text) < 64 or 95 < int(text) < 128)


def _audio_level_id(raw: _Lines) -> int | None:
    """Who offers chooses the id, so it is read and never assumed (RFC 6464, RFC 8285)."""
    for value in raw.all("extmap"):
        number, _, uri = value.partition(" ")
        number = number.partition("/")[0]
        if uri.split(" ")[0] == AUDIO_LEVEL_URI and number.isascii() and number.isdigit() and 0 < int(number[:4]) < 15:
            return int(number)
    return None


def _require_media(sections: tuple[Section, ...], sends: bool) -> None:
    directions = ("sendrecv", "sendonly" if sends else "recvonly")
    media = [s for s in sections if s.media in ("audio", "video") and s.direction in directions]
    if not any(s.media == "audio" for s in media) and (sends or not media):
        raise MediaError("no_audio", "the offer has no audio that this side could " + ("receive" if sends else "send"))
    if not any(s.codec is not None and (s.media == "audio" or not sends) for s in media):
        raise MediaError("codec_unsupported", "only Opus (48000/2) and VP8 are spoken here")
    types = [s.codec.payload_type for s in sections if s.codec is not None]
    if len(set(types)) != len(types) and len({s.media for s in sections if s.codec is not None}) > 1:
        raise _invalid("two bundled sections share a payload type (RFC 8843)")


@dataclass(frozen=True, slots=True)
class Answer:
    """Our side of the bundled transport. ``ssrcs``: what we send with, by kind (WHEP only)."""

    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    setup: Literal["active", "passive"]
    candidates: tuple[str, ...]
    packet_time_ms: int
    video_kbps: int
    sends: bool
    session_id: int
    ssrcs: dict[Kind, int] = field(default_factory=dict)


def write_answer(offer: Offer, answer: Answer) -> str:
    """RFC 9429, section 5.3: every section of the offer is answered; what we do not speak gets port 0."""
    accepted: list[Section] = [s for kind in ("audio", "video") if (s := offer.first(kind)) is not None]
    lines = ["v=0", f"o=- {answer.session_id} 1 IN IP4 0.0.0.0", "s=-", "t=0 0"]
    if mids := [s.mid for s in offer.sections if s in accepted and s.bundled]:
        lines.append("a=group:BUNDLE " + " ".join(mids))
    lines.append("a=msid-semantic: WMS *")
    for section in offer.sections:
        lines += _accept(section, answer) if section in accepted else _reject(section)
    return "\r\n".join(lines) + "\r\n"


def _reject(section: Section) -> Iterator[str]:
    yield f"m={section.media} 0 {section.protocol} {section.formats}"
    yield "c=IN IP4 0.0.0.0"
    if section.mid:
        yield f"a=mid:{section.mid}"
    yield "a=inactive"


def _accept(section: Section, answer: Answer) -> Iterator[str]:
    codec = section.codec
    assert codec is not None
    number = codec.payload_type
    yield f"m={section.media} 9 UDP/TLS/RTP/SAVPF {number}"
    yield "c=IN IP4 0.0.0.0"
    if section.mid:
        yield f"a=mid:{section.mid}"
    yield "a=sendonly" if answer.sends else "a=recvonly"
    yield "a=rtcp-mux"
    if section.media == "audio":
        yield from _audio(section, number, answer)
    else:
        yield from _video(number, answer)
    yield from (f"a=rtcp-fb:{number} {value}" for value in ("nack", "nack pli", "ccm fir") if value in codec.feedback)
    kind: Kind = "audio" if section.media == "audio" else "video"
    if answer.sends and kind in answer.ssrcs:
        yield f"a=msid:viva {kind}"
        yield f"a=ssrc:{answer.ssrcs[kind]} cname:viva"
    yield f"a=ice-ufrag:{answer.ufrag}"
    yield f"a=ice-pwd:{answer.password}"
    yield from (f"a=fingerprint:{algorithm} {value}" for algorithm, value in answer.fingerprints)
    yield f"a=setup:{answer.setup}"
    yield from (f"a=candidate:{candidate}" for candidate in answer.candidates)
    yield "a=end-of-candidates"


def _audio(section: Section, number: int, answer: Answer) -> Iterator[str]:
    yield f"a=rtpmap:{number} opus/48000/2"
    # Requests to the sender (RFC 7587, section 6.1): one voice, error correction in band. No discontinuous
    # transmission: it clips the first syllable after every pause (docs/decisions/0025).
    yield f"a=fmtp:{number} minptime=10;useinbandfec=1;usedtx=0;stereo=0;maxaveragebitrate=32000"
    yield f"a=ptime:{answer.packet_time_ms}"
    if section.audio_level_id is not None and not answer.sends:
        yield f"a=extmap:{section.audio_level_id} {AUDIO_LEVEL_URI}"


def _video(number: int, answer: Answer) -> Iterator[str]:
    yield f"b=AS:{answer.video_kbps}"
    yield f"a=rtpmap:{number} VP8/90000"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A trickle fragment (RFC 8840): candidates of an ICE generation that ``ufrag`` names. ``last``: no more come."""

    ufrag: str | None
    candidates: tuple[str, ...]
    last: bool


def read_fragment(text: str) -> Fragment:
    """Raises ``MediaError``: message_too_large."""
    if len(text.encode(errors="replace")) > MAX_OFFER_BYTES:
        raise MediaError("message_too_large", f"a fragment has at most {MAX_OFFER_BYTES} bytes")
    values = [line[2:].partition(":")[::2] for line in text.splitlines() if line.startswith("a=")]
    ufrag = next((value.strip() for name, value in values if name == "ice-ufrag"), None)
    candidates = tuple(v.strip() for name, v in values if name == "candidate")[:MAX_CANDIDATES]
    return Fragment(ufrag, candidates, any(name.strip() == "end-of-candidates" for name, _ in values))
