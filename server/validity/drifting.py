"""``viva validity drift``."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from scoring.validity import drift_csv, drift_report
from scoring.validity.drift import TOTAL, Seen, compare
from server.clock import wall_ms
from server.validity.printing import language_of, readable, show, stop
from server.validity.sources import stored_reports
from server.validity.stored import StoredReport

NOW_DAYS, REFERENCE_DAYS = 30, 90
Window = tuple[date, date]


def drift(
    files: list[Path],
    *,
    position: str | None,
    reference: str | None,
    now: str | None,
    language: str,
    as_json: bool,
    output: Path | None,
    data_dir: str | None,
) -> bool:
    """False: an alarm."""
    chosen = language_of(language)
    if not files and position is None:
        stop("name files of scores, or --position for the stored reports")
    current = _window(now, "--now") or _before(datetime.fromtimestamp(wall_ms() / 1000, UTC).date(), NOW_DAYS)
    past = _window(reference, "--reference") or _before(current[0] - timedelta(days=1), REFERENCE_DAYS)
    if past[1] >= current[0] and current[1] >= past[0]:
        stop("the two windows overlap: an interview would be compared with itself")
    with readable():
        seen = [one for path in files for one in drift_csv.load(path)]
    if position is not None:
        seen += [_seen(one) for one in stored_reports(position, data_dir, "drift")]
    found = compare(_inside(seen, past), _inside(seen, current))
    document = drift_report.document(found, chosen, _shown(past), _shown(current))
    result = {"verdict": found.verdict, "reference": past, "now": current, **msgspec.to_builtins(found)}
    show(document, result, as_json=as_json, output=output)
    return found.verdict != "alarm"


def _seen(stored: StoredReport) -> Seen:
    """A report as drift sees it: what it scored, which guards fired, who had a part in it."""
    report = stored.report
    scores = {c.id: c.score.value for c in report.competencies if c.score.value is not None}
    if report.total.value is not None:
        scores[TOTAL] = report.total.value
    return Seen(
        at=datetime.fromtimestamp(stored.created_at / 1000, UTC).date(),
        language=report.interview.language,
        model=" + ".join(sorted({engine.name for engine in report.engines})),
        scores=scores,
        guards=frozenset(finding.code for answer in report.answers for finding in answer.quality.findings),
    )


def _window(text: str | None, option: str) -> Window | None:
    if text is None:
        return None
    first, _, last = text.partition("..")
    try:
        window = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        stop(f"{option} is two dates, like 2026-01-01..2026-03-31, not {text!r}")
    if window[0] > window[1]:
        stop(f"{option} ends before it begins")
    return window


def _before(last: date, days: int) -> Window:
    return last - timedelta(days=days - 1), last


def _inside(seen: Sequence[Seen], window: Window) -> list[Seen]:
    return [one for one in seen if window[0] <= one.at <= window[1]]


def _shown(window: Window) -> str:
    return f"{window[0]}..{window[1]}"
