"""The process that opens one file and ends: ``… -m ehr_bridge.resume.child MEDIA_TYPE DAY LIMITS < file > frames``.

Parsers are where files bite. So this process knows nothing worth stealing (no settings, no secrets in its environment),
may not grow, may not compute for ever, may not write a file, and dies with the server. Whatever happens to it, the
server reads a frame or sees it end.

    frame = length (4 bytes, big endian), kind (1 byte: R refused, P picture, D document and facts), body

The facts are found here too: what a text can do to a pattern is bounded by the same limits.
"""

import ctypes
import resource
import signal
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from ehr_bridge.resume.document import Document, Line
from ehr_bridge.resume.facts import ResumeFacts
from ehr_bridge.resume.reasons import Unreadable

MIB = 1024 * 1024
_PR_SET_PDEATHSIG = 1


class Limits(msgspec.Struct, frozen=True):
    """``recogniser_…``: from the first scanned page on. Memory is address space: what RLIMIT_AS counts."""

    memory_mib: int = 1024
    cpu_s: int = 20
    recogniser_memory_mib: int = 4096
    recogniser_cpu_s: int = 120
    wall_s: float = 180.0
    result_mib: int = 48


def confine(limits: Limits) -> None:
    """What holds for the rest of this process's life; the soft limits may be raised once, to the hard ones."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_mib * MIB, limits.recogniser_memory_mib * MIB))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.recogniser_cpu_s))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _allow_the_recogniser(limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, limits.recogniser_memory_mib * MIB),
        (resource.RLIMIT_CPU, limits.recogniser_cpu_s),
    ):
        resource.setrlimit(kind, (most, most))


class Told(msgspec.Struct, frozen=True):
    document: Document
    facts: ResumeFacts


class Frames:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.pictures = 0

    def picture(self, jpeg: bytes) -> None:
        self.pictures += 1
        self._write(b"P", jpeg)

    def told(self, told: Told) -> None:
        self._write(b"D", msgspec.json.encode(told))

    def refused(self, code: str) -> None:
        self._write(b"R", code.encode())

    def _write(self, kind: bytes, body: bytes) -> None:
        self._out.write(struct.pack(">I", len(body)) + kind + body)
        self._out.flush()


def read_pdf(data: bytes, frames: Frames, limits: Limits) -> Document:
    from ehr_bridge.resume import pdf, scan

    document = pdf.open_pdf(data)
    recogniser = scan.Recogniser() if scan.available() else None
    lines: list[Line] = []
    unread, recognised = [], 0
    for number, page in enumerate(pdf.pages(document), 1):
        found = page.lines()
        frames.picture(pdf.jpeg(page.picture()))
        if sum(len(line.text) for line in found) < pdf.FEW_CHARACTERS and page.has_picture:
            if recogniser is None:
                unread.append(number)
            else:
                _allow_the_recogniser(limits)
                found = recogniser.lines(page.picture(pdf.READABLE_DPI), number)
                recognised += 1
        lines += found
    if not lines:
        raise Unreadable("scan_not_readable" if unread else "no_text")
    notes = ("pages_not_readable",) * bool(unread) + ("pages_recognised",) * bool(recognised)
    return Document("pdf", tuple(lines), len(document), frames.pictures, tuple(unread), notes)


def read_picture(data: bytes, frames: Frames, limits: Limits) -> Document:
    from ehr_bridge.resume import pdf, scan

    _allow_the_recogniser(limits)
    picture = scan.open_picture(data)
    frames.picture(pdf.jpeg(picture))
    if not scan.available():
        raise Unreadable("scan_not_readable")
    lines = scan.Recogniser().lines(picture, 1)
    if not lines:
        raise Unreadable("no_text")
    return Document("image", tuple(lines), 1, 1, (), ("pages_recognised",))


def read_word(data: bytes, _frames: Frames, _limits: Limits) -> Document:
    from ehr_bridge.resume.word import lines_of

    lines = lines_of(data)
    if not lines:
        raise Unreadable("no_text")
    return Document("docx", tuple(lines))


READERS: dict[str, Callable[[bytes, Frames, Limits], Document]] = {
    "pdf": read_pdf,
    "image": read_picture,
    "docx": read_word,
}


def main(media_type: str, day: str, limits: Limits) -> None:
    from ehr_bridge.resume.extract import extract
    from ehr_bridge.resume.sniff import kind_of

    confine(limits)
    frames = Frames(sys.stdout.buffer)
    try:
        document = READERS[kind_of(media_type)](sys.stdin.buffer.read(), frames, limits)
        frames.told(Told(document, extract(document, day)))
    except Unreadable as error:
        frames.refused(error.code)
    except MemoryError:
        frames.refused("reading_needed_too_much")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], msgspec.json.decode(sys.argv[3], type=Limits))
