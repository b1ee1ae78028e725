"""What both renderers show: the report, arranged for one edition and one language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scoring.bilingual import Bilingual, Language
from scoring.render import charts
from scoring.render.wording import FOR_CANDIDATE, FOR_CANDIDATE_OTHERWISE, NOTES_FOR_CANDIDATE, clock, say
from scoring.report import AnswerReport, Evidence, Report

Edition = Literal["hr", "candidate"]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One quote and everything that it is evidence for."""

    item: Evidence
    tags: tuple[tuple[str, bool], ...]
    """Wording, and whether it speaks against."""


@dataclass(frozen=True)
class ReportView:
    """Everything is in ``language``. The candidate edition holds no number below the views, no evidence against,
    and nothing about how the machine works."""

    report: Report
    edition: Edition
    language: Language

    def text(self, both: Bilingual) -> str:
        return both.in_language(self.language)

    def say(self, key: str) -> str:
        return say(key, self.language)

    @property
    def title(self) -> str:
        return self.say(f"title_{self.edition}")

    @property
    def for_hr(self) -> bool:
        return self.edition == "hr"

    @property
    def date(self) -> str:
        """2026-03-02T01:30:00Z -> 2026-03-02 01:30 UTC; anything else stays as it is."""
        started = self.report.interview.started_at
        if len(started) >= 20 and started[10] == "T" and started.endswith("Z"):
            return f"{started[:10]} {started[11:16]} UTC"
        return started

    @property
    def notes(self) -> list[str]:
        if self.for_hr:
            return [self.text(note.text) for note in self.report.notes]
        shown = [note for note in self.report.notes if note.audience == "everyone"]
        return [self.text(NOTES_FOR_CANDIDATE.get(note.code, note.text)) for note in shown]

    @property
    def notices(self) -> list[str]:
        return list(dict.fromkeys(self.text(engine.notice) for engine in self.report.engines if engine.notice))

    @property
    def coverage(self) -> str:
        return f"{self.report.answers_assessable} / {self.report.answers_planned}"

    def radar(self) -> charts.Drawing:
        """HR sees the competencies; the candidate the parts of the views, each once."""
        if self.for_hr:
            axes = [(self.text(item.label), item.score.value) for item in self.report.competencies]
            title = self.say("competencies")
        else:
            parts = {part.id: part for view in self.report.views for part in view.parts}
            axes = [(self.text(part.label), part.score.value) for part in parts.values()]
            title = self.say("profile")
        told = ", ".join(f"{label} {'–' if value is None else f'{value:.0f}'}" for label, value in axes)
        return charts.radar(axes, f"{title}: {told}")

    def view_bars(self) -> list[tuple[str, charts.Drawing]]:
        drawn = []
        for view in self.report.views:
            items = [
                charts.Bar(self.text(part.label), part.score.value, part.score.low, part.score.high)
                for part in view.parts
            ]
            told = ", ".join(f"{i.label} {'–' if i.value is None else f'{i.value:.1f}'}" for i in items)
            drawn.append((self.text(view.label), charts.bars(items, told, self.say("not_assessable"))))
        return drawn

    def timeline(self) -> charts.Drawing:
        return charts.timeline([self._row(answer) for answer in self.report.answers], self.say("timeline"))

    def _row(self, answer: AnswerReport) -> charts.Row:
        length = max(1, answer.audio_ms or answer.duration_ms)
        typed_length = max([1] + [segment.end_char or 0 for segment in answer.segments])
        marks = [
            charts.Mark(self._share(evidence.start_ms, evidence.start_char, length, typed_length), evidence.supports)
            for evidence in self.evidence(answer)
            if evidence.supports
        ]
        speech = tuple(
            (min(1.0, segment.start_ms / length), min(1.0, segment.end_ms / length))
            for segment in answer.segments
            if segment.start_ms is not None and segment.end_ms is not None
        )
        return charts.Row(
            label=f"Q{answer.index}",
            length_ms=length,
            caption=f"{clock(length)} · {self.say(answer.mode)}",
            speech=speech or ((0.0, 1.0),),
            marks=tuple(marks),
            assessable=answer.quality.assessable,
        )

    @staticmethod
    def _share(ms: int | None, char: int | None, length_ms: int, length_chars: int) -> float:
        return min(1.0, ms / length_ms if ms is not None else (char or 0) / length_chars)

    def evidence(self, answer: AnswerReport) -> Sequence[Evidence]:
        """HR sees all that speaks for or against, results and risk terms; the candidate only what speaks for."""
        if not self.for_hr:
            return _best(answer.evidence) if answer.quality.assessable else []
        return [evidence for evidence in answer.evidence if evidence.kind not in ("act", "star")]

    def rows(self, answer: AnswerReport) -> list[EvidenceRow]:
        """The evidence by quote, in the order in which it was said."""
        by_quote: dict[tuple[str, int | None, int | None], list[Evidence]] = {}
        for item in self.evidence(answer):
            by_quote.setdefault((item.quote, item.start_ms, item.start_char), []).append(item)
        return [
            EvidenceRow(items[0], tuple(dict.fromkeys((self._tag(item), item.supports < 0) for item in items)))
            for items in by_quote.values()
        ]

    def _tag(self, item: Evidence) -> str:
        parts = [self.text(item.label)]
        if item.competency_id is not None and self.for_hr:
            parts.insert(0, self.competency_label(item.competency_id))
        if item.kind == "result" and item.reading:
            parts.append(item.reading)
        if item.supports < 0:
            parts.insert(0, self.say("against"))
        return " · ".join(parts)

    def star(self, answer: AnswerReport) -> Sequence[Evidence]:
        """The told event's parts, for behavioural questions."""
        return [e for e in answer.evidence if e.kind == "star"] if answer.kind == "behavioural" else []

    def reason(self, answer: AnswerReport) -> str:
        """Why there is no score, in the words of this edition."""
        code = answer.quality.reason or ""
        if not self.for_hr:
            return self.text(FOR_CANDIDATE.get(code, FOR_CANDIDATE_OTHERWISE))
        label = next((self.text(found.label) for found in answer.quality.findings if found.code == code), code)
        return f"{self.say('not_assessable')}{'：' if self.language == 'zh' else ': '}{label}"

    def competency_label(self, competency_id: str) -> str:
        found = (item.label for item in self.report.competencies if item.id == competency_id)
        return self.text(next(found, Bilingual(zh=competency_id, en=competency_id)))

    def where(self, evidence: Evidence) -> str:
        """1:15, or nothing for what was typed."""
        return clock(evidence.start_ms) if evidence.start_ms is not None else ""


def _best(evidence: Sequence[Evidence], at_most: int = 4) -> list[Evidence]:
    """The longest quotes that speak for the candidate, one per sort, in the order in which they were said."""
    favourable = [item for item in evidence if item.supports > 0 or item.kind == "result"]
    ranked = sorted(favourable, key=lambda item: (-len(item.quote), item.id))
    by_sort = {(item.indicator_id or item.kind): item for item in reversed(ranked)}
    by_quote = {item.quote: item for item in by_sort.values()}
    chosen = sorted(by_quote.values(), key=lambda item: (-len(item.quote), item.id))[:at_most]
    return [item for item in evidence if item in chosen]
