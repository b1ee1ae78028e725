"""The PDF: deterministic bytes, extractable Chinese, a summary of exactly one page, lines broken as readers expect."""

from collections.abc import Callable

import msgspec
import pypdfium2  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.render.pdf import render_pdf
from scoring.render.pdf_text import NOT_AT_START, break_lines, fitted, width_of
from scoring.report import Report

Interview = Callable[..., Report]


def pages(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [document[number].get_textpage().get_text_range() for number in range(len(document))]
    finally:
        document.close()


def flat(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(("name", "language"), [("zh_strong", "zh"), ("en_strong", "en")])
def test_words_can_be_read_back_and_bytes_do_not_change(interview: Interview, name: str, language: str) -> None:
    report = interview(name)
    data = render_pdf(report, language=language)  # type: ignore[arg-type]
    assert data == render_pdf(interview(name), language=language)  # type: ignore[arg-type]
    texts = pages(data)
    whole = flat("".join(texts))
    assert "李晓雨" in whole
    assert flat(report.answers[0].segments[0].text)[:20] in whole
    assert flat(report.suggestions[0].exercise.in_language(language)) in flat(texts[0])  # type: ignore[arg-type]
    assert "Q1" in flat(texts[1])[:2]
    assert len(data) < 400_000


@pytest.mark.parametrize("name", ["zh_weak", "en_weak", "zh_short"])
def test_the_summary_is_one_page(interview: Interview, name: str) -> None:
    for language in ("zh", "en"):
        texts = pages(render_pdf(interview(name), language=language))
        assert flat(texts[1]).startswith("Q1")


def test_the_candidate_edition_has_no_levels(interview: Interview) -> None:
    report = interview("zh_weak")
    whole = flat("".join(pages(render_pdf(report, edition="candidate"))))
    assert "感谢您" in whole
    assert "评分与依据" not in whole
    assert flat(report.answers[3].scores[0].why.zh) not in whole


def test_rare_names_have_glyphs(interview: Interview, model: PositionModel, facts: InterviewFacts) -> None:
    name = "赟旸堃翀喆璟彧"
    report = fold([], model, policy_for("eu"), interview=msgspec.structs.replace(facts, applicant_name=name))
    assert name in flat(pages(render_pdf(report))[0])


def test_a_long_answer_flows_over_pages(
    new_log: Callable[..., object], model: PositionModel, facts: InterviewFacts
) -> None:
    text = "".join(f"第{number}点我会认真说明风险并且上报主管第{number}号事项。" for number in range(220))
    log = new_log().typed("q4", text)  # type: ignore[attr-defined]
    whole = flat("".join(pages(render_pdf(fold(log.lines, model, policy_for("eu"), interview=facts)))))
    assert "第219点我会认真说明风险" in whole


def test_a_long_name_leaves_room_for_the_label(model: PositionModel, facts: InterviewFacts) -> None:
    name = "Maria Magdalena Konstantinopolskaya-Vandenberghe " * 4
    report = fold([], model, policy_for("eu"), interview=msgspec.structs.replace(facts, applicant_name=name))
    first = pages(render_pdf(report, language="en"))[0]
    assert "Maria Magdalena" in first
    assert "…" in first
    assert width_of(fitted(name, 20, 300), 20) <= 300
    assert fitted("李晓雨", 20, 300) == "李晓雨"


def test_latin_words_stay_whole_and_marks_never_begin_a_line() -> None:
    text = "我会用 performance data 向客户说明，因为 transparency（透明）很重要。" * 3
    lines = break_lines(text, 10, 120)
    assert len(lines) > 5
    assert all(line[0] not in NOT_AT_START for line in lines)
    assert all(line[-1] not in "（“" for line in lines)
    joined = " ".join(lines)
    assert joined.count("performance") == joined.count("transparency") == 3


def test_a_run_of_marks_stays_on_the_page() -> None:
    for text in ("我会" + "。" * 200, "aaa”””））））））", "说明" + "…" * 90 + ".abcdefghijkl" * 3):
        assert all(width_of(line, 9) <= 60 + 2 * 9 for line in break_lines(text, 9, 60))


@given(st.text(alphabet="我会风险，。（）“” abcdefgh.\n", max_size=120), st.integers(20, 200))
def test_breaking_keeps_every_character(text: str, width: int) -> None:
    lines = break_lines(text, 9, width)
    assert flat("".join(lines)) == flat(text)
    assert all(width_of(line, 9) <= width + 4 * 9 for line in lines)
