"""What a text is about, without a dictionary."""

from scoring.analysis.vocabulary import competency_terms, question_terms, subject_terms, terms
from scoring.position_model import PositionModel


def test_terms_are_pairs_of_characters_and_beginnings_of_words() -> None:
    assert terms("客户的诉求") == {"客户", "诉求"}
    assert terms("They verified the contract") == terms("verifying contracts") == {"verif", "contr"}
    assert terms("") == frozenset()


def test_the_subject_of_a_question_holds_its_own_words_and_its_competencies(model: PositionModel) -> None:
    question = model.question("q4")
    assert question is not None
    subject = subject_terms(model, question)
    assert question_terms(question) <= subject
    assert competency_terms(model.competency("compliance")) <= subject
    assert "上报" in subject
