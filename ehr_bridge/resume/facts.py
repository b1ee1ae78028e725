"""What a résumé says about a person, each fact beside the place it was taken from.

A fact is never better than its source: it carries the exact words, and says whether they *state* it, whether it was
*inferred* from them, or whether somebody should look (*unsure*). What the law protects is recognised so that it can be
left out: it is no fact, it has no value here, and rules never see it.
"""

from typing import Literal

import msgspec

from ehr_bridge.resume.document import Box

FactKind = Literal[
    "name", "email", "phone", "education", "work", "internship", "certificate", "skill", "language", "years"
]
Certainty = Literal["stated", "inferred", "unsure", "corrected"]
Degree = Literal["doctor", "master", "bachelor", "associate", "secondary"]
DEGREES: tuple[Degree, ...] = ("secondary", "associate", "bachelor", "master", "doctor")
Protected = Literal["gender", "age", "marital_status", "ethnicity", "political_status", "religion", "health", "photo",
                    "origin", "identity_number", "family"]  # fmt: skip


class Source(msgspec.Struct, frozen=True):
    """``line``: the line of the document, from 0; ``text``: the very words."""

    page: int
    line: int
    text: str
    box: Box | None = None


class Fact(msgspec.Struct, frozen=True):
    """``value``: as one reads it. ``fields``: its parts, such as school, degree, major, from, to (``2019-07``, or
    ``present``). ``why``: for whoever wonders about the certainty; a code of ``WHY``."""

    id: str
    kind: FactKind
    value: str
    fields: dict[str, str] = {}
    sources: tuple[Source, ...] = ()
    certainty: Certainty = "stated"
    why: str = ""


class Withheld(msgspec.Struct, frozen=True):
    """Something protected stands here. Its words stay in the document and come no further."""

    kind: Protected
    page: int
    line: int
    box: Box | None = None


class ResumeFacts(msgspec.Struct, frozen=True):
    """``extractor``: which version found them."""

    facts: tuple[Fact, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    extractor: str = ""

    def of(self, kind: FactKind) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind == kind]

    def first(self, kind: FactKind) -> str:
        return next((fact.value for fact in self.facts if fact.kind == kind), "")
