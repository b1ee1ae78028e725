"""What WeCom posts to us: a flat XML envelope around the ciphertext, and flat XML in it.

Read by expat with everything switched off that XML can do to a server: a DOCTYPE ends the reading, depth and size
are bounded. An answer is due in 5 s, WeCom asks three times, so the door takes in, answers empty, and works later;
``key`` is what tells a repetition: MsgId, for events FromUserName and CreateTime (doc 90238).
"""

from dataclasses import dataclass
from xml.parsers import expat

from ehr_bridge.wecom.crypt import CryptError, Secrets, open_sealed

MAX_BYTES = 256 * 1024
MAX_DEPTH = 4
MAX_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Received:
    """``fields``: leaves by name, the first of each. ``key``: the same for every repetition of one message."""

    kind: str
    event: str
    sender: str
    created_s: int
    key: str
    fields: dict[str, str]


def envelope(body: bytes) -> str:
    """The ciphertext in the posted XML. Raises ``CryptError`` -40002."""
    encrypted = flat_xml(body).get("Encrypt", "")
    if not encrypted:
        raise CryptError(-40002)
    return encrypted


def receive(secrets: Secrets, msg_signature: str, timestamp: str, nonce: str, body: bytes) -> Received:
    """From the posted body to the message. Raises ``CryptError``."""
    return read(open_sealed(secrets, msg_signature, timestamp, nonce, envelope(body)))


def read(plain: bytes) -> Received:
    """One decrypted message. Raises ``CryptError`` -40002."""
    fields = flat_xml(plain)
    kind, event, sender = fields.get("MsgType", ""), fields.get("Event", ""), fields.get("FromUserName", "")
    created = fields.get("CreateTime", "")
    if not kind or not (created.isdecimal() and len(created) < 14):
        raise CryptError(-40002)
    # 客服 calls with kf_msg_or_event and no sender: what happened is told by sync_msg, under the token in it.
    who = sender or fields.get("OpenKfId", "")
    message_id = fields.get("MsgId", "")
    key = f"msg:{message_id}" if message_id else f"event:{who}:{created}:{event}:{fields.get('Token', '')}"
    return Received(kind, event, sender, int(created), key[:200], fields)


def flat_xml(body: bytes) -> dict[str, str]:
    """Leaves by name; the first one of a name counts. Raises ``CryptError`` -40002."""
    if len(body) > MAX_BYTES:
        raise CryptError(-40002)
    reading = _Reading()
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = reading.opened
    parser.EndElementHandler = reading.closed
    parser.CharacterDataHandler = reading.said
    parser.StartDoctypeDeclHandler = reading.refused
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, _Unwanted):
        raise CryptError(-40002) from None
    return reading.fields


class _Unwanted(Exception):
    """More than a message of WeCom ever holds."""


class _Reading:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._leaf = False

    def opened(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name)
        self._text, self._leaf = [], True
        if len(self._path) > MAX_DEPTH or len(self.fields) > MAX_FIELDS:
            raise _Unwanted

    def said(self, text: str) -> None:
        self._text.append(text)

    def closed(self, name: str) -> None:
        if self._leaf and len(self._path) > 1:
            self.fields.setdefault(name, "".join(self._text))
        self._path.pop()
        self._leaf = False

    def refused(self, *_declaration: object) -> None:
        raise _Unwanted


def sealed_xml(encrypted: str, msg_signature: str, timestamp: str, nonce: str) -> bytes:
    """A passive reply, sealed: all parts are base64, hex or digits, so that nothing needs escaping."""
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{msg_signature}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    ).encode()
