from ehr_bridge.insight.pool import pool, search
from tests.ehr_bridge.insight.people import interviewed, joined, left, life, resume

STRONG = interviewed(68.0, dimensions_professional=82.0, dimensions_culture=55.0, communication=90.0)


def test_strong_professional_weak_culture() -> None:
    (talent,) = pool([life(resume("CFA"), interview=STRONG)])
    assert [(tag.key, tag.strength, tag.score) for tag in talent.tags] == [
        ("dimensions.professional", True, 82.0),
        ("dimensions.culture", False, 55.0),
        ("communication", True, 90.0),
    ]
    assert talent.skills == ("CFA",)


def test_who_works_here_is_not_in_it_and_who_left_is() -> None:
    lives = [
        life(joined(), person_id="P1", interview=STRONG),
        life(joined(), left(300), person_id="P2", interview=STRONG),
        life(person_id="P3"),
        life(person_id="P4", interview=interviewed(None)),
        life(person_id="P5", interview=interviewed(90.0)),
    ]
    assert [talent.person_id for talent in pool(lives)] == ["P5", "P2", "P4"]


def test_it_is_found_by_words_strengths_position_and_total() -> None:
    talents = pool(
        [life(resume("CFA"), person_id="P1", interview=STRONG), life(person_id="P2", interview=interviewed())]
    )
    assert [t.person_id for t in search(talents, "cfa")] == ["P1"]
    assert [t.person_id for t in search(talents, "专业 能力")] == ["P1"]
    assert [t.person_id for t in search(talents, "名p2")] == ["P2"]
    assert [t.person_id for t in search(talents, strong=["dimensions.professional"])] == ["P1"]
    assert search(talents, strong=["dimensions.culture"]) == []
    assert [t.person_id for t in search(talents, least_total=69.0)] == ["P2"]
    assert search(talents, position_id="teller") == []
    assert len(search(talents)) == 2
