"""Odoo 19, over its JSON-2 API: ``POST /json/2/<model>/<method>``, keyword arguments as the body.

One call is one transaction, and nothing spans two of them. So the order is attachment, note, stage: whoever sees the
note finds the file, and whoever sees the stage finds the note. Odoo knows no idempotency key: everything is looked up
before it is made. The attachment's name and the note's subject carry ours, so a message that comes again, in whatever
state the first try left things, makes only what is missing.

The stage is moved only from where it stands before the interview. Nobody is refused here, and ``hire`` is a person's:
it runs only for a record that says so.
"""

import base64
from html import escape
from typing import Annotated, Any, TypeVar

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Record, Secret
from ehr_bridge.adapters.conversation import Conversation, json_answer, json_request, refusal
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack
from ehr_bridge.canonical import RESULT_KIND, Attribute, Label, sha256

T = TypeVar("T")
Ids = list[int]
ANYWHERE = {"active_test": False}
"""Archived and refused applicants too: their record is theirs, not a new one."""


class Stages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``before``: the stages out of which an interview moves an applicant to ``after``."""

    before: Annotated[list[int], msgspec.Meta(min_length=1)]
    after: int


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``jobs``: our position id -> Odoo's job; one that is not named is looked up by its Chinese title. ``strengths``:
    the score from which a part of the result becomes a tag and, with ``talent_pool``, leads into the pool."""

    url: str
    database: str
    api_key: Secret
    jobs: dict[str, int] = {}
    stages: Stages | None = None
    probability: bool = True
    strengths: Annotated[float, msgspec.Meta(ge=1, le=100)] | None = None
    talent_pool: int | None = None


class _Found(msgspec.Struct, frozen=True):
    id: int
    name: str | bool = ""
    stage_id: tuple[int, str] | bool = False


class _Error(msgspec.Struct, frozen=True):
    name: str = ""


