"""飞书招聘 (Feishu Hire): an interview held elsewhere, as an external interview and its assessment.

    tenant_access_token ─► query what is there ─► external_interviews ─► external_interview_assessments

- The token is good for two hours and is kept; a call that is refused for its token gets a new one, once.
- ``external_id`` makes a creation idempotent for 24 hours only, and our replays may come later. So what is there is
  looked up first, and recognised by our key in the assessment's text.
- ``conclusion`` 1 (不通过) or 2 (通过) is said only where a person has decided. Without one it is 3 (待定).
"""

from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Record, Secret
from ehr_bridge.adapters.conversation import Conversation, json_answer, json_request, refusal
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack, RetryableFailure
from ehr_bridge.answers import Answer
from ehr_bridge.canonical import RESULT_KIND, Attribute, Label, milliseconds

PENDING = 3
SCORED, DESCRIBED = 1, 3
TOOK_PART, NOT_TAKEN_PART = 2, 1
RENEW_BEFORE_MS = 10 * 60_000
TOKEN_CODES = (99991661, 99991663, 99991664, 99991665, 99991668)
TOO_OFTEN = 99991400
SYSTEM_ERROR, PARAMETER_ERROR = 1002001, 1002002
PAGES = 50


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``application``: where a record has Feishu's 外部投递 ID. ``username``: who stands as the interviewer."""

    app_id: str
    app_secret: Secret
    application: Literal["external_id", "application_id"] = "external_id"
    username: str = "Viva 结构化面试"
    url: str = "https://open.feishu.cn"


class _Said(msgspec.Struct, frozen=True):
    code: int
    msg: str = ""
    tenant_access_token: str = ""
    expire: int = 0
    data: dict[str, Any] = {}


class _Assessment(msgspec.Struct, frozen=True):
    id: str = ""
    content: str | None = None


class _Interview(msgspec.Struct, frozen=True):
    id: str
    begin_time: int | str | None = None
    interview_assessments: list[_Assessment] | None = None


class _Interviews(msgspec.Struct, frozen=True):
    items: list[_Interview] | None = None
    has_more: bool = False
    page_token: str = ""


class _Times(msgspec.Struct, frozen=True):
    started_at: str = ""


class _Report(msgspec.Struct, frozen=True):
    interview: _Times


