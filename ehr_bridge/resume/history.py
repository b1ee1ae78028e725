"""Where somebody learned and worked: entries that begin with a span of time."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ehr_bridge.resume import words
from ehr_bridge.resume.dates import Span, find_span
from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import Certainty, Fact, FactKind
from ehr_bridge.resume.place import source
from ehr_bridge.resume.protected import masked
from ehr_bridge.resume.sections import Section

_SCHOOL = re.compile(
    r"[\u4e00-\u9fff]{2,14}(?:大学|学院|学校|中学|党校)(?:[\u4e00-\u9fff]{2,8}(?:学院|分校|校区))?"
    r"|(?:The )?(?:[A-Z][\w.&'\-]*\s){0,4}(?:University|College|Institute|School|Academy)"
    r"(?:\s(?:of|at|for|in)(?:\s(?:[A-Z][\w&'\-]*|and|of|the)){1,5})?"
)
_MAJOR_LABEL = re.compile(r"(?:专\s{0,2}业|major)\s{0,3}[:：]?\s{0,3}|(?:\bin\b|\bof\b)\s", re.IGNORECASE)
_PARTS = re.compile(
    r"[\t|｜;；·•]+|\s{2,}|(?<=[^A-Za-z])[,，/]\s{0,2}|,\s|\s[–—-]\s|(?<=[\u4e00-\u9fff）)])\s(?=[\u4e00-\u9fff])"
)
_PROSE = re.compile(r"[。；;！!]|.{61}")
MOST_ENTRIES = 20
LONGEST_PART = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """``parts``: the pieces of its first lines, without the span; each (line, start, end)."""

    span: Span
    span_line: int
    parts: tuple[tuple[int, int, int], ...]


def entries(
    document: Document, sections: list[tuple[Section, int]], wanted: Section, needed: re.Pattern[str]
) -> Iterator[Entry]:
    """An entry takes the line of its span and, where that has nothing of what is ``needed``, the line before it or the
    one after it."""
    inside = [index for index, (section, begins) in enumerate(sections)
              if section == wanted and begins < len(document.lines[index].text)]  # fmt: skip
    # Protected words are blanked before anything is looked for: a birthday is no span of work.
    texts = {index: masked(document.lines[index].text) for index in inside}
    spans = {index: span for index in inside if (span := find_span(texts[index][sections[index][1] :])) is not None}
    # A date in the middle of a sentence begins no entry; a graduation stands alone at times, a post does not.
    spans = {i: s for i, s in spans.items() if s.end or (wanted == "education" and len(texts[i]) <= LONGEST_PART)}
    taken: set[int] = set()
    for index in inside:
        span = spans.get(index)
        if span is None:
            continue
        begins = sections[index][1]
        at = (span.at[0] + begins, span.at[1] + begins)
        parts = _parts(index, texts[index], begins, at)
        for near in (index - 1, index + 1):
            free = near in texts and near not in spans and near not in taken and not _PROSE.search(texts[near])
            if free and not needed.search(texts[index]) and (needed.search(texts[near]) or not parts):
                parts += _parts(near, texts[near], sections[near][1])
                taken.add(near)
                break
        yield Entry(Span(span.begin, span.end, at), index, tuple(parts))


def _parts(index: int, text: str, begins: int, without: tuple[int, int] | None = None) -> list[tuple[int, int, int]]:
    if without is not None:
        text = text[: without[0]] + "\t" * (without[1] - without[0]) + text[without[1] :]
    found, at = [], begins
    for cut in [*_PARTS.finditer(text, begins), None]:
        end = cut.start() if cut else len(text)
        piece = text[at:end]
        bare = piece.strip(" \t()（）,，:：-–—·•●▪")
        if bare and len(bare) <= LONGEST_PART:
            start = at + piece.index(bare)
            found.append((index, start, start + len(bare)))
        at = cut.end() if cut else end
    return found


def education_of(document: Document, sections: list[tuple[Section, int]]) -> list[Fact]:
    found = []
    for entry in entries(document, sections, "education", _SCHOOL):
        fields: dict[str, str] = {}
        for line, start, end in entry.parts:
            _learned(document.lines[line].text[start:end], fields)
        if "school" not in fields:
            continue
        certainty: Certainty = "stated" if "degree" in fields else "unsure"
        why = "" if "degree" in fields else "no_degree_named"
        value = " · ".join(fields[name] for name in ("school", "major", "degree_said") if name in fields)
        found.append(_fact(document, entry, "education", value, fields, certainty, why))
    return found[:MOST_ENTRIES]


def _learned(text: str, fields: dict[str, str]) -> None:
    school = _SCHOOL.search(text)
    if school and "school" not in fields:
        fields["school"] = school[0].strip()
        text = text.replace(school[0], " ")
    for degree, said_so in words.patterns("degrees"):
        said = said_so.search(text)
        if said and "degree" not in fields:
            fields |= {"degree": degree, "degree_said": said[0].strip()}
            text = text.replace(said[0], " ")
            break
    major = _MAJOR_LABEL.sub("", text, count=1).strip(" ()（）,，:：/·")
    if (
        2 <= len(major) <= 30
        and "major" not in fields
        and not re.search(r"\d|gpa|排名|学历|学位", major, re.IGNORECASE)
    ):
        fields["major"] = major


def work_of(document: Document, sections: list[tuple[Section, int]], kind: FactKind) -> list[Fact]:
    found = []
    wanted: Section = "work" if kind == "work" else "internship"
    for entry in entries(document, sections, wanted, words.pattern("employers")):
        texts = [document.lines[line].text[start:end] for line, start, end in entry.parts]
        employer = next((text for text in texts if words.pattern("employers").search(text)), "")
        title = next((text for text in texts if words.pattern("titles").search(text) and text != employer), "")
        left = [text for text in texts if text not in (employer, title)]
        certainty: Certainty = "stated"
        if not employer and left:
            employer, certainty = left[0], "unsure"
        if not employer and not title:
            continue
        # An internship is one wherever it stands.
        real: FactKind = "internship" if re.search(r"实习|(?<![a-z])intern(?![a-z])", title, re.IGNORECASE) else kind
        fields = {name: text for name, text in (("employer", employer), ("title", title)) if text}
        why = "employer_by_place" if certainty == "unsure" else "" if title else "no_title_named"
        certainty = "unsure" if why else certainty
        found.append(_fact(document, entry, real, " · ".join(fields.values()), fields, certainty, why))
    return found[:MOST_ENTRIES]


def _fact(
    document: Document, entry: Entry, kind: FactKind, value: str, fields: dict[str, str], certainty: Certainty, why: str
) -> Fact:
    dates = {"from": entry.span.begin, "to": entry.span.end} if entry.span.end else {"to": entry.span.begin}
    used = sorted({line for line, _, _ in entry.parts} | {entry.span_line})
    places = tuple(source(document, line) for line in used)
    if any((document.lines[line].heard or 1.0) < 0.9 for line in used):
        certainty, why = "unsure", "scan_unclear"
    return Fact("", kind, value, fields | dates, places, certainty, why)
