"""Guards against buying a level: lists of key words, and length without content."""

import re

from scoring.analysis.reading import Reading
from scoring.analysis.transcript import Transcript
from scoring.guards.language import function_share
from scoring.guards.verdict import finding, units
from scoring.report import Finding

STUFFED_FUNCTION_SHARE = {"zh": 0.11, "en": 0.2}
STUFFED_INDICATORS = 4
STUFFED_WORDINGS = 7
"""So many behaviours or words of the trade, and hardly any grammar around them."""
LONGEST_ITEM = {"zh": 8, "en": 4}
"""Words of an item in a list."""
LISTED_ENOUGH = 8
LISTED_SHARE = 0.6
LISTED_FUNCTION_SHARE = {"zh": 0.08, "en": 0.2}
INFLATED_UNITS = 220.0
MIN_DENSITY = 2.2
"""Signs of substance in a hundred units: answers that say something have 5 to 15."""
INFLATED_CAP = 3

_ITEM_ENDS = re.compile(r"[、,，;；。.!！?？/|\n:：]+")


def look(reading: Reading) -> list[Finding]:
    findings: list[Finding] = []
    if _stuffed(reading) or _listed(reading):
        findings.append(finding("keyword_stuffing", "capped", cap=2))
    elif _inflated(reading):
        findings.append(finding("length_inflation", "capped", cap=INFLATED_CAP))
    return findings


def _stuffed(reading: Reading) -> bool:
    language = reading.transcript.language
    if function_share(reading.transcript.words) >= STUFFED_FUNCTION_SHARE[language]:
        return False
    indicators = {(hit.competency_id, hit.indicator_id) for hit in reading.hits if hit.supports > 0}
    trade = {word for name in ("workplace", "risk_sense", "values", "verification", "follow_up", "perspective")
             for word in reading.marks.wordings(name)}  # fmt: skip
    return len(indicators) >= STUFFED_INDICATORS or len(trade) >= STUFFED_WORDINGS


def _listed(reading: Reading) -> bool:
    """Most of it items of a list, without the small words that sentences have."""
    language = reading.transcript.language
    items = [Transcript(part).words for part in _ITEM_ENDS.split(reading.transcript.text) if part.strip()]
    listed = [item for item in items if 0 < len(item) <= LONGEST_ITEM[language]]
    words = [word for item in listed for word in item]
    return (
        len(listed) >= LISTED_ENOUGH
        and len(words) >= LISTED_SHARE * len(reading.transcript.words)
        and function_share(words) < LISTED_FUNCTION_SHARE[language]
    )


def _inflated(reading: Reading) -> bool:
    """Long, and next to nothing in it but claims."""
    amount = units(reading.transcript.words)
    made = reading.substance
    signs = made.acts + made.detail + made.outcomes + made.care + made.reasons
    return amount >= INFLATED_UNITS and signs / amount * 100 < MIN_DENSITY