class Feishu:
    paces: dict[str, float] = {"interviews": 9, "assessments": 18}  # noqa: RUF012 - documented: 10 and 20 a second

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token = ""
        self._token_until_ms = 0

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        application = self._application(record)
        there = yield from self._find(record, application)
        if there is not None and _assessed(there, record.key):
            return Acknowledgement(there.id, record.now_ms, duplicate=True)
        interview_id = there.id if there is not None else (yield from self._create(record, application))
        body = {"external_interview_id": interview_id, **self._assessment(record)}
        path = "hire/v1/external_interview_assessments"
        yield from self._call(record.now_ms, "POST", path, body, "assessments")
        return Acknowledgement(interview_id, record.now_ms, duplicate=False)

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        """Feishu keeps no report, so no digest: only that it has this one, because our key is in the assessment."""
        there = yield from self._find(record, self._application(record))
        if there is None or not _assessed(there, record.key):
            return None
        return ReadBack(there.id, 0, "", record.now_ms)

    def check(self, now_ms: int) -> Conversation[str]:
        self._token_until_ms = 0
        yield from self._fresh_token(now_ms)
        return f"app {self._settings.app_id} got a tenant_access_token"

    def _application(self, record: Record) -> str:
        facts = record.payload.applicant
        found = facts.external_id if self._settings.application == "external_id" else facts.application_id
        if not found:
            raise PermanentFailure("feishu_application_missing", f"the record has no {self._settings.application}")
        return found

    def _find(self, record: Record, application: str) -> Conversation[_Interview | None]:
        """The interview of ours at this application: by our key, else by its begin (a try that stopped half-way)."""
        begin, half_done, page = _begin_ms(record), None, ""
        for _ in range(PAGES):
            query = {"external_application_id": application, "page_size": 20} | ({"page_token": page} if page else {})
            path = f"hire/v1/external_interviews/batch_query?{urlencode(query)}"
            found = yield from self._call(record.now_ms, "POST", path, {}, "interviews")
            try:
                answer = msgspec.convert(found, _Interviews, strict=False)
            except msgspec.ValidationError:
                raise RetryableFailure("destination_answer_not_json", "external_interviews/batch_query") from None
            for interview in answer.items or []:
                if _assessed(interview, record.key):
                    return interview
                if not interview.interview_assessments and str(interview.begin_time or "") == str(begin or ""):
                    half_done = interview
            if not answer.has_more:
                break
            page = answer.page_token
        return half_done

    def _create(self, record: Record, application: str) -> Conversation[str]:
        result = record.payload.result
        body: dict[str, Any] = {
            "external_id": record.key,
            "external_application_id": application,
            "participate_status": NOT_TAKEN_PART if result.status == "CANCELLED" else TOOK_PART,
        }
        begin = _begin_ms(record)
        if begin is not None:
            body["begin_time"] = begin
        if result.completed_at is not None:
            body["end_time"] = milliseconds(result.completed_at)
        data = yield from self._call(record.now_ms, "POST", "hire/v1/external_interviews", body, "interviews")
        try:
            return msgspec.convert(data.get("external_interview"), _Interview, strict=False).id
        except msgspec.ValidationError:
            raise RetryableFailure("destination_answer_not_json", "external_interviews") from None

    def _assessment(self, record: Record) -> dict[str, Any]:
        result = record.payload.result
        total = "未能评估" if result.score is None else f"{result.score:g} / {result.max_score:g}"
        return {
            "external_id": f"{record.key}-a",
            "username": self._settings.username,
            "conclusion": PENDING,
            "assessment_dimension_list": [dimension(line) for line in result.attributes],
            "content": f"总分 {total}。由人决定,本结果不是录用结论。[{record.key}]",
        }

    def _call(self, now_ms: int, method: str, path: str, body: object, pace: str) -> Conversation[dict[str, Any]]:
        """``data`` of the answer. A refused token is renewed and the call made again, once."""
        if now_ms >= self._token_until_ms - RENEW_BEFORE_MS:
            yield from self._fresh_token(now_ms)
        for retried in (False, True):
            headers = {"Authorization": f"Bearer {self._token}"}
            answer = yield json_request(method, f"{self._settings.url}/open-apis/{path}", headers, body, pace)
            said = _said(answer, now_ms)
            if said.code == 0:
                return said.data
            if said.code not in TOKEN_CODES or retried:
                raise _failure(answer, said, now_ms)
            yield from self._fresh_token(now_ms)
        raise AssertionError("the second turn returns or raises")

    def _fresh_token(self, now_ms: int) -> Conversation[None]:
        url = f"{self._settings.url}/open-apis/auth/v3/tenant_access_token/internal"
        body = {"app_id": self._settings.app_id, "app_secret": str(self._settings.app_secret)}
        answer = yield json_request("POST", url, {}, body)
        said = _said(answer, now_ms)
        if said.code != 0 or not said.tenant_access_token:
            raise RetryableFailure("destination_refuses_key", f"feishu code {said.code}", fault="configuration")
        self._token, self._token_until_ms = said.tenant_access_token, now_ms + said.expire * 1000


def dimension(line: Attribute) -> dict[str, Any]:
    """A part with a score is a 打分题; one that could not be assessed is described, and gets no number."""
    asked = {"title": line.label.zh or line.key, "description": line.label.en}
    if isinstance(line.value, float):
        return {
            "assessment_type": SCORED,
            **asked,
            "score": int(line.value + 0.5),
        }  # whole numbers only, a half goes up
    return {"assessment_type": DESCRIBED, **asked, "content": line.value or "未能评估"}


def _assessed(interview: _Interview, key: str) -> bool:
    return any(f"[{key}]" in (assessment.content or "") for assessment in interview.interview_assessments or [])


def _begin_ms(record: Record) -> int | None:
    try:
        started = msgspec.json.decode(record.payload.report, type=_Report).interview.started_at
        return milliseconds(datetime.fromisoformat(started))
    except (msgspec.MsgspecError, ValueError):
        return None


def _said(answer: Answer, now_ms: int) -> _Said:
    """Feishu's own code counts more than the status; where there is none, the status does."""
    try:
        return json_answer(answer, _Said)
    except RetryableFailure as unreadable:
        raise unreadable if answer.ok else refusal(answer, now_ms) from None


def _failure(answer: Answer, said: _Said, now_ms: int) -> Exception:
    detail = f"feishu code {said.code}, HTTP {answer.status}"
    if said.code == TOO_OFTEN:
        return RetryableFailure("destination_busy", detail, retry_after_s=_reset_s(answer))
    if said.code in TOKEN_CODES or answer.status in (401, 403):
        return RetryableFailure("destination_refuses_key", detail, fault="configuration")
    if said.code == SYSTEM_ERROR or answer.status >= 500 or answer.status == 429:
        return RetryableFailure("destination_error", detail)
    return PermanentFailure("destination_refuses", detail)


def _reset_s(answer: Answer) -> float | None:
    """Seconds until the limit is over, from ``x-ogw-ratelimit-reset``."""
    text = answer.headers.get("x-ogw-ratelimit-reset", "")
    return float(text) if text.isascii() and text.isdecimal() else None


ADAPTER = Adapter(Label("飞书招聘", "Feishu Hire"), Settings, Feishu, (RESULT_KIND,))
