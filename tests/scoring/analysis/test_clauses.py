"""Sentences and clauses with and without punctuation; times belong to the right characters."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.analysis.clauses import Structure, structure
from scoring.analysis.marks import Marks
from scoring.analysis.transcript import Transcript, joined, language_of, spoken, typed
from scoring.evidence import Utterance, Word


def words(*timed: tuple[str, int, int]) -> list[Word]:
    return [Word(text=text, start_ms=start, end_ms=end) for text, start, end in timed]


def parsed(transcript: Transcript) -> Structure:
    return structure(transcript, Marks(transcript.text))


def clauses(text: str) -> list[str]:
    transcript = typed(text)
    return [text[clause.start : clause.end] for clause in parsed(transcript).clauses]


def test_punctuation_makes_clauses() -> None:
    assert clauses("我先道歉，然后解释。最后回访！") == ["我先道歉，", "然后解释。", "最后回访！"]
    assert clauses("Well, it cost 3.5 percent. Then I left") == ["Well,", "it cost 3.5 percent.", "Then I left"]


def test_openers_make_clauses_where_nobody_wrote_a_comma() -> None:
    assert clauses("如果他不改正我会上报领导") == ["如果他不改正", "我会上报领导"]
    assert clauses("把客户的利益放在第一位") == ["把客户的利益放在第一位"]
    assert clauses("the rules must come first") == ["the rules must come first"]


def test_a_pause_makes_a_clause_and_a_long_one_a_sentence() -> None:
    said = Utterance(
        question_id="q1",
        utterance_id="u",
        text="好的明白了",
        start_ms=0,
        end_ms=3000,
        words=words(("好", 0, 200), ("的", 200, 400), ("明", 900, 1000), ("白", 1000, 1200), ("了", 2500, 2700)),
    )
    parts = parsed(spoken([said]))
    assert [(clause.start, clause.end, clause.sentence) for clause in parts.clauses] == [
        (0, 2, 0),
        (2, 4, 0),
        (4, 5, 1),
    ]


def test_every_character_knows_its_time() -> None:
    first = Utterance(
        question_id="q1", utterance_id="a", text=" Hello, world.", start_ms=0, end_ms=900,
        words=words((" Hello", 100, 400), ("world", 500, 800)),
    )  # fmt: skip
    second = Utterance(question_id="q1", utterance_id="b", text="再 见", start_ms=1000, end_ms=2000)
    transcript = spoken([first, second])
    assert transcript.text == "Hello, world. 再见"
    assert transcript.span_ms(0, 5) == (100, 400)
    assert transcript.span_ms(7, 12) == (500, 800)
    assert transcript.span_ms(14, 16) == (1000, 2000)
    assert transcript.span_chars(0, 5) is None


def test_begun_aloud_and_finished_in_writing() -> None:
    said = Utterance(question_id="q1", utterance_id="a", text="我先说", start_ms=0, end_ms=900)
    both = joined(spoken([said]), typed("再写一句"))
    assert both.text == "我先说\n再写一句"
    assert both.span_ms(0, 3) == (0, 900)
    assert both.span_ms(4, 8) is None
    assert both.span_chars(4, 8) == (0, 4)


def test_control_characters_keep_the_offsets() -> None:
    text = "我\x00会\u202e上报\ud800"
    assert len(typed(text).text) == len(text)
    assert typed(text).text.isprintable()


def test_the_language_of_a_mixed_text() -> None:
    assert language_of("我会做 KYC 和 AML 检查") == "zh"
    assert language_of("I would call 王先生 first and explain") == "en"


@given(st.text(max_size=200))
def test_clauses_are_slices_in_order(text: str) -> None:
    parts = parsed(typed(text))
    last = 0
    for clause in parts.clauses:
        assert last <= clause.start < clause.end <= len(text)
        last = clause.end