class Odoo:
    paces: dict[str, float] = {}  # noqa: RUF012 - Odoo documents no limit

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        job = yield from self._job(record)
        applicant = yield from self._applicant(record, job)
        attachment, was_there = yield from self._attachment(record, applicant.id)
        noted = yield from self._note(record, applicant.id, attachment)
        tags = yield from self._tags(record)
        yield from self._write(record, applicant, tags)
        return Acknowledgement(f"hr.applicant/{applicant.id}", record.now_ms, duplicate=was_there and noted)

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        """The report as Odoo keeps it: read whole, so that the digest is of what is there."""
        domain = [["res_model", "=", "hr.applicant"], ["name", "=", f"{record.key}.json"]]
        body = {"domain": domain, "fields": ["datas", "res_id"], "limit": 1}
        rows = yield from self._call(record.now_ms, "ir.attachment", "search_read", body, list[dict[str, Any]])
        if not rows:
            return None
        digest = sha256(base64.b64decode(rows[0].get("datas") or ""))
        return ReadBack(f"hr.applicant/{rows[0]['res_id']}", 0, digest, record.now_ms, {"report_sha256": digest})

    def check(self, now_ms: int) -> Conversation[str]:
        count = yield from self._call(now_ms, "hr.applicant", "search_count", {"domain": []}, int)
        return f"database {self._settings.database} answers; {count} applicants"

    def hire(self, record: Record, applicant_id: int, signed_stage: int) -> Conversation[int]:
        """The stage "Contract Signed", then the employee, whose id is returned. Look-up first: a second employee for
        one applicant would be a second person on the payroll."""
        body = {"domain": [["applicant_ids", "in", [applicant_id]]], "fields": ["id"], "limit": 1, "context": ANYWHERE}
        known = yield from self._call(record.now_ms, "hr.employee", "search_read", body, list[_Found])
        if known:
            return known[0].id
        vals = {"ids": [applicant_id], "vals": {"stage_id": signed_stage}}
        yield from self._call(record.now_ms, "hr.applicant", "write", vals, bool)
        yield from self._call(
            record.now_ms, "hr.applicant", "create_employee_from_applicant", {"ids": [applicant_id]}, dict[str, Any]
        )
        made = yield from self._call(record.now_ms, "hr.employee", "search_read", body, list[_Found])
        if not made:
            raise PermanentFailure("odoo_employee_missing", f"hr.applicant/{applicant_id}")
        return made[0].id

    def _job(self, record: Record) -> Conversation[int]:
        facts = record.payload.applicant
        if facts.position_id in self._settings.jobs:
            return self._settings.jobs[facts.position_id]
        body = {"domain": [["name", "=", facts.position.zh]], "fields": ["id"], "limit": 2}
        jobs = yield from self._call(record.now_ms, "hr.job", "search_read", body, list[_Found])
        if len(jobs) != 1:
            raise PermanentFailure(
                "odoo_job_unknown",
                f"{len(jobs)} jobs have this title; name one for {facts.position_id} under jobs",
                fault="configuration",
            )
        return jobs[0].id

    def _applicant(self, record: Record, job: int) -> Conversation[_Found]:
        """By normalised e-mail (lower case, Odoo's ``email_normalized``) and job, else a new one."""
        facts = record.payload.applicant
        email = facts.email.strip().lower()
        who = ["email_normalized", "=", email] if email else ["partner_name", "=", facts.name]
        body = {
            "domain": [who, ["job_id", "=", job]],
            "fields": ["id", "stage_id"],
            "order": "id desc",
            "limit": 1,
            "context": ANYWHERE,
        }
        found = yield from self._call(record.now_ms, "hr.applicant", "search_read", body, list[_Found])
        if found:
            return found[0]
        vals = {"partner_name": facts.name, "email_from": email, "partner_phone": facts.phone, "job_id": job}
        known = {name: value for name, value in vals.items() if value}
        made = yield from self._call(record.now_ms, "hr.applicant", "create", {"vals_list": [known]}, Ids)
        return _Found(made[0])

    def _attachment(self, record: Record, applicant: int) -> Conversation[tuple[int, bool]]:
        name = f"{record.key}.json"
        domain = [["res_model", "=", "hr.applicant"], ["res_id", "=", applicant], ["name", "=", name]]
        body = {"domain": domain, "fields": ["id"], "limit": 1}
        found = yield from self._call(record.now_ms, "ir.attachment", "search_read", body, list[_Found])
        if found:
            return found[0].id, True
        vals = {
            "name": name,
            "res_model": "hr.applicant",
            "res_id": applicant,
            "datas": base64.b64encode(bytes(record.payload.report)).decode(),
            "mimetype": "application/json",
        }
        made = yield from self._call(record.now_ms, "ir.attachment", "create", {"vals_list": [vals]}, Ids)
        return made[0], False

    def _note(self, record: Record, applicant: int, attachment: int) -> Conversation[bool]:
        """True: the note was there."""
        domain = [["model", "=", "hr.applicant"], ["res_id", "=", applicant], ["subject", "=", record.key]]
        body = {"domain": domain, "fields": ["id"], "limit": 1}
        if (yield from self._call(record.now_ms, "mail.message", "search_read", body, list[_Found])):
            return True
        note = {
            "ids": [applicant],
            "body": note_html(record),
            "body_is_html": True,  # text that came over the API is escaped otherwise
            "subject": record.key,
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_note",
            "attachment_ids": [attachment],
        }
        yield from self._call(record.now_ms, "hr.applicant", "message_post", note, object)
        return False

    def _tags(self, record: Record) -> Conversation[Ids]:
        least = self._settings.strengths
        if least is None:
            return []
        names = [f"优势·{line.label.zh}" for line in strengths(record.payload.result.attributes, least)]
        if not names:
            return []
        body = {"domain": [["name", "in", names]], "fields": ["id", "name"]}
        found = yield from self._call(record.now_ms, "hr.applicant.category", "search_read", body, list[_Found])
        known = {tag.name: tag.id for tag in found}
        missing = [{"name": name} for name in names if name not in known]
        made: Ids = []
        if missing:
            vals = {"vals_list": missing}
            made = yield from self._call(record.now_ms, "hr.applicant.category", "create", vals, Ids)
        return sorted([*known.values(), *made])

    def _write(self, record: Record, applicant: _Found, tags: Ids) -> Conversation[None]:
        settings, score = self._settings, record.payload.result.score
        vals: dict[str, Any] = {}
        if settings.probability and score is not None:
            vals["probability"] = score
        if tags:
            vals["categ_ids"] = [[4, tag] for tag in tags]  # 4: link, which leaves the others there
            if settings.talent_pool is not None:
                vals["talent_pool_ids"] = [[4, settings.talent_pool]]
        stage = applicant.stage_id[0] if isinstance(applicant.stage_id, tuple) else None
        if settings.stages and (stage is None or stage in settings.stages.before):
            vals["stage_id"] = settings.stages.after
        if vals:
            yield from self._call(record.now_ms, "hr.applicant", "write", {"ids": [applicant.id], "vals": vals}, bool)

    def _call(self, now_ms: int, model: str, method: str, body: object, kind: type[T]) -> Conversation[T]:
        settings = self._settings
        url = f"{settings.url.rstrip('/')}/json/2/{model}/{method}"
        headers = {"Authorization": f"bearer {settings.api_key}", "X-Odoo-Database": settings.database}
        answer = yield json_request("POST", url, headers, body)
        if answer.ok:
            return json_answer(answer, kind)
        failed = refusal(answer, now_ms)
        if not failed.retry:
            # The name is a class of Odoo's, such as odoo.exceptions.MissingError; its message may quote a person.
            name = _error_name(answer.body)
            raise PermanentFailure(failed.code, f"{failed.detail}, {model}/{method}: {name}", fault=failed.fault)
        raise failed


def _error_name(body: bytes) -> str:
    try:
        name = msgspec.json.decode(body, type=_Error).name
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        name = ""
    return name[:80] if name.replace(".", "").replace("_", "").isalnum() else "no name"


def strengths(attributes: list[Attribute], least: float) -> list[Attribute]:
    """The competencies and parts that reached ``least``, each label once, in the report's order."""
    reached: dict[str, Attribute] = {}
    for line in attributes:
        if isinstance(line.value, float) and line.value >= least and line.label.zh:
            reached.setdefault(line.label.zh, line)
    return list(reached.values())


def note_html(record: Record) -> str:
    """The note in the chatter, in both languages: what was measured, and that nobody has decided."""
    result = record.payload.result
    lines = [
        f"<li>{escape(line.label.zh)} / {escape(line.label.en)}: {_shown(line.value)}</li>"
        for line in result.attributes
    ]
    total = f"{_shown(result.score)} / {result.max_score:g}"
    return (
        f"<p>面试报告 / Interview report: {total}</p><ul>{''.join(lines)}</ul>"
        "<p>由人决定,本结果不是录用结论。 / A person decides; this is not a hiring decision.</p>"
    )


def _shown(value: float | str | None) -> str:
    if value is None:
        return "未能评估 / not assessable"
    return escape(value) if isinstance(value, str) else f"{value:g}"


ADAPTER = Adapter(Label("Odoo 19", "Odoo 19"), Settings, Odoo, (RESULT_KIND,))
