"""What a file is, from its bytes: neither its name nor the type that came with it is believed.

Signatures: PDF 32000-1 7.5.2 (with up to 1024 bytes before it, as readers allow), ISO/IEC 21320-1 for the ZIP container
of DOCX, [MS-CFB] 2.2 for the compound file of old Word and of encrypted DOCX, PNG, JPEG and RIFF WebP.
"""

import io
import zipfile
from typing import Literal

from ehr_bridge.resume.document import Kind
from ehr_bridge.resume.reasons import MAX_FILE_BYTES, Unreadable

MAX_ENTRIES = 2000
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORD = "WordDocument".encode("utf-16-le")
_BODY = "word/document.xml"
EXTENSIONS: dict[str, Kind] = {
    "pdf": "pdf", "docx": "docx", "png": "image", "jpg": "image", "jpeg": "image", "webp": "image"
}  # fmt: skip
MediaType = Literal[
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/png",
    "image/jpeg",
    "image/webp",
]


def media_type_of(data: bytes) -> MediaType:
    """Raises ``Unreadable`` for whatever is not to be opened at all."""
    if not data:
        raise Unreadable("resume_empty")
    if len(data) > MAX_FILE_BYTES:
        raise Unreadable("resume_too_large")
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data.startswith(_COMPOUND):
        raise Unreadable(_inside_compound(data))
    if data.startswith(b"PK\x03\x04"):
        check_container(data)
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    raise Unreadable("not_a_document")


def kind_of(media_type: str) -> Kind:
    if media_type.startswith("image/"):
        return "image"
    return "pdf" if media_type == "application/pdf" else "docx"


def named_otherwise(filename: str, kind: Kind) -> bool:
    """Whether the name claims another kind. A name that claims nothing is no lie."""
    _, dot, extension = filename.rpartition(".")
    return bool(dot) and EXTENSIONS.get(extension.lower()) != kind


def _inside_compound(data: bytes) -> str:
    if _ENCRYPTED in data:
        return "password_protected"
    return "legacy_word" if _WORD in data else "not_a_document"


def check_container(data: bytes) -> None:
    """Nothing is unpacked before the directory has said how much would come out; ``zipfile`` never gives more than
    that. Raises ``Unreadable``."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            entries = container.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Unreadable("document_broken") from None
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise Unreadable("expands_too_far")
    names = {entry.filename.lower() for entry in entries}
    if any(name.rpartition("/")[2] in ("vbaproject.bin", "vbadata.xml") for name in names):
        raise Unreadable("macros")
    if _BODY not in names:
        raise Unreadable("not_a_document")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("password_protected")
