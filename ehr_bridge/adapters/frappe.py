"""Frappe HR over its REST API: Job Applicant, then Interview, and nothing that would need a conclusion.

Frappe's own rules shape this (hrms, doctypes Interview and Interview Feedback):

- one interview for an applicant and a round: it is looked up first, and made once;
- an Interview may be submitted only as Cleared or Rejected, and an Interview Feedback cannot even be saved without one
  of the two. Both are conclusions about a person, so both are left to people: ours is a draft, "Under Review", with
  the scores in its summary and the report attached, and the interviewers write their feedback beside it;
- feedback may not be submitted before ``scheduled_on``: ours is the day on which the interview was held.

The summary carries our key. A report that was scored again replaces the summary; a person's feedback is never touched.
"""

import base64
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Record, Secret
from ehr_bridge.adapters.conversation import Conversation, Request, json_answer, json_request, refusal
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack
from ehr_bridge.canonical import RESULT_KIND, Label, sha256

T = TypeVar("T")
UNDER_REVIEW = "Under Review"
DRAFT = 0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``round``: the Interview Round that ours is. ``jobs``: our position id -> Job Opening; one that is not named is
    sent without. ``interviewers``: who is asked for feedback. ``time_zone``: Frappe's, in which its times are told."""

    url: str
    api_key: Secret
    api_secret: Secret
    round: str
    jobs: dict[str, str] = {}
    interviewers: list[str] = []
    time_zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"there is no time zone {self.time_zone!r}") from None


class _Named(msgspec.Struct, frozen=True):
    name: str
    docstatus: int = 0
    interview_summary: str | None = None
    file_url: str | None = None


class _One(msgspec.Struct, frozen=True):
    data: _Named


class _Many(msgspec.Struct, frozen=True):
    data: list[_Named]


class _User(msgspec.Struct, frozen=True):
    message: str


class _Interview(msgspec.Struct, frozen=True):
    started_at: str = ""
    ended_at: str = ""


class _Report(msgspec.Struct, frozen=True):
    interview: _Interview


