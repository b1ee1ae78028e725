"""A broken rule: where, which, what is wrong, and what to do about it. All of them are collected; a file is judged
once, not once per error."""

from typing import Literal

import msgspec

from scoring.bilingual import Bilingual
from scoring.lint.rules import RULES
from scoring.yaml_source import Path, Source

Severity = Literal["error", "warning"]


class Flaw(msgspec.Struct, frozen=True):
    """``line`` counts from 1; ``rule`` is stable."""

    file: str
    line: int
    rule: str
    severity: Severity
    message: str
    remedy: str

    def __str__(self) -> str:
        word = "warning: " if self.severity == "warning" else ""
        stop = "" if self.message.endswith("?") else "."
        return f"{self.file}:{self.line}: {self.rule}: {word}{self.message}{stop} {self.remedy}"


class Flaws:
    """Collects what is wrong with one file."""

    def __init__(self, file: str, source: Source) -> None:
        self.file = file
        self.source = source
        self.found: list[Flaw] = []

    def add(self, path: Path, rule: str, message: str) -> None:
        self.add_at(self.source.line(path), rule, message)

    def add_at(self, line: int, rule: str, message: str) -> None:
        known = RULES[rule]
        self.found.append(Flaw(self.file, line, rule, known.severity, message, known.remedy))

    @property
    def errors(self) -> bool:
        return any(flaw.severity == "error" for flaw in self.found)

    def in_order(self) -> tuple[Flaw, ...]:
        return tuple(sorted(self.found, key=lambda flaw: (flaw.line, flaw.rule, flaw.message)))

    def bilingual(self, text: Bilingual, path: Path) -> None:
        """Both languages are there, and each is what it says."""
        for language, written in (("zh", text.zh), ("en", text.en)):
            if not written.strip():
                self.add((*path, language), "language", f"the {language} text is empty")
        chinese = sum("\u3400" <= letter <= "\u9fff" for letter in text.en)
        if chinese:
            self.add((*path, "en"), "language", "the en text has Chinese characters in it")
        if text.zh.strip() and not any("\u3400" <= letter <= "\u9fff" for letter in text.zh):
            self.add((*path, "zh"), "language", "the zh text has no Chinese character in it")


def flaw_at(file: str, line: int, rule: str, message: str) -> Flaw:
    known = RULES[rule]
    return Flaw(file, line, rule, known.severity, message, known.remedy)
