"""What people put right."""

import pytest

from ehr_bridge.resume.corrections import Correction, corrected, flaw
from ehr_bridge.resume.facts import Fact, ResumeFacts, Source

FOUND = ResumeFacts(
    (
        Fact("f1", "name", "李明", {}, (Source(1, 0, "李明"),)),
        Fact("f2", "education", "浙江大学", {"school": "浙江大学"}, (Source(1, 3, "浙江大学 经济学"),), "unsure"),
        Fact("f3", "years", "3"),
    )
)


def test_a_correction_keeps_the_place_and_says_that_it_is_one() -> None:
    held = corrected(
        FOUND, [Correction("education", "f2", "浙江大学 · 本科", {"school": "浙江大学", "degree": "bachelor"})]
    )
    assert [fact.id for fact in held.facts] == ["f1", "f2", "f3"]
    assert (held.facts[1].certainty, held.facts[1].sources) == ("corrected", FOUND.facts[1].sources)


def test_the_newest_holds_and_nothing_is_forgotten() -> None:
    one, two = Correction("name", "f1", "李铭"), Correction("name", "f1", "李名")
    assert corrected(FOUND, [one, two]).first("name") == "李名"
    assert FOUND.first("name") == "李明"


def test_what_was_added_may_be_corrected_and_removed() -> None:
    added = corrected(FOUND, [Correction("certificate", "", "CFA")])
    assert added.facts[-1].id == "h1"
    assert added.facts[-1].sources == ()
    gone = corrected(FOUND, [Correction("certificate", "", "CFA"), Correction("certificate", "h1", removed=True)])
    assert gone.facts == FOUND.facts


def test_there_is_one_name() -> None:
    held = corrected(FOUND, [Correction("name", "", "王红")])
    assert [fact.value for fact in held.of("name")] == ["王红"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (Correction("name", "f9", "x"), "no fact"),
        (Correction("work", "f1", "x"), "kind name"),
        (Correction("name", "f1", " "), "1 to 200"),
        (Correction("name", "f1", "x" * 201), "1 to 200"),
        (Correction("skill", removed=True), "fact_id"),
        (Correction("skill", "", "Excel", {"salary": "9"}), "salary"),
        (Correction("education", "f2", "x", {"degree": "genius"}), "degree is one of"),
        (Correction("education", "f2", "x", {"from": "last year"}), "from is a month"),
        (Correction("years", "f3", "many"), "0 to 60"),
    ],
)
def test_what_cannot_be(wrong: Correction, says: str) -> None:
    assert says in str(flaw(FOUND, wrong))


def test_what_can() -> None:
    assert (
        flaw(FOUND, Correction("education", "f2", "x", {"degree": "master", "from": "2019-07", "to": "present"}))
        is None
    )
    assert flaw(FOUND, Correction("years", "f3", "4.5")) is None
    assert flaw(FOUND, Correction("name", "f1", removed=True)) is None
