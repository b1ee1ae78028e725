"""The report as one self-contained page: no script it needs, no font it fetches, nothing from elsewhere."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from scoring.bilingual import Language
from scoring.render.charts import stars
from scoring.render.svg import svg
from scoring.render.view import Edition, ReportView
from scoring.render.wording import clock
from scoring.report import Report

RecordingUrl = Callable[[str], str | None]
"""From a recording's key to a URL a reader may play, or None."""


def render_html(
    report: Report, *, edition: Edition = "hr", language: Language = "zh", recording_url: RecordingUrl | None = None
) -> str:
    """A whole HTML document. Play buttons appear where ``recording_url`` gives a URL; they are links to a media
    fragment (``#t=12.3,15.8``, W3C Media Fragments 4.2.1) and work without script."""
    view = ReportView(report, edition, language)
    urls = {answer.question_id: _url(answer.recording, recording_url) for answer in report.answers}
    return _template().render(view=view, report=report, svg=svg, stars=stars, clock=clock, urls=urls)


def _url(recording: str | None, recording_url: RecordingUrl | None) -> str | None:
    return recording_url(recording) if recording and recording_url else None


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
