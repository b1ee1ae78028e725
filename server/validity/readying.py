"""``viva validity readiness``."""

import re
from pathlib import Path

import msgspec

from scoring.validity import readiness_report, satisfaction
from scoring.validity.readiness import Counted, Function, assess
from scoring.validity.trial import Trial
from server.validity.printing import language_of, readable, show, stop

_COUNT = re.compile(r"(\d{1,9})/(\d{1,9})")


def readiness(
    *,
    trial: Path | None,
    survey: Path | None,
    counts: dict[str, str | None],
    language: str,
    as_json: bool,
    output: Path | None,
) -> bool:
    chosen = language_of(language)
    function = Function(**{name: _counted(name, text) for name, text in counts.items()})
    with readable():
        replies = satisfaction.load(survey) if survey else []
        found = _trial(trial) if trial else None
    groups = satisfaction.satisfaction(replies)
    result = assess(function, found, groups)
    told = {"go": result.go, "gates": result.gates, "satisfaction": groups}
    show(readiness_report.document(result, groups, chosen), told, as_json=as_json, output=output)
    return result.go


def _counted(name: str, text: str | None) -> Counted | None:
    if text is None:
        return None
    match = _COUNT.fullmatch(text.strip())
    if match is None or int(match[2]) == 0 or int(match[1]) > int(match[2]):
        stop(f"--{name} is a count of a whole, like 1496/1500, not {text!r}")
    return Counted(int(match[1]), int(match[2]))


def _trial(path: Path) -> Trial:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Trial)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        stop(f"{path.name}: not what `viva validity trial --json` writes: {error}", code=1)
