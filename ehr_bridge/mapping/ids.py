"""Employee numbers of letters and digits as numbers of digits alone, and back: a bijection, so nothing is lost.

A format is a small regular expression: literals, ``\\d``, classes like ``[A-Z]``, each with ``{n}`` or, for one of
them, ``{m,n}``. The strings it allows are ranked: shorter ones first, those of one length in the order of the format's
own alphabets (a mixed-radix number, Knuth, TAOCP 2, section 4.1). The rank, padded to a fixed width, is the other
system's number; with a check digit (Luhn, ISO/IEC 7812-1 annex B) a typing error is refused instead of becoming
somebody else.
"""

import re
import string
from dataclasses import dataclass

MOST_CHARACTERS = 40
_PIECE = re.compile(r"(\[[^\]\\]+\]|\\d|[A-Za-z0-9_.-])(?:\{(\d{1,2})(?:,(\d{1,2}))?\})?")


class FormatInvalid(Exception):
    """What is wrong with a format, for whoever wrote it."""


class IdInvalid(Exception):
    """``code``: id_of_other_format, id_of_other_width, id_check_digit or id_too_large. Never quotes the id."""

    def __init__(self, code: str, problem: str) -> None:
        super().__init__(problem)
        self.code = code


@dataclass(frozen=True, slots=True)
class Piece:
    """``alphabet`` in rank order; ``least`` to ``most`` characters of it."""

    alphabet: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class IdFormat:
    """``width``: digits of the other side, its check digit included."""

    pieces: tuple[Piece, ...]
    width: int
    check_digit: bool = False

    @property
    def count(self) -> int:
        """How many ids there are."""
        return sum(self._of_length(extra) for extra in range(self._spread + 1))

    @property
    def needed(self) -> int:
        """The least width that holds them all."""
        return len(str(self.count - 1)) + self.check_digit

    def to_digits(self, own: str) -> str:
        """Raises ``IdInvalid``."""
        extra = len(own) - sum(piece.least for piece in self.pieces)
        if not 0 <= extra <= self._spread:
            raise IdInvalid("id_of_other_format", "the id has not as many characters as the format says")
        rank = 0
        at = 0
        for piece in self._spelled(extra):
            index = piece.find(own[at])
            if index < 0:
                raise IdInvalid("id_of_other_format", f"character {at + 1} is none of {_shown(piece)}")
            rank, at = rank * len(piece) + index, at + 1
        rank += sum(self._of_length(shorter) for shorter in range(extra))
        body = str(rank).rjust(self.width - self.check_digit, "0")
        return body + _luhn(body) if self.check_digit else body

    def from_digits(self, theirs: str) -> str:
        """Raises ``IdInvalid``."""
        if len(theirs) != self.width or not theirs.isascii() or not theirs.isdigit():
            raise IdInvalid("id_of_other_width", f"the number has not {self.width} digits")
        body = theirs
        if self.check_digit:
            body, check = theirs[:-1], theirs[-1]
            if _luhn(body) != check:
                raise IdInvalid("id_check_digit", "the check digit does not fit: a digit is wrong or two are swapped")
        rank = int(body)
        for extra in range(self._spread + 1):
            if rank < self._of_length(extra):
                return self._unranked(rank, extra)
            rank -= self._of_length(extra)
        raise IdInvalid("id_too_large", "no id of the format has this number")

    def _unranked(self, rank: int, extra: int) -> str:
        characters = []
        for alphabet in reversed(self._spelled(extra)):
            rank, index = divmod(rank, len(alphabet))
            characters.append(alphabet[index])
        return "".join(reversed(characters))

    @property
    def _spread(self) -> int:
        return sum(piece.most - piece.least for piece in self.pieces)

    def _spelled(self, extra: int) -> list[str]:
        """The alphabet of every place, where the one piece that may vary has ``extra`` more than its least."""
        spelled: list[str] = []
        for piece in self.pieces:
            spelled += [piece.alphabet] * (piece.least + (extra if piece.most > piece.least else 0))
        return spelled

    def _of_length(self, extra: int) -> int:
        count = 1
        for alphabet in self._spelled(extra):
            count *= len(alphabet)
        return count


def parse(pattern: str, width: int | None = None, *, check_digit: bool = False) -> IdFormat:
    """``width`` None: the least that holds every id. Raises ``FormatInvalid``."""
    pieces = _pieces(pattern)
    if sum(piece.most > piece.least for piece in pieces) > 1:
        raise FormatInvalid("only one part may be of varying length, or two ids could be written the same way")
    if not 1 <= sum(piece.most for piece in pieces) <= MOST_CHARACTERS:
        raise FormatInvalid(f"an id has 1 to {MOST_CHARACTERS} characters")
    found = IdFormat(pieces, 0, check_digit)
    if width is not None and width < found.needed:
        raise FormatInvalid(f"{found.count} ids need {found.needed} digits, and there are {width}")
    return IdFormat(pieces, width or found.needed, check_digit)


def _pieces(pattern: str) -> tuple[Piece, ...]:
    pieces, at = [], 0
    while at < len(pattern):
        match = _PIECE.match(pattern, at)
        if match is None:
            raise FormatInvalid(f"{pattern[at:]!r} is no literal, \\d or [class], with {{n}} or {{m,n}} if wanted")
        least = int(match[2] or 1)
        most = int(match[3] or least)
        if most < least:
            raise FormatInvalid(f"{{{least},{most}}} ends before it begins")
        pieces.append(Piece(_alphabet(match[1]), least, most))
        at = match.end()
    return tuple(pieces)


def _alphabet(text: str) -> str:
    if text == r"\d":
        return string.digits
    if not text.startswith("["):
        return text
    found = ""
    inside = text[1:-1]
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            first, last = ord(inside[at]), ord(inside[at + 2])
            if last < first:
                raise FormatInvalid(f"{inside[at : at + 3]!r} ends before it begins")
            found += "".join(map(chr, range(first, last + 1)))
            at += 3
        else:
            found += inside[at]
            at += 1
    if len(set(found)) != len(found):
        raise FormatInvalid(f"{text!r} names a character twice")
    return found


def _luhn(body: str) -> str:
    total = 0
    for index, character in enumerate(reversed(body)):
        digit = int(character) * (2 if index % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def _shown(alphabet: str) -> str:
    """``0-9A-Z`` for people."""
    runs: list[list[str]] = []
    for character in alphabet:
        if runs and ord(character) == ord(runs[-1][-1]) + 1:
            runs[-1].append(character)
        else:
            runs.append([character])
    return "".join(run[0] if len(run) < 3 else f"{run[0]}-{run[-1]}" for run in runs)
