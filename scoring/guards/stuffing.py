"""Guards against buying a level: lists of key words, and length without content."""

import re

from scoring.analysis.reading import Reading
from scoring.analysis.transcript import Transcript
from scoring.guards.language import function_share
from scoring.guards.verdict import finding, units
from scoring.position_model import Question
from scoring.report import Finding

STUFFED_DENSITY = {"zh": 0.2, "en": -0.2}
GRAMMAR_WEIGHT = {"zh": 3.0, "en": 2.0}
"""Share of the text in words of the trade, minus the weighted share of small words. The densest honest answers that we
have stand at -0.04 (zh) and -0.26 (en), strings of key words at 0.3 and 0.1 in the middle."""
SHORT_BEHAVIOUR = {"zh": 6, "en": 0}
"""Characters: an indicator so short is a key word; a longer one has a gap in it, and with it a sentence."""
SPARSE_SHARE = 0.55
SPARSE_GRAMMAR = {"zh": 0.2, "en": 0.28}
"""More than half key words, with fewer small words than all but a few in a hundred honest answers have."""
EXPLAINING_DENSITY = 0.1
"""Explaining a term takes more terms and fewer small words than telling a story."""
DENSE_WORDINGS = 8
"""Different ones; a short plain sentence has fewer."""
TRADE = (
    "workplace", "risk_sense", "verification", "follow_up", "perspective", "values", "goals", "action_verbs",
    "finance_risk", "documents",
)  # fmt: skip
LONGEST_ITEM = {"zh": 12, "en": 5}
"""Words of an item in a list; an item has none of the words that make a sentence."""
LISTED_ENOUGH = 5
LISTED_SHARE = {"zh": 0.42, "en": 0.35}
ENUMERATED_ENOUGH = 7
ENUMERATED_WORDS = 4.5
ENUMERATED_SPOKEN = 0.25
"""English items may have articles: so many of them, so short, and nearly all without a person or a "because"."""
INFLATED_UNITS = 220.0
MIN_DENSITY = 2.2
"""Signs of substance in a hundred units: answers that say something have 5 to 15."""
INFLATED_CAP = 3

_ITEM_ENDS = re.compile(r"[、,，;；。.!！?？/|\n:：]+")
_SPOKEN = frozenset(
    (
        "i",
        "he",
        "she",
        "they",
        "we",
        "you",
        "it",
        "i'd",
        "i'll",
        "then",
        "because",
        "if",
        "so",
        "when",
        "that",
        "him",
        "her",
    )
)
_SENTENCE_MAKERS = {
    "zh": frozenset("我他她您你们了会就先再后要把给跟是在到着过这那哪吗呢但也都很不没"),
    "en": frozenset(
        (
            *("i", "he", "she", "they", "we", "you", "it", "my", "him", "her", "them", "is", "are", "was", "were"),
            *("would", "will", "to", "the", "a", "an", "that", "if", "when", "because", "so", "and", "but"),
        )
    ),
}


def look(reading: Reading, question: Question) -> list[Finding]:
    findings: list[Finding] = []
    if _dense(reading, question) or _listed(reading) or _enumerated(reading):
        findings.append(finding("keyword_stuffing", "capped", cap=2))
    elif _inflated(reading):
        findings.append(finding("length_inflation", "capped", cap=INFLATED_CAP))
    return findings


def _dense(reading: Reading, question: Question) -> bool:
    """Hardly anything but key words, with hardly any grammar around them."""
    text = reading.transcript.text
    spans = [span for name in TRADE for span in reading.marks.everywhere(name)]
    language = reading.transcript.language
    spans += [(hit.start, hit.end) for hit in reading.hits if hit.end - hit.start <= SHORT_BEHAVIOUR[language]]
    if len({reading.marks.lowered[start:end] for start, end in spans}) < DENSE_WORDINGS:
        return False
    covered = {index for start, end in spans for index in range(start, end)}
    letters = sum(character.isalnum() for character in text)
    share = sum(text[index].isalnum() for index in covered) / max(1, letters)
    grammar = function_share(reading.transcript.words)
    if question.kind != "logic" and share >= SPARSE_SHARE and grammar < SPARSE_GRAMMAR[language]:
        return True
    density = share - GRAMMAR_WEIGHT[language] * grammar
    allowed = EXPLAINING_DENSITY if question.kind == "logic" else 0.0
    return density >= STUFFED_DENSITY[language] + allowed


def _listed(reading: Reading) -> bool:
    """Much of it items of a list, without the small words that sentences have."""
    language = reading.transcript.language
    makers, longest = _SENTENCE_MAKERS[language], LONGEST_ITEM[language]
    items = [Transcript(part).words for part in _ITEM_ENDS.split(reading.transcript.text) if part.strip()]
    listed = [item for item in items if 0 < len(item) <= longest and makers.isdisjoint(item)]
    share = sum(map(len, listed)) / max(1, len(reading.transcript.words))
    return len(listed) >= LISTED_ENOUGH and share >= LISTED_SHARE[language]


def _enumerated(reading: Reading) -> bool:
    items = [Transcript(part).words for part in _ITEM_ENDS.split(reading.transcript.text) if part.strip()]
    if reading.transcript.language != "en" or len(items) < ENUMERATED_ENOUGH:
        return False
    spoken = sum(not _SPOKEN.isdisjoint(item) for item in items) / len(items)
    return sum(map(len, items)) <= ENUMERATED_WORDS * len(items) and spoken <= ENUMERATED_SPOKEN


def _inflated(reading: Reading) -> bool:
    """Long, and next to nothing in it but claims."""
    amount = units(reading.transcript.words)
    made = reading.substance
    signs = made.acts + made.detail + made.outcomes + made.care + made.reasons
    return amount >= INFLATED_UNITS and signs / amount * 100 < MIN_DENSITY
