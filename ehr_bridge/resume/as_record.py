"""The canonical record that a résumé's facts amount to. Pure.

What is sure fills the record's own fields; what somebody should still look at stands among ``facts``, marked, so that
no destination takes a guess for a certificate. Source words go along with each fact, protected ones never.
"""

from collections.abc import Iterable
from datetime import datetime

from ehr_bridge.canonical.records import Education, Resume
from ehr_bridge.canonical.records import Fact as RecordFact
from ehr_bridge.resume.facts import DEGREES, Fact, FactKind, ResumeFacts
from ehr_bridge.resume.protected import masked

# The employee record says "college" for what is an associate degree here.
EDUCATION: dict[str, Education] = {
    "doctor": "doctor",
    "master": "master",
    "bachelor": "bachelor",
    "associate": "college",
    "secondary": "secondary",
}
UNSURE = "unsure."
OF_THE_PERSON: frozenset[FactKind] = frozenset({"name", "email", "phone"})
"""They are the person's, not the résumé's."""


def as_record(facts: ResumeFacts, at: datetime, channel: str) -> Resume:
    sure = ResumeFacts(tuple(fact for fact in facts.facts if fact.certainty != "unsure"))
    schools = sorted(sure.of("education"), key=lambda fact: _rank(fact.fields.get("degree", "")), reverse=True)
    highest = schools[0].fields if schools else {}
    years = sure.first("years")
    return Resume(
        at=at,
        education=EDUCATION.get(highest.get("degree", ""), ""),
        school=highest.get("school", ""),
        subject=highest.get("major", ""),
        years_of_experience=float(years) if years else None,
        employers=_once(fact.fields.get("employer", "") for fact in sure.of("work")),
        skills=_once(fact.value for fact in sure.of("skill")),
        certificates=_once(with_level(fact) for fact in sure.of("certificate")),
        facts=[_fact(fact) for fact in facts.facts if fact.kind not in OF_THE_PERSON],
        channel=channel,
    )


def with_level(fact: Fact) -> str:
    """A level of the CFA is not the CFA."""
    return " ".join(filter(None, (fact.value, fact.fields.get("level", ""))))


def _rank(degree: str) -> int:
    return list(DEGREES).index(degree) if degree in DEGREES else -1


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))


def _fact(fact: Fact) -> RecordFact:
    span = "–".join(filter(None, (fact.fields.get("from", ""), fact.fields.get("to", ""))))
    key = f"{UNSURE if fact.certainty == 'unsure' else ''}{fact.kind}"
    words = " / ".join(masked(source.text).strip() for source in fact.sources)
    return RecordFact(key, " ".join(filter(None, (with_level(fact), span))), words)
