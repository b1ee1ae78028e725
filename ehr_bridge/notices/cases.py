"""An employer's culture in stories: a folder of files, one a story, in both languages.

    value: teamwork                       # id of a culture competency
    title: {zh: …, en: …}
    story: {zh: …, en: …}

The stories that come with Viva are about an invented bank and are for that bank's name only: nobody is told fiction as
an employer's history.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
import yaml

from ehr_bridge.notices.slots import SLOTS
from ehr_bridge.notices.texts import Language

EXAMPLES = Path(__file__).parent / "cases"


class CaseInvalid(Exception):
    """A file of the library that cannot be used: which, and what is wrong with it."""


class Both(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zh: str
    en: str

    def words(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: str
    title: Both
    story: Both


def case_for(cases: Sequence[Case], value: str) -> Case | None:
    """The first story of that value."""
    return next((case for case in cases if case.value == value), None)


@lru_cache
def examples() -> tuple[Case, ...]:
    return read_folder(EXAMPLES)


def read_folder(folder: Path) -> tuple[Case, ...]:
    """Raises ``CaseInvalid``."""
    if not folder.is_dir():
        raise CaseInvalid(f"{folder}: there is no such folder")
    return tuple(read(path.read_bytes(), path.name) for path in sorted(folder.glob("*.yaml")))


def read(source: bytes, file: str) -> Case:
    """Raises ``CaseInvalid``."""
    try:
        case = msgspec.convert(yaml.safe_load(source), Case)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise CaseInvalid(f"{file}: {error}") from None
    for name, both, most in (
        ("title", case.title, SLOTS["case_title"]),
        ("story", case.story, SLOTS["case_story"]),
    ):
        for language, words in (("zh", both.zh), ("en", both.en)):
            if not 1 <= len(words.strip()) <= most:
                raise CaseInvalid(f"{file}: {name}.{language} has {len(words)} characters, not 1 to {most}")
    return case
