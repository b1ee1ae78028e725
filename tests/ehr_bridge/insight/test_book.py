from pathlib import Path

import pytest

from ehr_bridge.insight.book import BookInvalid, load
from scoring.positions import builtin


def test_what_comes_with_viva_names_what_there_is() -> None:
    book, positions = load(), builtin()
    competencies = {c.id for model in positions.values() for c in model.competencies}
    assert {key for course in book.courses for key in course.competencies} <= competencies
    assert set(book.growth.positions) <= set(positions)
    assert book.growth.competency in competencies
    parts = {f"{view.id}.{part.id}" for model in positions.values() for view in model.views for part in view.parts}
    limits = [limit for hint in book.hints for limit in (hint.score_below, hint.score_from) if limit]
    assert {limit.key for limit in limits} <= parts | competencies
    assert book.course_for("risk_identification").title.zh == "风险管控"
    assert book.course_for("nothing") is None


def test_an_employers_own_replaces_key_by_key(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("required_score: 80\n")
    assert (load(own).required_score, load(own).courses) == (80, load().courses)
    for text, problem in (
        ("required_score: 800", r"own\.yaml: Expected `float` <= 100"),
        ("nonsense: 1", "unknown field"),
        ("a: [", r"own\.yaml:2: did not find"),
        ("hints: []\nhints: []", r"own\.yaml:2: hints is there twice"),
        ("[]", "keys with values"),
    ):
        own.write_text(text)
        with pytest.raises(BookInvalid, match=problem):
            load(own)
