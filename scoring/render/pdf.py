"""The report as a PDF: one-page summary first, vectors and text only, the same bytes for the same report."""

from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    KeepInFrame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
    Table,
)

from scoring.analysis.transcript import CJK
from scoring.bilingual import Language
from scoring.render.charts import GOLD, GRID, INK, PALE, RUST, SOFT, TEAL, stars
from scoring.render.pdf_shapes import Chart
from scoring.render.pdf_text import Lines, draw_text, fitted, register_font, width_of
from scoring.render.view import Edition, ReportView
from scoring.render.wording import clock
from scoring.report import AnswerReport, Evidence, LeafScore, Report

MARGIN = 40.0
HEADER = 78.0
FOOTER = 44.0
WIDTH = A4[0] - 2 * MARGIN
TIME_COLUMN = 38.0


def render_pdf(report: Report, *, edition: Edition = "hr", language: Language = "zh") -> bytes:
    """A PDF of A4 pages. No clock and no random number goes into it."""
    register_font()
    view = ReportView(report, edition, language)
    buffer = BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=A4,
        invariant=1,
        title=f"{view.title} {report.interview.interview_id}",
        author="Viva",
        subject=view.text(report.label),
        keywords=f"AI-generated, {report.digest}",
        lang="zh-CN" if language == "zh" else "en",
    )
    first = Frame(MARGIN, FOOTER, WIDTH, A4[1] - HEADER - FOOTER - 8, 0, 0, 0, 0, id="first")
    later = Frame(MARGIN, FOOTER, WIDTH, A4[1] - 36 - FOOTER, 0, 0, 0, 0, id="later")
    document.addPageTemplates(
        [
            PageTemplate(
                "first", [first], lambda canvas, _: _header(canvas, view), lambda canvas, _: _footer(canvas, view)
            ),
            PageTemplate("later", [later], onPageEnd=lambda canvas, _: _footer(canvas, view)),
        ]
    )
    # The summary is one page whatever was said: it shrinks rather than run over.
    summary = KeepInFrame(WIDTH, A4[1] - HEADER - FOOTER - 12, _summary(view), mode="shrink")
    document.build([NextPageTemplate("later"), summary, PageBreak(), *_answers(view), *_about(view)])
    return buffer.getvalue()


# -------------------------------------------------------------------------------------- page furniture
def _header(canvas: Canvas, view: ReportView) -> None:
    facts = view.report.interview
    top = A4[1]
    canvas.setFillColor(HexColor(INK))
    canvas.rect(0, top - HEADER, A4[0], HEADER, stroke=0, fill=1)
    label = view.text(view.report.label)
    room = WIDTH - width_of(label, 9) - 16
    draw_text(canvas, MARGIN, top - 36, fitted(facts.applicant_name, 20, room), 20, "#ffffff", bold=True)
    line = f"{view.title}  ·  {view.text(facts.position)}  ·  {view.date}  ·  {view.text(facts.employer)}"
    draw_text(canvas, MARGIN, top - 58, fitted(line, 9.2, WIDTH), 9.2, "#c9d6e2")
    draw_text(canvas, A4[0] - MARGIN, top - 34, label, 9, "#ffffff", anchor="end")


def _footer(canvas: Canvas, view: ReportView) -> None:
    canvas.setStrokeColor(HexColor(GRID))
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, FOOTER - 10, A4[0] - MARGIN, FOOTER - 10)
    report = view.report
    left = f"{view.text(report.label)}  ·  {report.interview.interview_id}  ·  {report.digest[:23]}…"
    draw_text(canvas, MARGIN, FOOTER - 23, left, 7.4, SOFT)
    page = view.say("page").format(canvas.getPageNumber())
    draw_text(canvas, A4[0] - MARGIN, FOOTER - 23, page, 7.4, SOFT, anchor="end")


# ---------------------------------------------------------------------------------------- summary page
def _summary(view: ReportView) -> list[Flowable]:
    notices = [*view.notes, *(view.notices if view.for_hr else ())]
    story: list[Flowable] = [_notice("\n".join(notices))] if notices else []
    if not view.for_hr:
        story.append(Lines(view.say("thanks"), before=4))
    story.append(_columns([_score(view), [Chart(view.radar(), width=WIDTH * 0.54)]], [0.40, 0.60]))
    third = (WIDTH - 48) / 3
    bars = [[_heading(label, 9.6), Spacer(1, 3), Chart(drawing, width=third)] for label, drawing in view.view_bars()]
    story += [_rule(), _columns(bars, [1 / len(bars)] * len(bars))]
    if view.for_hr:
        key = Lines(view.say("timeline_key"), size=7.6, colour=SOFT)
        story += [_rule(), _heading(view.say("timeline")), Spacer(1, 3), Chart(view.timeline(), width=WIDTH), key]
    story += [_rule(), _columns([_highlights(view), _suggestions(view)], [0.44, 0.56])]
    story.append(Lines(view.text(view.report.statement), size=7.8, colour=SOFT, before=6))
    return story