class Frappe:
    paces: dict[str, float] = {}  # noqa: RUF012 - each site sets its own limit and answers 429

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        applicant = yield from self._applicant(record)
        interview, was_there = yield from self._interview(record, applicant)
        attached = yield from self._report(record, interview)
        return Acknowledgement(f"Interview/{interview}", record.now_ms, duplicate=was_there and attached)

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        """The interview whose attachment is ours. The file itself lies behind a private URL and is not fetched."""
        filters = [["file_name", "=", f"{record.key}.json"], ["attached_to_doctype", "=", "Interview"]]
        files = yield from self._list(record.now_ms, "File", filters, ["name", "file_url"])
        return ReadBack(files[0].name, 0, "", record.now_ms) if files else None

    def check(self, now_ms: int) -> Conversation[str]:
        answer = yield Request("GET", f"{self._settings.url}/api/method/frappe.auth.get_logged_user", self._headers())
        if not answer.ok:
            raise refusal(answer, now_ms)
        json_answer(answer, _User)
        found = yield from self._list(now_ms, "Interview Round", [["name", "=", self._settings.round]], ["name"])
        if not found:
            raise PermanentFailure("frappe_round_unknown", self._settings.round, fault="configuration")
        return f"the key is known, and the round {self._settings.round}"

    def _applicant(self, record: Record) -> Conversation[str]:
        """By e-mail and Job Opening. Frappe wants an e-mail of every applicant."""
        facts = record.payload.applicant
        email, job = facts.email.strip().lower(), self._settings.jobs.get(facts.position_id, "")
        if not email:
            raise PermanentFailure("frappe_email_missing", "a Job Applicant has an e-mail address")
        filters = [["email_id", "=", email]] + ([["job_title", "=", job]] if job else [])
        known = yield from self._list(record.now_ms, "Job Applicant", filters, ["name"])
        if known:
            return known[0].name
        body = {"applicant_name": facts.name, "email_id": email, "status": "Open", "phone_number": facts.phone}
        body |= {"job_title": job} if job else {}
        made = yield from self._call(record.now_ms, "POST", "Job Applicant", body, _One)
        return made.data.name

    def _interview(self, record: Record, applicant: str) -> Conversation[tuple[str, bool]]:
        """True: it was there with our key. One that people have submitted is theirs and stays as it is."""
        filters = [["job_applicant", "=", applicant], ["interview_round", "=", self._settings.round]]
        filters.append(["docstatus", "!=", "2"])
        fields = ["name", "docstatus", "interview_summary"]
        known = yield from self._list(record.now_ms, "Interview", filters, fields)
        summary = summary_of(record)
        if not known:
            body = {
                "job_applicant": applicant,
                "interview_round": self._settings.round,
                "status": UNDER_REVIEW,
                **self._times(record),
                "interview_details": [{"interviewer": user} for user in self._settings.interviewers],
                "interview_summary": summary,
            }
            made = yield from self._call(record.now_ms, "POST", "Interview", body, _One)
            return made.data.name, False
        interview = known[0]
        if record.key in (interview.interview_summary or ""):
            return interview.name, True
        if interview.docstatus == DRAFT:
            path = f"Interview/{quote(interview.name, safe='')}"
            yield from self._call(record.now_ms, "PUT", path, {"interview_summary": summary}, _One)
        return interview.name, False

    def _report(self, record: Record, interview: str) -> Conversation[bool]:
        """The report as a private file of the interview. True: it was there."""
        name = f"{record.key}.json"
        filters = [["file_name", "=", name], ["attached_to_name", "=", interview]]
        if (yield from self._list(record.now_ms, "File", filters, ["name"])):
            return True
        body = {
            "file_name": name,
            "attached_to_doctype": "Interview",
            "attached_to_name": interview,
            "is_private": 1,
            "content": base64.b64encode(bytes(record.payload.report)).decode(),
            "decode": True,
        }
        yield from self._call(record.now_ms, "POST", "File", body, _One)
        return False

    def _times(self, record: Record) -> dict[str, str]:
        """Frappe keeps a day and two times of day, in the site's own zone."""
        zone = ZoneInfo(self._settings.time_zone)
        begin, end = _moments(record)
        begin, end = begin.astimezone(zone), end.astimezone(zone)
        if end.date() != begin.date():  # over midnight: the form has one day only
            end = begin.replace(hour=23, minute=59, second=59)
        return {
            "scheduled_on": begin.date().isoformat(),
            "from_time": begin.strftime("%H:%M:%S"),
            "to_time": end.strftime("%H:%M:%S"),
        }

    def _list(self, now_ms: int, doctype: str, filters: object, fields: list[str]) -> Conversation[list[_Named]]:
        query = {"filters": _json(filters), "fields": _json(fields), "limit_page_length": "1"}
        answer = yield Request("GET", f"{self._resource(doctype)}?{urlencode(query)}", self._headers())
        if not answer.ok:
            raise refusal(answer, now_ms)
        return json_answer(answer, _Many).data

    def _call(self, now_ms: int, method: str, path: str, body: object, kind: type[T]) -> Conversation[T]:
        answer = yield json_request(method, self._resource(path), self._headers(), body)
        if not answer.ok:
            raise refusal(answer, now_ms)
        return json_answer(answer, kind)

    def _resource(self, path: str) -> str:
        return f"{self._settings.url.rstrip('/')}/api/resource/{quote(path, safe='/%')}"

    def _headers(self) -> dict[str, str]:
        token = f"token {self._settings.api_key}:{self._settings.api_secret}"
        return {"Authorization": token, "Accept": "application/json"}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _moments(record: Record) -> tuple[datetime, datetime]:
    """When it began and ended; a report without a begin was as long as nothing."""
    end = record.payload.result.completed_at or record.payload.applicant.applied_at
    try:
        started = msgspec.json.decode(record.payload.report, type=_Report).interview.started_at
        begin = datetime.fromisoformat(started)
    except (msgspec.MsgspecError, ValueError):
        begin = end
    begin = begin if begin.tzinfo else begin.replace(tzinfo=end.tzinfo)
    return begin, max(end, begin + timedelta(seconds=1))


def summary_of(record: Record) -> str:
    """Plain text, in both languages."""
    result = record.payload.result
    lines = [f"面试报告 / Interview report: {_shown(result.score)} (0-{result.max_score:g})"]
    for line in result.attributes:
        lines.append(f"{line.label.zh} / {line.label.en}: {_shown(line.value)}")
    lines.append("由人决定,本结果不是录用结论。 / A person decides; this is not a hiring decision.")
    lines.append(f"[{record.key}, sha256 {sha256(bytes(record.payload.report))[:16]}]")
    return "\n".join(lines)


def _shown(value: float | str | None) -> str:
    if value is None:
        return "未能评估 / not assessable"
    return value if isinstance(value, str) else f"{value:g}"


ADAPTER = Adapter(Label("Frappe HR", "Frappe HR"), Settings, Frappe, (RESULT_KIND,))
