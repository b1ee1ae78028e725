"""飞书招聘's open API for external interviews: tokens, fields, limits a second, ids that are new for 24 hours."""

import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.fakes.serving import Asked, Told, by_hand

APP_ID, APP_SECRET = "cli_test", "feishu-secret"
APPLICATION = "6960663240925956437"
DAY_S = 24 * 3600
INTERVIEW = {"external_id", "external_application_id", "participate_status", "begin_time", "end_time",
             "interview_assessments"}  # fmt: skip
ASSESSMENT = {"external_id", "external_interview_id", "username", "conclusion", "content", "assessment_dimension_list"}
DIMENSION = {"assessment_type", "title", "description", "score", "option", "options", "content"}


class Feishu:
    """``breaks``: paths that do their work and then answer 500, once each."""

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._ids = count(7000000000000000001)
        self.tokens: dict[str, float] = {}
        self.issued = 0
        self.applications = {APPLICATION}
        self.interviews: dict[str, dict[str, Any]] = {}
        self.breaks: list[str] = []
        self._seen: dict[str, float] = {}
        self._calls: dict[str, deque[float]] = {}
        self.refused_for_pace = 0

    def revoke_tokens(self) -> None:
        self.tokens.clear()

    def spend(self, path: str, calls: int) -> None:
        """As if another app of the tenant had called."""
        for _ in range(calls):
            self._too_often(path, calls)

    def answer(self, asked: Asked) -> Told:
        path = asked.path.removeprefix("/open-apis")
        if path == "/auth/v3/tenant_access_token/internal":
            return self._token(asked.json())
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self.tokens.get(token, 0) < self._now_s():
            return Told(400, {"code": 99991663, "msg": "Invalid access token for authorization."})
        if not asked.headers.get("content-type", "").startswith("application/json"):
            return Told(400, {"code": 1002002, "msg": "content type"})
        limit = 20 if path == "/hire/v1/external_interview_assessments" else 10
        if self._too_often(path, limit):
            self.refused_for_pace += 1
            return Told(
                429, {"code": 99991400, "msg": "request trigger frequency limit"}, {"x-ogw-ratelimit-reset": "1"}
            )
        told = self._hire(path, asked)
        if path in self.breaks:
            self.breaks.remove(path)
            return Told(500, {"code": 1002001, "msg": "system error"})
        return told

    def _token(self, body: dict[str, Any]) -> Told:
        if (body.get("app_id"), body.get("app_secret")) != (APP_ID, APP_SECRET):
            return Told(200, {"code": 10014, "msg": "app secret invalid"})
        # The same token as long as it has more than half an hour to live.
        for token, until_s in self.tokens.items():
            if until_s - self._now_s() > 1800:
                return Told(
                    200, {"code": 0, "msg": "ok", "tenant_access_token": token, "expire": int(until_s - self._now_s())}
                )
        self.issued += 1
        token = f"t-{self.issued:032d}"
        self.tokens[token] = self._now_s() + 7200
        return Told(200, {"code": 0, "msg": "ok", "tenant_access_token": token, "expire": 7200})

    def _too_often(self, path: str, limit: int) -> bool:
        calls, now_s = self._calls.setdefault(path, deque()), time.monotonic()
        while calls and now_s - calls[0] >= 1:
            calls.popleft()
        calls.append(now_s)
        return len(calls) > limit

    def _hire(self, path: str, asked: Asked) -> Told:
        body = asked.json()
        match path:
            case "/hire/v1/external_interviews/batch_query":
                return self._query(asked.query)
            case "/hire/v1/external_interviews":
                return self._interview(body)
            case "/hire/v1/external_interview_assessments":
                return self._assessment(body)
        return Told(404, {"code": 404, "msg": "not found"})

    def _query(self, query: dict[str, str]) -> Told:
        size = int(query.get("page_size", "10"))
        if not 1 <= size <= 20:
            return _parameter("page_size")
        rows = [row for row in self.interviews.values()
                if row["external_application_id"] == query.get("external_application_id")]  # fmt: skip
        start = int(query.get("page_token") or 0)
        page = {"items": rows[start : start + size], "has_more": len(rows) > start + size}
        if page["has_more"]:
            page["page_token"] = str(start + size)
        return Told(200, {"code": 0, "msg": "ok", "data": page})

    def _interview(self, body: dict[str, Any]) -> Told:
        if set(body) - INTERVIEW or body.get("external_application_id") not in self.applications:
            return _parameter("external_application_id")
        if body.get("participate_status") not in (None, 1, 2, 3):
            return _parameter("participate_status")
        if not all(isinstance(body.get(name, 0), int) for name in ("begin_time", "end_time")):
            return _parameter("begin_time")
        if self._repeated(body.get("external_id")):
            return _parameter("external_id")
        number = str(next(self._ids))
        row = {name: value for name, value in body.items() if name != "external_id"}
        self.interviews[number] = {**row, "id": number, "interview_assessments": []}
        return Told(200, {"code": 0, "msg": "ok", "data": {"external_interview": self.interviews[number]}})

    def _assessment(self, body: dict[str, Any]) -> Told:
        interview = self.interviews.get(body.get("external_interview_id", ""))
        if interview is None or set(body) - ASSESSMENT or body.get("conclusion") not in (None, 1, 2, 3):
            return _parameter("external_interview_id")
        for line in body.get("assessment_dimension_list", []):
            if set(line) - DIMENSION or line.get("assessment_type") not in (1, 2, 3, 4):
                return _parameter("assessment_type")
            if line["assessment_type"] == 1 and not isinstance(line.get("score"), int):
                return _parameter("score")
        if self._repeated(body.get("external_id")):
            return _parameter("external_id")
        row = {name: value for name, value in body.items() if name != "external_id"}
        row["id"] = str(next(self._ids))
        interview["interview_assessments"].append(row)
        return Told(200, {"code": 0, "msg": "success", "data": {"external_interview_assessment": row}})

    def _repeated(self, external_id: str | None) -> bool:
        """Within 24 hours one external_id is created once."""
        if not external_id:
            return False
        before_s = self._seen.get(external_id, -DAY_S)
        if self._now_s() - before_s < DAY_S:
            return True
        self._seen[external_id] = self._now_s()
        return False


def _parameter(name: str) -> Told:
    return Told(400, {"code": 1002002, "msg": f"parameter error: {name}"})


if __name__ == "__main__":
    by_hand(Feishu)
