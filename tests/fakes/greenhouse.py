"""Greenhouse as the caller of an assessment partner, by the Assessment Partner API's documentation.

``Greenhouse`` takes the PATCH of a finished test; ``Caller`` makes Greenhouse's requests and judges the answers as
the documentation says Greenhouse does, reporting a bad one to ``response_error``.
"""

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.fakes.serving import Asked, Told

PATH = "/integrations/testing_partners/take_home_tests/"


@dataclass
class Greenhouse:
    """``finished``: the tests that we were told of. Credentials are the partner's key again."""

    key: str
    finished: list[str] = field(default_factory=list)
    away: int = 0

    def answer(self, asked: Asked) -> Told:
        if asked.method != "PATCH" or not asked.path.startswith(PATH):
            return Told(404)
        expected = "Basic " + base64.b64encode(f"{self.key}:".encode()).decode()
        if asked.headers.get("authorization") != expected:
            return Told(401)
        if self.away:
            self.away -= 1
            return Told(503)
        self.finished.append(asked.path.removeprefix(PATH))
        return Told(200, {})


class Caller:
    def __init__(self, base: str, key: str) -> None:
        self._client = httpx.AsyncClient(base_url=base, auth=(key, ""), trust_env=False, timeout=30)

    async def __aenter__(self) -> "Caller":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def list_tests(self) -> dict[str, str]:
        tests = await self._asked("list_tests", await self._client.get("/list_tests"))
        flaws = [one for one in tests if set(one) != {"partner_test_id", "partner_test_name"}]
        await self._judge("list_tests", [f"odd test {one}" for one in flaws])
        return {one["partner_test_id"]: one["partner_test_name"] for one in tests}

    async def send_test(self, test: str, url: str, **candidate: str) -> str:
        profile = {"greenhouse_profile_url": "https://app.greenhouse.io/people/17681532?application_id=26234709"}
        body = {"partner_test_id": test, "candidate": {"resume_url": None, **profile, **candidate}, "url": url}
        told = await self._asked("send_test", await self._client.post("/send_test", json=body))
        problems = [] if isinstance(told.get("partner_interview_id"), str) else ["partner_interview_id is missing"]
        await self._judge("send_test", problems)
        return str(told["partner_interview_id"])

    async def test_status(self, interview: str) -> dict[str, Any]:
        query = {"partner_interview_id": interview}
        told = await self._asked("test_status", await self._client.get("/test_status", params=query))
        problems = []
        if not isinstance(told.get("partner_status"), str):
            problems.append("partner_status is missing")
        if told.get("partner_status") == "complete" and not told.get("partner_profile_url", "").startswith("http"):
            problems.append("partner_status is 'complete' but partner_profile url is missing")
        if not isinstance(told.get("partner_score", 0), int | float):
            problems.append("partner_score is no number")
        flat = all(isinstance(value, str | int | float | bool | None) for value in told.get("metadata", {}).values())
        problems += [] if flat else ["metadata is nested"]
        await self._judge("test_status", problems)
        return dict(told)

    async def _asked(self, call: str, response: httpx.Response) -> Any:
        if response.status_code != 200:
            raise AssertionError(f"{call}: {response.status_code} {response.text}")
        return response.json()

    async def _judge(self, call: str, problems: list[str]) -> None:
        if problems:
            await self._client.post("/response_error", json={"api_call": call, "errors": problems})
            raise AssertionError(problems)

    async def complain(self, call: str, problem: str) -> int:
        body = {"api_call": call, "errors": [problem], "candidate_email": "hpotter@hogwarts.edu"}
        return (await self._client.post("/response_error", json=body)).status_code
