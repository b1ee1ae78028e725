"""Evidence as a reader meets it: a verbatim quote with its time, and what it stands for."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scoring.analysis.reading import Reading
from scoring.analysis.substance import Flaw
from scoring.bilingual import Bilingual
from scoring.outside.opinions import Counted
from scoring.position_model import PositionModel
from scoring.report import Evidence, EvidenceKind, Segment
from scoring.wording import EVIDENCE_KINDS, FAULTS, behaviour

SHORTEST = {"zh": 8, "en": 24}
LONGEST = {"zh": 56, "en": 150}
"""Characters of a quote: enough to be understood, short enough to be read."""
QUOTES_PER_INDICATOR = 2
ACTS_SHOWN = 6
ADEQUATE = 3

_HANGING = re.compile(r"(?:[\s，,、。；;：:.]|(?<=\s)(?:and|but|so|because|or))+$")


@dataclass(frozen=True, slots=True)
class _Finding:
    """A stretch of the answer, before it has a quote around it."""

    start: int
    end: int
    kind: EvidenceKind
    label: Bilingual
    supports: int = 0
    competency_id: str | None = None
    indicator_id: str | None = None
    reading: str = ""

    @property
    def order(self) -> tuple[int, int, str, str, str]:
        return self.start, self.end, self.kind, self.competency_id or "", self.indicator_id or ""


def collect(reading: Reading, model: PositionModel, question_id: str) -> tuple[Evidence, ...]:
    """All evidence of an answer in the order in which it was said, numbered ``q1.e1``, ``q1.e2`` …"""
    own_acts = [act for act in reading.acts if act.actor != "implied"][:ACTS_SHOWN]
    found = _indicator_findings(reading, model)
    found += [
        _Finding(act.start, act.end, "act", EVIDENCE_KINDS[act.actor], reading="done" if act.done else "announced")
        for act in own_acts
    ]
    found += [_Finding(r.start, r.end, "result", EVIDENCE_KINDS["result"], reading=r.quantity) for r in reading.results]
    found += [_Finding(s.start, s.end, "star", EVIDENCE_KINDS[s.part], reading=s.part) for s in reading.star]
    found += [_Finding(term.start, term.end, "risk_term", EVIDENCE_KINDS["risk_term"]) for term in reading.terms]
    found += [_flaw_finding(flaw) for flaw in reading.substance.flaws]
    found += [
        _Finding(
            s.start, s.end, s.topic, EVIDENCE_KINDS[s.topic if s.supports > 0 else f"{s.topic}_against"], s.supports
        )
        for s in reading.statements
    ]
    found.sort(key=lambda finding: finding.order)
    return tuple(
        _evidence(reading, finding, question_id, f"{question_id}.e{number}")
        for number, finding in enumerate(found, start=1)
    )


def of_outside(reading: Reading, counted: Sequence[Counted], question_id: str) -> tuple[Evidence, ...]:
    """The quotes that outside raters gave, exactly as long as they gave them: ``q1.r1``, ``q1.r2`` …"""
    spans = [(one, span) for one in counted for span in one.spans]
    return tuple(
        _placed(
            reading,
            _Finding(
                *span,
                "rater",
                EVIDENCE_KINDS["rater"],
                1 if one.rating.level >= ADEQUATE else -1,
                one.rating.competency_id,
                reading=one.rater,
            ),
            question_id,
            f"{question_id}.r{number}",
            span,
        )
        for number, (one, span) in enumerate(spans, start=1)
    )


def _indicator_findings(reading: Reading, model: PositionModel) -> list[_Finding]:
    taken: Counter[tuple[str, str, int]] = Counter()
    found: list[_Finding] = []
    for hit in reading.hits:
        key = hit.competency_id, hit.indicator_id, hit.supports
        taken[key] += 1
        if taken[key] <= QUOTES_PER_INDICATOR:
            indicator = model.competency(hit.competency_id).indicator(hit.indicator_id)
            label = behaviour(indicator.label, denied=hit.denied, bad=indicator.sign == "negative")
            said = "denied" if hit.denied else ""
            found.append(
                _Finding(
                    hit.start, hit.end, "indicator", label, hit.supports, hit.competency_id, hit.indicator_id, said
                )
            )
    return found


def _flaw_finding(flaw: Flaw) -> _Finding:
    """What takes levels off is quoted like what brings them."""
    label = behaviour(FAULTS[flaw.fault], denied=flaw.refused, bad=True)
    return _Finding(flaw.start, flaw.end, "fault", label, 1 if flaw.refused else -1, reading=flaw.fault)


def _evidence(reading: Reading, finding: _Finding, question_id: str, evidence_id: str) -> Evidence:
    return _placed(reading, finding, question_id, evidence_id, quote_span(reading, finding.start, finding.end))


def _placed(reading: Reading, finding: _Finding, question_id: str, evidence_id: str, span: tuple[int, int]) -> Evidence:
    left, right = span
    times = reading.transcript.span_ms(left, right)
    offsets = reading.transcript.span_chars(left, right)
    return Evidence(
        id=evidence_id,
        question_id=question_id,
        kind=finding.kind,
        label=finding.label,
        quote=reading.transcript.text[left:right],
        supports=finding.supports,
        competency_id=finding.competency_id,
        indicator_id=finding.indicator_id,
        reading=finding.reading,
        start_ms=times[0] if times else None,
        end_ms=times[1] if times else None,
        start_char=offsets[0] if offsets else None,
        end_char=offsets[1] if offsets else None,
    )


def quote_span(reading: Reading, start: int, end: int) -> tuple[int, int]:
    """The clause around a finding, with a neighbour if it is too short, or a window if it is too long."""
    text = reading.transcript.text
    clauses = reading.structure.clauses
    first = reading.structure.clause_at(start)
    last = reading.structure.clause_at(max(start, end - 1))
    left, right = min(start, clauses[first].start), max(end, clauses[last].end)
    language = clauses[first].lexicon.language
    if right - left < SHORTEST[language] and last + 1 < len(clauses):
        following = clauses[last + 1]
        if following.sentence == clauses[last].sentence and following.end - left <= LONGEST[language]:
            right = following.end
    if right - left < SHORTEST[language] and first > 0:
        before = clauses[first - 1]
        if before.sentence == clauses[first].sentence and right - before.start <= LONGEST[language]:
            left = before.start
    if right - left > LONGEST[language]:
        left, right = _window(text, start, end, left, right, LONGEST[language], words=language == "en")
    return _trimmed(text, left, right)


def _trimmed(text: str, left: int, right: int) -> tuple[int, int]:
    """Without the marks at its edges, a conjunction left hanging, or a quotation mark whose partner lies outside."""
    right = left + len(_HANGING.sub("", text[left:right]))
    for opening, closing in (('"', '"'), ("“", "”"), ("「", "」"), ("『", "』")):
        quote = text[left:right]
        lonely = quote.count('"') % 2 if opening == closing else quote.count(opening) != quote.count(closing)
        if lonely and quote.startswith((opening, closing)):
            left += 1
        elif lonely and quote.endswith((opening, closing)):
            right -= 1
    return left, left + len(_HANGING.sub("", text[left:right]))


def _window(text: str, start: int, end: int, left: int, right: int, longest: int, *, words: bool) -> tuple[int, int]:
    spare = max(0, longest - (end - start)) // 2
    left, right = max(left, start - spare), min(right, max(end, start + longest - spare))
    if words:
        while left > 0 and left < start and not text[left - 1].isspace():
            left += 1
        while right < len(text) and right > end and text[right - 1].isalnum() and text[right].isalnum():
            right -= 1
    return left, right


def segments(reading: Reading) -> tuple[Segment, ...]:
    """The transcript, sentence by sentence, to the last character: marks and symbols that belong to no sentence stand
    before the next one."""
    whole = reading.transcript.text
    spans = [(sentence.start, sentence.end) for sentence in reading.structure.sentences] or [(0, len(whole))]
    ends = [0, *(end for _, end in spans[:-1]), len(whole)]
    parts: list[Segment] = []
    for (start, end), (left, right) in zip(spans, pairwise(ends), strict=True):
        text = whole[left:right].strip()
        if not text:
            continue
        left = whole.index(text, left)
        times = reading.transcript.span_ms(start, end)
        offsets = reading.transcript.span_chars(left, left + len(text))
        parts.append(
            Segment(
                text=text,
                start_ms=times[0] if times else None,
                end_ms=times[1] if times else None,
                start_char=offsets[0] if offsets else None,
                end_char=offsets[1] if offsets else None,
            )
        )
    return tuple(parts)