def _score(view: ReportView) -> list[Flowable]:
    total = view.report.total
    flowables: list[Flowable] = [_heading(view.say("total"))]
    if total.value is None or total.stars is None:
        flowables.append(Lines(view.say("not_assessable"), size=20, colour=INK, bold=True))
    else:
        flowables += [Lines(f"{total.value:.1f} / 100", size=30, colour=INK, bold=True, leading=1.3)]
        flowables += [Chart(stars(total.stars)), Spacer(1, 6)]
    facts: list[tuple[str, str]] = []
    if view.for_hr and total.low is not None and total.high is not None and total.ten is not None:
        facts += [(view.say("range"), f"{total.low:.0f}–{total.high:.0f}"), (view.say("ten"), f"{total.ten:.2f}")]
        facts += [(view.say("words_only"), f"{view.report.total_words_only.value:.1f}")]
    facts.append((view.say("assessable"), view.coverage))
    flowables += [Lines(f"{name}  {value}", size=9, colour=SOFT) for name, value in facts]
    return flowables


def _highlights(view: ReportView) -> list[Flowable]:
    story: list[Flowable] = [_heading(view.say("highlights"))]
    for item in view.report.highlights:
        story += [Lines(view.text(item.text), size=8.4, before=4, leading=1.4), _quote(item.quote, 8.8)]
    if not view.report.highlights:
        story.append(Lines(view.say("no_highlights"), colour=SOFT))
    return story


def _suggestions(view: ReportView) -> list[Flowable]:
    story: list[Flowable] = [_heading(view.say("suggestions"))]
    colon = view.say("colon")
    for item in view.report.suggestions:
        said = f"{view.text(item.strength)} {view.text(item.weakness)}"
        story += [Lines(said, size=8.4, before=4, leading=1.4), *([_quote(item.quote, 8.8)] if item.quote else [])]
        story.append(
            Lines(f"{view.say('practise')}{colon}{view.text(item.exercise)}", size=7.6, colour=SOFT, leading=1.4)
        )
    if not view.report.suggestions:
        story.append(Lines(view.say("no_highlights"), colour=SOFT))
    return story


# -------------------------------------------------------------------------------- question by question
def _answers(view: ReportView) -> list[Flowable]:
    return [flowable for answer in view.report.answers for flowable in _answer(view, answer)]


def _answer(view: ReportView, answer: AnswerReport) -> list[Flowable]:
    length = clock(answer.audio_ms or answer.duration_ms)
    meta = f"{view.say(answer.mode)} · {length} · {answer.word_count} {view.say('words')}"
    if answer.needs_human and view.for_hr:
        meta += f" · {view.say('needs_human')}"
    head: list[Flowable] = [
        Lines(f"Q{answer.index}  {view.text(answer.question)}", size=12, colour=INK, bold=True, before=16),
        Lines(meta, size=8, colour=SOFT),
    ]
    if not answer.quality.assessable:
        head.append(_notice(view.reason(answer)))
    story: list[Flowable] = [CondPageBreak(170), *head]
    if view.for_hr:
        story += _scores(view, answer)
        parts = [(item, view.text(item.label), SOFT) for item in view.star(answer)]
        story += _block("STAR", [_said(view, item, label, colour) for item, label, colour in parts])
    rows = [
        _said(
            view,
            row.item,
            "  ｜  ".join(tag for tag, _ in row.tags),
            RUST if any(against for _, against in row.tags) else SOFT,
        )
        for row in view.rows(answer)
    ]
    story += _block(view.say("evidence" if view.for_hr else "well_said"), rows)
    if answer.delivery and view.for_hr:
        story += _block(view.say("delivery"), [Lines(view.text(answer.delivery.description), size=8.8)])
    if answer.quality.assessable and answer.quality.findings and view.for_hr:
        story += _block(view.say("quality"), [Lines(_findings(view, answer), size=8.8)])
    said = [_timed(clock(s.start_ms) if s.start_ms is not None else "", s.text) for s in answer.segments]
    return story + _block(view.say("transcript" if view.for_hr else "your_answer"), said) + [_rule()]


