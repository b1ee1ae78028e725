"""Whose record is this? Merge keys and duplicate detection for persons: pure functions over normalised facts.

Two records are the same person when
1. both carry the same external id (the employer's own number for the person); else
2. the e-mail or the phone is the same *and* the name is the same, and their external ids do not contradict.

Anything weaker is shown to a human as a *possible duplicate* and is never merged: one merged stranger does more
harm than two records of one person.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

DuplicateReason = Literal["same_contact_other_name", "same_contact_other_external_id", "two_records"]

_NOT_DIGITS = re.compile(r"\D+")
_NAME_NOISE = re.compile(r"[\s·•‧・.,'’\-]+")


def _folded(text: str) -> str:
    """Case and compatibility forms (full-width letters) folded: NFKC_Casefold, Unicode 15 section 3.13, D145-D147."""
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def normal_name(name: str) -> str:
    """Folded, without spaces and without the dots and hyphens that one writer sets and the next does not."""
    return _folded(_NAME_NOISE.sub("", _folded(name)))


def normal_email(email: str) -> str:
    """Case folded. Dots and "+tags" stay: whether they matter is the mail provider's rule, not ours."""
    return _folded(email).strip()


def normal_phone(phone: str) -> str:
    """Digits with country code, "8613800138000". A Chinese mobile number may come without one (11 digits, 1…)."""
    folded = unicodedata.normalize("NFKC", phone).strip()
    digits = _NOT_DIGITS.sub("", folded)
    if digits.startswith("00"):
        return digits[2:]
    if not folded.startswith("+") and len(digits) == 11 and digits.startswith("1"):
        return "86" + digits
    return digits


@dataclass(frozen=True, slots=True)
class MergeKeys:
    """What a person can be recognised by; an empty text means "not known" and matches nothing."""

    external_id: str
    name: str
    email: str
    phone: str

    @classmethod
    def of(cls, *, external_id: str, name: str, email: str, phone: str) -> "MergeKeys":
        return cls(external_id.strip(), normal_name(name), normal_email(email), normal_phone(phone))


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """``alias``: an earlier record of this person, which a human has joined to ``person_id``'s."""

    person_id: str
    keys: MergeKeys
    alias: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """``person_id`` None: a new person. ``possible_duplicates``: for a human to look at."""

    person_id: str | None
    possible_duplicates: tuple[tuple[str, DuplicateReason], ...] = field(default=())


def match(incoming: MergeKeys, known: Sequence[KnownPerson]) -> Match:
    """``known``: everyone who shares the external id, the e-mail or the phone, oldest first."""
    found: str | None = next(
        (who.person_id for who in known if incoming.external_id and who.keys.external_id == incoming.external_id), None
    )
    doubts: list[tuple[str, DuplicateReason]] = []
    for who in known:
        if who.person_id == found or not _same_contact(incoming, who.keys):
            continue
        if incoming.external_id and who.keys.external_id and incoming.external_id != who.keys.external_id:
            doubts.append((who.person_id, "same_contact_other_external_id"))
        elif not incoming.name or incoming.name != who.keys.name:
            doubts.append((who.person_id, "same_contact_other_name"))
        elif found is None:
            found = who.person_id
        else:
            # Two records of one person existed before this message tied them together.
            doubts.append((who.person_id, "two_records"))
    return Match(found, tuple(doubt for doubt in dict.fromkeys(doubts) if doubt[0] != found))


def _same_contact(left: MergeKeys, right: MergeKeys) -> bool:
    return bool((left.email and left.email == right.email) or (left.phone and left.phone == right.phone))
