"""The page stands alone, says the right things to the right reader, and cannot be broken from inside an answer."""

from collections.abc import Callable
from html.parser import HTMLParser

import msgspec
import pytest

from scoring.fold import InterviewFacts, fold
from scoring.policy import policy_for
from scoring.position_model import PositionModel
from scoring.render.html import render_html
from scoring.report import Report

Interview = Callable[..., Report]


class Page(HTMLParser):
    """Collects every attribute that could fetch something, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.text: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "data", "action", "srcset")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_nothing_comes_from_elsewhere(interview: Interview) -> None:
    for language in ("zh", "en"):
        for edition in ("hr", "candidate"):
            source = render_html(interview("zh_strong"), edition=edition, language=language)
            page = Page(source)
            assert page.links == []
            assert not {"link", "iframe", "object", "img", "audio"} & set(page.tags)
            for needle in ("http:", "https:", "//", "@import", "url("):
                assert needle not in source, (edition, language, needle)


def test_play_buttons_point_into_the_recording(interview: Interview) -> None:
    report = interview("zh_strong")
    page = Page(render_html(report, recording_url=lambda key: f"/recordings/{key}?s=1"))
    first = next(evidence for evidence in report.answers[0].evidence if evidence.kind == "indicator")
    assert first.start_ms is not None
    assert first.end_ms is not None
    fragment = f"#t={first.start_ms / 1000:.1f},{first.end_ms / 1000:.1f}"
    assert f"/recordings/iv-1/q1.webm?s=1{fragment}" in page.links
    assert page.tags.count("audio") == 4
    assert "audio" not in Page(render_html(report, recording_url=lambda key: None)).tags


def test_the_hr_edition_shows_scores_evidence_and_reasons(interview: Interview) -> None:
    report = interview("zh_strong")
    text = "".join(Page(render_html(report)).text)
    assert report.answers[3].scores[0].why.zh in text
    assert report.digest in text
    assert "AI 生成" in text
    assert "由人决定" in text
    assert f"{report.total.value:.1f}" in text


def test_the_candidate_edition_keeps_to_views_and_kind_words(interview: Interview) -> None:
    for name in ("zh_strong", "zh_weak", "zh_short"):
        report = interview(name)
        text = "".join(Page(render_html(report, edition="candidate")).text)
        assert "感谢您" in text
        for internal in ("rubric", "fixture", "BARS", "相反", "评分与依据", "client_manager", "非语言通道"):
            assert internal not in text, internal
        for answer in report.answers:
            for leaf in answer.scores:
                assert leaf.why.zh not in text


def test_not_assessable_is_said_to_each_reader_in_their_words(interview: Interview) -> None:
    report = interview("zh_gibberish")
    assert "暂不评分：内容没有可理解的语句" in "".join(Page(render_html(report)).text)
    candidate = "".join(Page(render_html(report, edition="candidate")).text)
    assert "没有可理解的语句" not in candidate
    assert "由工作人员查看" in candidate


@pytest.mark.parametrize("language", ["zh", "en"])
def test_markup_in_an_answer_stays_text(
    new_log: Callable[..., object], model: PositionModel, facts: InterviewFacts, language: str
) -> None:
    evil = "<script>alert(1)</script> I would report it to my manager <img src=x onerror=y> because it is right {{7*7}}"
    log = new_log().typed("q4", evil)  # type: ignore[attr-defined]
    named = msgspec.structs.replace(facts, applicant_name="<b>李</b>&\"'")
    report = fold(log.lines, model, policy_for("eu"), interview=named)
    source = render_html(report, language=language)  # type: ignore[arg-type]
    page = Page(source)
    assert page.tags.count("script") == 1
    assert "img" not in page.tags
    assert "b" not in page.tags or "<b>李" not in source
    assert "{{7*7}}" in "".join(page.text)


def test_charts_are_described_for_those_who_do_not_see_them(interview: Interview) -> None:
    source = render_html(interview("en_strong"), language="en")
    assert 'role="img" aria-label="Competency profile: Needs discovery 9' in source
    assert '<html lang="en">' in source


def test_the_same_report_gives_the_same_page(interview: Interview) -> None:
    assert render_html(interview("en_weak")) == render_html(interview("en_weak"))
