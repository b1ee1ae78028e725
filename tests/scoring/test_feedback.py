"""Highlights and suggestions quote the candidate, and every suggestion has strength, weakness and exercise."""

from collections.abc import Callable

import pytest

from scoring.report import Report

Interview = Callable[..., Report]


@pytest.mark.parametrize("name", ["zh_strong", "zh_medium", "zh_weak", "en_strong", "en_medium", "en_weak"])
def test_feedback_cites_the_candidates_own_words(interview: Interview, name: str) -> None:
    report = interview(name, typed=True)
    said = "".join(segment.text for answer in report.answers for segment in answer.segments)
    known = {evidence.id: evidence.quote for answer in report.answers for evidence in answer.evidence}
    assert 1 <= len(report.suggestions) <= 3
    for item in report.suggestions:
        assert all(text.zh and text.en for text in (item.strength, item.weakness, item.exercise))
        assert item.evidence_id is not None, "no suggestion without the candidate's own words"
        assert known[item.evidence_id] == item.quote
        assert item.quote in said
    for highlight in report.highlights:
        assert known[highlight.evidence_id] == highlight.quote


def test_strong_answers_have_highlights_and_weak_ones_none_to_boast(interview: Interview) -> None:
    assert len(interview("zh_strong").highlights) == 3
    assert len({highlight.quote for highlight in interview("zh_strong").highlights}) == 3
    assert interview("zh_weak").highlights == ()


def test_a_bad_phrase_is_the_start_of_the_suggestion(interview: Interview) -> None:
    compliance = [item for item in interview("zh_weak").suggestions if item.competency_id == "compliance"]
    quotes = " ".join(item.quote for item in interview("zh_weak").suggestions)
    assert compliance or "保证收益" in quotes


def test_nothing_assessable_nothing_suggested(interview: Interview) -> None:
    report = interview("zh_short")
    assert (report.highlights, report.suggestions) == ((), ())
