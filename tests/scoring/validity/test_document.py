"""The same digits in every rendering, nothing that runs in a browser or a spreadsheet."""

import csv
import io

from scoring.validity.document import NOTHING, Document, Table, number, percent, to_csv, with_interval
from scoring.validity.intervals import Interval

TABLE = Table(
    "表|一", ("能力", "value"), (("沟通<b>", "0.85 [0.79, 0.89]"), ("=HYPERLINK(1)", "-0.20"), ("-x", NOTHING))
)
DOCUMENT = Document("标题", "zh", ("一句话 & 更多。", TABLE))


def test_numbers_as_they_are_shown() -> None:
    assert number(-0.0) == "0.00"
    assert number(None) == percent(None) == NOTHING
    assert percent(0.8512) == "85.1 %"
    assert with_interval(Interval(0.85, 0.79, 0.89, "wilson"), as_percent=True) == "85.0 [79.0, 89.0] %"
    assert with_interval(Interval(0.85)) == "0.85"
    assert with_interval(Interval(None), as_percent=True) == NOTHING


def test_chinese_takes_two_columns_on_a_terminal() -> None:
    lines = DOCUMENT.render("text").splitlines()
    header = lines.index("表|一") + 1
    assert lines[header] == "能力           value"
    assert lines[header + 1] == "-------------  -----------------"
    assert lines[header + 2] == "沟通<b>        0.85 [0.79, 0.89]"


def test_markdown_and_html_escape() -> None:
    markdown, page = DOCUMENT.render("markdown"), DOCUMENT.render("html")
    assert "| 沟通&lt;b&gt; | 0.85 [0.79, 0.89] |" in markdown
    assert "一句话 &amp; 更多。" in markdown
    assert ">沟通&lt;b&gt;</td>" in page
    assert '<html lang="zh-CN">' in page
    assert "<script" not in page


def test_a_spreadsheet_runs_nothing() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    assert rows[2] == ["'=HYPERLINK(1)", "-0.20"]
    assert rows[3] == ["'-x", NOTHING]
