"""``viva validity bias`` and ``audit-age``. Groups come from a file of the employer's; they are never stored."""

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import typer
from sqlalchemy import select

from scoring.validity import bias_report, people_csv
from scoring.validity.bias import LL144, BiasAudit, Person, audit, standing
from server.administration import store_of
from server.clock import wall_ms
from server.profiles import PROFILES, named
from server.store import people
from server.store.tables import audit as audit_log
from server.validity.printing import language_of, readable, settings_of, show, stop
from server.validity.sources import stored_reports
from server.validity.stored import ACTOR


def bias(
    file: Path,
    *,
    position: str | None,
    intersect: list[str],
    auditor: str,
    language: str,
    as_json: bool,
    output: Path | None,
    data_dir: str | None,
) -> None:
    chosen = language_of(language)
    with readable():
        known, attributes = people_csv.load(file)
    if position is not None:
        known = _scored(known, position, data_dir)
    intersections = _intersections(intersect, attributes)
    found = audit(known, attributes, intersections)
    if not found.tables:
        stop("nobody has a score or a selection: add a column, or --position for the scores of stored reports", code=1)
    today = _today()
    document = bias_report.document(
        found, chosen, about=position or file.name, auditor=auditor.strip(), on=today.isoformat()
    )
    show(document, {"auditor": auditor, "on": today, **msgspec.to_builtins(found)}, as_json=as_json, output=output)
    if auditor.strip():
        asyncio.run(_record(found, position or "", auditor.strip(), data_dir))


def _scored(known: tuple[Person, ...], position: str, data_dir: str | None) -> tuple[Person, ...]:
    """The same people with the totals of their reports, by interview id; people without a report are left out, and
    scored people whom the file does not know have unknown groups."""
    totals = {one.interview_id: one.report.total.value for one in stored_reports(position, data_dir, "bias audit")}
    groups = {person.id: person for person in known}
    if not groups.keys() & totals.keys():
        stop("no candidate of the file has a stored report: the ids must be those of the interviews", code=1)
    return tuple(
        msgspec.structs.replace(groups.get(name) or Person(name, {}), score=total)
        for name, total in totals.items()
        if total is not None
    )


def _intersections(asked: list[str], attributes: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What was asked for; and sex by race/ethnicity wherever both are there, which Local Law 144 wants."""
    found: list[tuple[str, ...]] = [LL144] if set(LL144) <= set(attributes) else []
    for text in asked:
        names = tuple(name.strip() for name in text.split(","))
        missing = [name for name in names if name not in attributes]
        if missing or len(names) < 2:
            stop(f"--intersect {text}: name two or more of {', '.join(attributes)}, with commas")
        if names not in found:
            found.append(names)
    return found


async def _record(found: BiasAudit, position: str, auditor: str, data_dir: str | None) -> None:
    detail = json.dumps({"auditor": auditor, "persons": found.persons}, ensure_ascii=False)
    async with store_of(settings_of(data_dir)) as store:
        await people.note(store, ACTOR, "bias_audit", position, detail)


def audit_age(*, last: str | None, profile: str | None, language: str, data_dir: str | None) -> bool:
    """Whether the tool may be used. ``last``: the date of the audit; else the newest recorded one."""
    chosen = language_of(language)
    settings = settings_of(data_dir)
    names = profile or settings.profile
    try:
        named(names)
    except KeyError:
        stop(f"--profile is one of {', '.join(sorted(PROFILES))}, or some joined by +")
    try:
        audited = date.fromisoformat(last) if last else asyncio.run(_newest(data_dir))
    except ValueError:
        stop(f"--last is a date like 2026-03-31, not {last!r}")
    found = standing(names, audited, _today())
    when = audited.isoformat() if audited else "—"
    zh, en = {
        "not_required": ("该法域不要求偏差审计", "no bias audit is required"),
        "missing": ("没有偏差审计记录，不得使用", "no bias audit is on record: the tool must not be used"),
        "current": ("有效", "current"),
        "due_soon": ("有效，但即将满一年，请安排新的审计", "current, but a year old soon: arrange the next"),
        "overdue": ("已超过一年，不得使用", "older than a year: the tool must not be used"),
    }[found]
    typer.echo(f"{names}: {when}: {zh if chosen == 'zh' else en}")
    return found not in ("missing", "overdue")


async def _newest(data_dir: str | None) -> date | None:
    query = select(audit_log.c.at).where(audit_log.c.action == "bias_audit").order_by(audit_log.c.at.desc()).limit(1)
    async with store_of(settings_of(data_dir)) as store:
        row = (await store.execute(query)).first()
    return datetime.fromtimestamp(row.at / 1000, UTC).date() if row else None


def _today() -> date:
    return datetime.fromtimestamp(wall_ms() / 1000, UTC).date()
