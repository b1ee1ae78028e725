"""Reads an employer's phrases from YAML or CSV, and says by line what is wrong with them.

phrases:                                                        phrase,language,value,sign
  - {phrase: 主动询问, language: zh, value: 客户至上, sign: positive}    主动询问,zh,客户至上,positive
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from scoring.bilingual import Language
from scoring.competencies import library
from scoring.culture import CulturePhrase, Sign
from scoring.lint.flaw import Flaw, Flaws, flaw_at
from scoring.lint.patterns import wrong_with
from scoring.lint.shape import shape
from scoring.position_model import CompetencyFile
from scoring.yaml_source import Source, YamlBroken, read

MAX_PHRASES = 2000
MAX_PHRASE_CHARACTERS = 200
SHORTEST = {"zh": 2, "en": 3}
"""A phrase of one character is in every answer."""
COLUMNS = ("phrase", "language", "value", "sign")


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phrase as it was written; ``value`` may still be a label."""

    phrase: str
    language: Language
    value: str
    sign: Sign


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phrases: tuple[_Row, ...]


@dataclass(frozen=True, slots=True)
class ReadCulture:
    """``phrases`` are empty if there is an error."""

    phrases: tuple[CulturePhrase, ...]
    flaws: tuple[Flaw, ...]

    @property
    def errors(self) -> tuple[Flaw, ...]:
        return tuple(flaw for flaw in self.flaws if flaw.severity == "error")


def read_culture(text: str, file: str) -> ReadCulture:
    """By the name of the file: ``.csv`` is CSV, everything else YAML."""
    try:
        source = _csv(text) if file.lower().endswith(".csv") else _yaml(text)
    except YamlBroken as broken:
        return ReadCulture((), (flaw_at(file, broken.line, "yaml", broken.problem),))
    flaws = Flaws(file, source)
    for path in source.repeated:
        flaws.add(path, "key_repeated", f"`{path[-1]}` is given twice")
    shape(source.data, _File, (), flaws)
    if flaws.errors:
        return ReadCulture((), flaws.in_order())
    rows = msgspec.convert(source.data, _File).phrases
    phrases = _checked(rows, flaws)
    return ReadCulture(() if flaws.errors else phrases, flaws.in_order())


def _yaml(text: str) -> Source:
    source = read(text)
    if not isinstance(source.data, list):
        return source
    return Source(
        {"phrases": source.data}, {("phrases", *path): line for path, line in source.lines.items()}, source.repeated
    )


def _csv(text: str) -> Source:
    """CSV as the same data, with the same kind of lines. Raises ``YamlBroken`` for what is no table."""
    table = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    rows: list[dict[str, Any]] = []
    lines: dict[tuple[str | int, ...], int] = {(): 1}
    try:
        header = [name.strip() for name in next(table, [])]
        if sorted(header) != sorted(COLUMNS):
            raise YamlBroken(1, f"the first line names the columns {','.join(COLUMNS)}, not {','.join(header)[:80]}")
        for cells in table:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise YamlBroken(table.line_num, f"{len(cells)} cells under {len(header)} columns")
            lines[("phrases", len(rows))] = table.line_num
            rows.append({name: cell.strip() for name, cell in zip(header, cells, strict=True)})
    except csv.Error as error:
        raise YamlBroken(table.line_num, str(error)) from None
    return Source({"phrases": rows}, lines, ())


def _checked(rows: tuple[_Row, ...], flaws: Flaws) -> tuple[CulturePhrase, ...]:
    values = {competency.id: competency for competency in library().values() if competency.dimension == "culture"}
    seen: dict[tuple[str, str], int] = {}
    phrases: list[CulturePhrase] = []
    if not rows or len(rows) > MAX_PHRASES:
        flaws.add(("phrases",), "shape", f"{len(rows)} phrases, not 1 to {MAX_PHRASES}")
    for index, row in enumerate(rows[:MAX_PHRASES]):
        where = ("phrases", index)
        for rule, told in _wrong(row):
            flaws.add(where, rule, told)
        line = flaws.source.line(where)
        before = seen.setdefault((row.language, row.phrase.lower()), line)
        if before != line:
            flaws.add(where, "phrase_repeated", f"`{row.phrase}` is also in line {before}")
        value = _value(row.value, values)
        if value is None:
            known = ", ".join(f"{one.id} ({one.label.zh})" for one in values.values())
            flaws.add(where, "unknown_value", f"`{row.value[:60]}` is no value, or more than one; there are {known}")
        else:
            phrases.append(CulturePhrase(value, row.sign, row.language, row.phrase))
    for value, sign, language in sorted(_one_language(phrases)):
        other = "en" if language == "zh" else "zh"
        flaws.add(("phrases",), "phrase_one_language", f"{value}, {sign}: phrases in {language} and none in {other}")
    return tuple(phrases)


def _wrong(row: _Row) -> Iterator[tuple[str, str]]:
    if len(row.phrase) > MAX_PHRASE_CHARACTERS:
        yield "pattern", f"a phrase has at most {MAX_PHRASE_CHARACTERS} characters, this one {len(row.phrase)}"
        return
    letters = sum(letter.isalnum() for letter in row.phrase)
    if letters < SHORTEST[row.language]:
        yield "phrase_too_short", f"`{row.phrase}` is too short: it would be in every answer"
    chinese = any("\u3400" <= letter <= "\u9fff" for letter in row.phrase)
    if chinese != (row.language == "zh"):
        yield "language", f"`{row.phrase}` is called {row.language}"
    wrong = wrong_with(row.phrase, row.language)
    if wrong:
        yield "pattern", wrong


def _value(written: str, values: Mapping[str, CompetencyFile]) -> str | None:
    """An id or label, or a word that only one label has: 合规 is 合规与风险意识."""
    wanted = written.strip().lower()
    for competency in values.values():
        if wanted in (competency.id, competency.label.zh.lower(), competency.label.en.lower()):
            return competency.id
    if len(wanted) < SHORTEST["zh"]:
        return None
    near = [one.id for one in values.values() if wanted in one.label.zh.lower() or wanted in one.label.en.lower()]
    return near[0] if len(near) == 1 else None


def _one_language(phrases: Iterable[CulturePhrase]) -> set[tuple[str, str, str]]:
    there = {(phrase.value, phrase.sign, phrase.language) for phrase in phrases}
    return {
        (value, sign, language)
        for value, sign, language in there
        if (value, sign, "en" if language == "zh" else "zh") not in there
    }
