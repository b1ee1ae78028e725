"""Who it is and how to reach them."""

import re

from ehr_bridge.resume import words
from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import Certainty, Fact
from ehr_bridge.resume.place import source
from ehr_bridge.resume.sections import heading_of

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}")
# Mobile numbers of the numbering plan (工信部): 11 digits from 13 to 19; elsewhere E.164.
_MOBILE = re.compile(r"(?<![\d.])(?:\+?86[\s-]{0,2})?(1[3-9]\d)[\s-]?(\d{4})[\s-]?(\d{4})(?!\d)")
_E164 = re.compile(r"(?<![\w.])\+(?!86)\d{1,3}[\s().-]{0,2}(?:\d[\s().-]{0,2}){6,12}\d(?!\d)")
_LABELLED = re.compile(
    r"(?:姓\s{0,4}名|(?<![a-z])name)\s{0,3}[:：]\s{0,3}"
    r"([\u4e00-\u9fff](?:\s?[\u4e00-\u9fff·]){1,7}|[A-Z][A-Za-z'.\- ]{1,40})",
    re.IGNORECASE,
)
_HAN_NAME = re.compile(
    rf"(?:[{words.text('surnames')}]|欧阳|上官|司马|诸葛|夏侯|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|端木)[\u4e00-\u9fff]{{1,2}}"
)
_LATIN_NAME = re.compile(
    r"(?:[A-Z][a-z'\-]{1,20}|[A-Z]\.)(?:\s(?:[A-Z][a-z'\-]{1,20}|[A-Z]\.)){1,3}|[A-Z]{2,20}(?:\s[A-Z]{2,20}){1,2}"
)
_NO_NAME = re.compile(
    r"简历|求职|应聘|个人|银行|公司|大学|经理|电话|resume|curriculum|vitae|university|bank|manager|street|road",
    re.IGNORECASE,
)
TOP_LINES = 6


def name_of(document: Document) -> Fact | None:
    for index, line in enumerate(document.lines):
        found = _LABELLED.search(line.text)
        if found:
            value = re.split(r"\s{2,}|\t", found[1])[0].strip()
            value = re.sub(r"(?<=[\u4e00-\u9fff])\s(?=[\u4e00-\u9fff])", "", value)
            return Fact("", "name", value, {}, (source(document, index, *found.span(1)),))
    for index, line in enumerate(document.lines[:TOP_LINES]):
        first = re.split(r"[\t|｜,，/]|\s{2,}", line.text)[0].strip()
        bare = re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", first)
        if _NO_NAME.search(bare) or heading_of(bare):
            continue
        if _HAN_NAME.fullmatch(bare) or _LATIN_NAME.fullmatch(bare):
            start = line.text.index(first)
            where = source(document, index, start, start + len(first))
            return Fact("", "name", bare.title() if bare.isupper() else bare, {}, (where,), "inferred", "name_by_place")
    return None


def emails_of(document: Document) -> list[Fact]:
    return [
        Fact("", "email", found[0].lower(), {}, (source(document, index, *found.span()),), _heard(line.heard))
        for index, line in enumerate(document.lines)
        for found in _EMAIL.finditer(line.text)
    ][:2]


def phones_of(document: Document) -> list[Fact]:
    found: list[Fact] = []
    for index, line in enumerate(document.lines):
        for match in _MOBILE.finditer(line.text):
            place = (source(document, index, *match.span()),)
            found.append(Fact("", "phone", "".join(match.groups()), {}, place, _heard(line.heard)))
        for match in _E164.finditer(line.text):
            digits = "+" + re.sub(r"\D", "", match[0])
            found.append(Fact("", "phone", digits, {}, (source(document, index, *match.span()),), _heard(line.heard)))
    return found[:2]


def _heard(score: float | None) -> Certainty:
    """Of a digit or a letter that a machine recognised, one is easily wrong."""
    return "stated" if score is None or score >= 0.95 else "unsure"
