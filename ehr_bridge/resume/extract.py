"""Facts of a résumé. Pure: the same document and the same day give the same facts.

Rules and word lists, no model: every fact can be traced to the rule and to the words, and a wrong one to a line here.
"""

import re

import msgspec

from ehr_bridge.resume.abilities import abilities_of
from ehr_bridge.resume.dates import months, total_months
from ehr_bridge.resume.document import Document
from ehr_bridge.resume.facts import DEGREES, Fact, ResumeFacts, Source
from ehr_bridge.resume.history import education_of, work_of
from ehr_bridge.resume.personal import emails_of, name_of, phones_of
from ehr_bridge.resume.place import source
from ehr_bridge.resume.protected import withheld
from ehr_bridge.resume.sections import sections_of

EXTRACTOR = "viva-rules 1"
_STATED_YEARS = re.compile(
    r"(\d{1,2}(?:\.\d)?)\s{0,2}\+?\s{0,2}年(?:以上)?(?:的)?[\u4e00-\u9fff]{0,8}(?:工作)?经验"
    r"|(\d{1,2}(?:\.\d)?)\s{0,2}\+?\s{0,2}years?(?: of)?(?: [a-z]+){0,3} experience"
    r"|工作年限\s{0,2}[:：]\s{0,2}(\d{1,2})",
    re.IGNORECASE,
)
APART_YEARS = 1.0
WHY: dict[str, tuple[str, str]] = {
    "name_by_place": ("按位置推断为姓名", "Taken for the name by where it stands"),
    "no_degree_named": ("没有写明学历层次", "No degree is named"),
    "employer_by_place": ("按位置推断为单位", "Taken for the employer by where it stands"),
    "no_title_named": ("没有写明职位", "No title is named"),
    "not_passed_yet": ("写明尚在备考或未通过", "Said to be not passed yet"),
    "scan_unclear": ("扫描文字不清晰", "The scan is unclear here"),
    "from_spans": ("由工作起止时间计算（不含实习）", "Counted from the spans of work, without internships"),
    "years_disagree": ("自述年限与工作起止时间不一致", "What is claimed and the spans of work do not agree"),
}
"""In Chinese and English."""


def extract(document: Document, today: str) -> ResumeFacts:
    """``today``: the day the file was sent, ``2026-11`` or longer: what "至今" means."""
    sections = sections_of([line.text for line in document.lines])
    name = name_of(document)
    found = [
        *([name] if name else []),
        *emails_of(document),
        *phones_of(document),
        *education_of(document, sections),
        *work_of(document, sections, "work"),
        *work_of(document, sections, "internship"),
        *abilities_of(document, sections),
    ]
    found += _years(document, found, today)
    numbered = [msgspec.structs.replace(fact, id=f"f{number}") for number, fact in enumerate(found, 1)]
    return ResumeFacts(tuple(numbered), withheld(document), EXTRACTOR)


def _years(document: Document, facts: list[Fact], today: str) -> list[Fact]:
    posts = [fact for fact in facts if fact.kind == "work"]
    spans = [months(fact.fields["from"], fact.fields["to"], today) for fact in posts if "from" in fact.fields]
    counted = round(total_months([span for span in spans if span is not None]) / 12, 1)
    claimed = _claimed(document)
    sources = tuple(fact.sources[0] for fact in posts if fact.sources)
    if claimed is None:
        return [Fact("", "years", f"{counted:g}", {}, sources, "inferred", "from_spans")] if posts else []
    value, place = claimed
    if posts and abs(value - counted) > APART_YEARS:
        both = {"claimed": f"{value:g}", "counted": f"{counted:g}"}
        return [Fact("", "years", f"{min(value, counted):g}", both, (place, *sources), "unsure", "years_disagree")]
    return [Fact("", "years", f"{value:g}", {}, (place,))]


def _claimed(document: Document) -> tuple[float, Source] | None:
    for index, line in enumerate(document.lines):
        found = _STATED_YEARS.search(line.text)
        if found:
            return float(next(group for group in found.groups() if group)), source(document, index, *found.span())
    return None


def highest_degree(facts: ResumeFacts) -> int:
    """From 1 (secondary) to 5 (doctor); 0: none is named."""
    named = [fact.fields.get("degree", "") for fact in facts.of("education")]
    return max((DEGREES.index(degree) + 1 for degree in DEGREES if degree in named), default=0)