def _findings(view: ReportView, answer: AnswerReport) -> str:
    return "; ".join(
        view.text(found.label) + (f" ({found.detail})" if found.detail else "") for found in answer.quality.findings
    )


def _block(heading: str, flowables: list[Flowable]) -> list[Flowable]:
    """A heading that never stands alone at the foot of a page."""
    if not flowables:
        return []
    return [KeepTogether([_heading(heading, 9.2, SOFT), flowables[0]]), *flowables[1:]]


def _scores(view: ReportView, answer: AnswerReport) -> list[Flowable]:
    return _block(view.say("scores"), [_leaf(view, leaf) for leaf in answer.scores])


def _leaf(view: ReportView, leaf: LeafScore) -> Flowable:
    name = Lines(view.competency_label(leaf.competency_id), size=8.8, colour=INK)
    level = [Lines(f"{leaf.level:.1f}", size=10, colour=TEAL, bold=True)]
    why = [Lines(view.text(leaf.anchor), size=8.8), Lines(view.text(leaf.why), size=7.8, colour=SOFT)]
    return _columns([[name], level, why], [0.21, 0.07, 0.72], padding=3)


def _said(view: ReportView, item: Evidence, tag: str, colour: str) -> Flowable:
    body = [_quote(item.quote, 9), Lines(tag, size=7.6, colour=colour)]
    return _row(view.where(item), body)


def _timed(time: str, text: str) -> Flowable:
    return _row(time, [Lines(text, size=8.8)])


def _row(time: str, body: list[Flowable]) -> Flowable:
    cells = [[Lines(time, size=8, colour=TEAL), body]]
    return Table(cells, [TIME_COLUMN, WIDTH - TIME_COLUMN], style=_plain(2), splitInRow=1, hAlign="LEFT")


def _about(view: ReportView) -> list[Flowable]:
    report = view.report
    small: dict[str, Any] = {"size": 7.8, "colour": SOFT}
    colon = view.say("colon")
    story: list[Flowable] = [Spacer(1, 8)]
    if view.for_hr:
        engines = "; ".join(engine.name for engine in report.engines)
        facts = report.interview
        story += [
            Lines(f"{view.say('how_to_read')}{colon}{view.say('how_to_read_text')}", **small),
            Lines(view.text(report.non_verbal.attestation), **small),
            Lines(f"{view.say('engines')}{colon}{engines} · {facts.position_id} {facts.position_version}", **small),
        ]
    story += [
        Lines(view.text(report.statement), **small),
        Lines(f"{view.say('digest')}{colon}{report.digest}", **small),
        Lines(view.say("checked"), **small),
    ]
    return [KeepTogether(story)]  # no page for one line of it


# ----------------------------------------------------------------------------------------- small parts
def _heading(text: str, size: float = 11, colour: str = INK) -> Lines:
    return Lines(text, size=size, colour=colour, bold=True, before=8, keep_with_next=True)


def _quote(text: str, size: float) -> Lines:
    """In the Chinese font curly quotes are as wide as a character; English words take straight ones."""
    marks = "“”" if CJK.search(text) else '""'
    return Lines(f"{marks[0]}{text}{marks[1]}", size=size, colour=INK)


def _rule() -> Flowable:
    return HRFlowable(width="100%", thickness=0.6, color=HexColor(GRID), spaceBefore=7, spaceAfter=3)


def _notice(text: str) -> Flowable:
    table = Table([[Lines(text, size=8.6)]], [WIDTH], spaceBefore=5, spaceAfter=2, hAlign="LEFT")
    table.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), HexColor("#fdf5e6")),
            ("LINEBEFORE", (0, 0), (0, -1), 2.5, HexColor(GOLD)),
            ("LEFTPADDING", (0, 0), (-1, -1), 9),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
    )
    return table


def _columns(cells: list[list[Flowable]], shares: list[float], *, padding: float = 0) -> Flowable:
    """Side by side, with a gutter; ``padding`` above and below, and then a hair line."""
    table = Table([cells], [WIDTH * share for share in shares], style=_plain(padding), hAlign="LEFT")
    if padding:
        table.setStyle([("LINEBELOW", (0, 0), (-1, -1), 0.5, HexColor(PALE))])
    return table


def _plain(padding: float) -> list[tuple[Any, ...]]:
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-2, -1), 14),
        ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), padding),
        ("BOTTOMPADDING", (0, 0), (-1, -1), padding),
    ]
