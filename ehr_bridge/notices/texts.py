"""The words of every notice, as files: one a kind, both languages, with named slots (docs/reference/notices.md).

    kind: progress
    slots: [name, position]
    zh: {title: …, body: …, sms: …}
    en: {title: …, body: …, sms: …}

``title`` is an e-mail's subject and a card's title; ``body`` what 客服, e-mail and members get; ``sms`` its short form,
absent where a notice is not for SMS. A folder of the employer's replaces single kinds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from ehr_bridge.notices.slots import SLOTS, fitting

Language = Literal["zh", "en"]
BUILTIN = Path(__file__).parent / "text"
BODY_BYTES = 2048
TITLE_CHARACTERS = 60
SMS_CHARACTERS = 450
"""Seven parts of 67, as an SMS in Chinese is counted."""
WORST_BYTES = 3
"""Of a character in UTF-8 as people write it; what is wider counts against the limit when it is sent."""
_SLOT = re.compile(r"\{([a-z_]+)\}")


class TextInvalid(Exception):
    """A file of texts that cannot be used: which, and what is wrong with it."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    body: str
    sms: str = ""


class NoticeText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    slots: tuple[str, ...]
    zh: Words
    en: Words

    def words(self, language: Language) -> Words:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Rendered:
    """``sms`` empty: not for SMS."""

    title: str
    body: str
    sms: str


Texts = Mapping[str, NoticeText]


def render(text: NoticeText, language: Language, values: Mapping[str, str]) -> Rendered:
    """Raises ``SlotInvalid`` for a value that is missing, unknown or too long."""
    missing = set(text.slots) - values.keys()
    filled = {slot: fitting(slot, values.get(slot, "")) for slot in (*sorted(missing), *text.slots)}
    words = text.words(language)

    def put(part: str) -> str:
        return _SLOT.sub(lambda found: filled[found.group(1)], part)

    return Rendered(put(words.title), put(words.body).strip(), put(words.sms).strip())


@lru_cache
def builtin() -> Texts:
    return read_folder(BUILTIN)


def texts(folder: Path | None) -> Texts:
    """The built-in texts with those of ``folder`` in place of their namesakes. Raises ``TextInvalid``."""
    own = read_folder(folder) if folder else {}
    for kind, text in own.items():
        known = builtin().get(kind)
        if known is None:
            raise TextInvalid(f"{kind}: no notice is called so; there are {', '.join(sorted(builtin()))}")
        unknown = set(text.slots) - set(known.slots)
        if unknown:
            raise TextInvalid(f"{kind}: {', '.join(sorted(unknown))} is never filled in for it")
    return {**builtin(), **own}


def read_folder(folder: Path) -> Texts:
    """Raises ``TextInvalid``."""
    if not folder.is_dir():
        raise TextInvalid(f"{folder}: there is no such folder")
    found: dict[str, NoticeText] = {}
    for path in sorted(folder.glob("*.yaml")):
        text = read(path.read_bytes(), path.name)
        if text.kind in found:
            raise TextInvalid(f"{path.name}: {text.kind} is there twice")
        found[text.kind] = text
    return found


def read(source: bytes, file: str) -> NoticeText:
    """Raises ``TextInvalid``."""
    try:
        text = msgspec.convert(yaml.safe_load(source), NoticeText)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise TextInvalid(f"{file}: {error}") from None
    problems = list(_flaws(text))
    if problems:
        raise TextInvalid("\n".join(f"{file}: {problem}" for problem in problems))
    return text


def _flaws(text: NoticeText) -> list[str]:
    found = [f"{slot} is no slot" for slot in text.slots if slot not in SLOTS]
    for language in ("zh", "en"):
        words = text.words(language)
        used = set(_SLOT.findall(words.title + words.body + words.sms))
        found += [f"{language}: {{{slot}}} is not among its slots" for slot in sorted(used - set(text.slots))]
        found += [f"{language}: {{{slot}}} is not used" for slot in sorted(set(text.slots) - used)]
        stray = _SLOT.sub("", words.title + words.body + words.sms)
        if "{" in stray or "}" in stray:
            found.append(f"{language}: a brace that belongs to no slot")
        if not used - SLOTS.keys():
            found += _too_long(words, language)
    if bool(text.zh.sms) != bool(text.en.sms):
        found.append("sms: in one language and not in the other")
    return found


def _too_long(words: Words, language: str) -> list[str]:
    found = []
    body_bytes = len(_SLOT.sub("", words.body).encode()) + WORST_BYTES * _filled(words.body)
    if not words.body.strip() or body_bytes > BODY_BYTES:
        found.append(f"{language}: body may have {body_bytes} bytes, not 1 to {BODY_BYTES}")
    if not words.title.strip() or "\n" in words.title or len(_SLOT.sub("", words.title)) > TITLE_CHARACTERS:
        found.append(f"{language}: title is one line of 1 to {TITLE_CHARACTERS} characters besides its slots")
    sms = len(_SLOT.sub("", words.sms)) + _filled(words.sms)
    if sms > SMS_CHARACTERS:
        found.append(f"{language}: sms may have {sms} characters, not {SMS_CHARACTERS} at most")
    return found


def _filled(part: str) -> int:
    return sum(SLOTS[slot] for slot in _SLOT.findall(part))
