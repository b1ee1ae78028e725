"""Each list is looked up once, and asked for by stretch."""

from scoring.analysis.marks import Marks


def test_within_a_stretch_nothing_overlaps_and_nothing_hangs_over() -> None:
    marks = Marks("我从来不会上报，也不会隐瞒")
    assert marks.within("zh", "negators_far", 0, 5) == [(1, 4)]
    assert marks.within("zh", "negators_far", 0, 3) == []
    assert marks.last_end("zh", "negators_far", 0, 20) == 11
    assert marks.last_end("zh", "negators_far", 12, 13) == 12


def test_a_language_that_is_not_there_is_not_looked_for() -> None:
    assert Marks("我会上报").languages == ("zh",)
    assert Marks("I would report it").languages == ("en",)
    assert Marks("我会做 KYC").languages == ("zh", "en")
    assert Marks("12345").everywhere("documents") == []


def test_wordings_are_told_apart_whatever_their_case() -> None:
    assert Marks("The contract. A CONTRACT. The report.").wordings("documents") == {"contract", "report"}
