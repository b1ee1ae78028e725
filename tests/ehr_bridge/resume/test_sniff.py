"""What a file is, whatever it is called."""

import io
import struct
import zipfile

import pytest

from ehr_bridge.resume.reasons import MAX_FILE_BYTES, Unreadable
from ehr_bridge.resume.sniff import MAX_UNPACKED_BYTES, kind_of, media_type_of, named_otherwise
from tests.ehr_bridge.resume.papers import pdf, with_part, word

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def refused(data: bytes) -> str:
    with pytest.raises(Unreadable) as raised:
        media_type_of(data)
    return raised.value.code


def test_documents_are_known_by_their_bytes() -> None:
    assert media_type_of(pdf()) == "application/pdf"
    assert media_type_of(b"\n\n" + pdf()) == "application/pdf"
    assert kind_of(media_type_of(word())) == "docx"
    assert media_type_of(b"\x89PNG\r\n\x1a\n") == "image/png"
    assert media_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert media_type_of(b"RIFF\x10\0\0\0WEBPVP8 ") == "image/webp"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "resume_empty"),
        (b"%PDF-" + bytes(MAX_FILE_BYTES), "resume_too_large"),
        (b"\x7fELF\x02\x01\x01", "not_a_document"),
        ("一份纯文本的简历".encode(), "not_a_document"),
        (COMPOUND, "not_a_document"),
        (COMPOUND + "WordDocument".encode("utf-16-le"), "legacy_word"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        (b"PK\x03\x04 and no directory", "document_broken"),
    ],
)
def test_what_is_not_opened(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_container_that_is_no_word_file() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as container:
        container.writestr("xl/workbook.xml", "<workbook/>")
    assert refused(written.getvalue()) == "not_a_document"


def test_macros_are_not_opened() -> None:
    assert refused(with_part(word(), "word/vbaProject.bin", b"Attribute VB_Name")) == "macros"


def test_a_bomb_is_told_by_its_directory_and_never_unpacked() -> None:
    bomb = with_part(word(), "word/media/image1.bmp", bytes(MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < 200_000
    assert refused(bomb) == "expands_too_far"


def test_a_directory_with_too_many_entries_is_one_too() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as container:
        for number in range(2001):
            container.writestr(f"word/{number}.xml", "")
    assert refused(written.getvalue()) == "expands_too_far"


def test_an_encrypted_entry_is_a_password() -> None:
    container = bytearray(word())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # APPNOTE 4.3.7 and 4.3.12: bit 0
        at = container.index(signature)
        struct.pack_into("<H", container, at + flags, 1)
    assert refused(bytes(container)) == "password_protected"


def test_a_name_may_claim_something_else() -> None:
    assert named_otherwise("李明.pdf", "docx")
    assert not named_otherwise("李明.PDF", "pdf")
    assert not named_otherwise("photo.jpeg", "image")
    assert not named_otherwise("简历", "pdf")
