"""A language model as a rater, behind any endpoint that speaks the OpenAI chat API.

One request an answer, temperature 0, a fixed seed, a JSON schema. Whatever the endpoint does, ``opinion`` returns:
ratings, or the code of what went wrong. Busy, broken, silent and talkative endpoints are asked again a few times.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import msgspec

from scoring.outside.opinions import Opinion, OpinionRating
from scoring.outside.prompts import PROMPT_VERSION, messages, parsed, schema
from scoring.raters import AnswerToRate

MAX_REPLY_BYTES = 262_144
MAX_REPLY_TOKENS = 4_096
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``url`` up to and without ``/chat/completions``. ``timeout_s`` for one attempt, all of it."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    timeout_s: float = 60.0
    attempts: int = 3
    concurrency: int = 2
    seed: int = 7


class RaterFailed(Exception):
    """``code``: rater_unreachable, rater_timeout, rater_busy, rater_broken, rater_refused, rater_nonsense."""

    fault = "rater"

    def __init__(self, code: str, detail: str, *, retry: bool, wait_s: float | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.retry = retry
        self.wait_s = wait_s


class _Message(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct, frozen=True):
    choices: list[_Choice]
    model: str = ""
    system_fingerprint: str | None = None


class LlmRater:
    """``name`` changes with the model and with the prompt."""

    def __init__(
        self, endpoint: Endpoint, client: httpx.AsyncClient, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._endpoint = endpoint
        self._client = client
        self._sleep = sleep
        self._turns = asyncio.Semaphore(endpoint.concurrency)
        self.name = f"llm {PROMPT_VERSION} {endpoint.model}"

    async def opinion(self, answer: AnswerToRate, transcript: str, taken_at: str) -> Opinion:
        """``transcript``: digest of the whole transcript, which ``answer.reading`` may hold only a part of."""
        async with self._turns:
            try:
                ratings, model = await self._asked(answer)
            except RaterFailed as failed:
                return Opinion(
                    answer.question.id, self.name, self._endpoint.model, transcript, (), failed.code, taken_at
                )
        return Opinion(answer.question.id, self.name, model, transcript, ratings, "", taken_at)

    async def _asked(self, answer: AnswerToRate) -> tuple[tuple[OpinionRating, ...], str]:
        for attempt in range(1, self._endpoint.attempts + 1):
            try:
                return await self._attempt(answer)
            except RaterFailed as failed:
                if not failed.retry or attempt == self._endpoint.attempts:
                    raise
                wait_s = failed.wait_s if failed.wait_s is not None else FIRST_WAIT_S * 2 ** (attempt - 1)
            await self._sleep(min(wait_s, LONGEST_WAIT_S))
        raise AssertionError("an endpoint has at least one attempt")

    async def _attempt(self, answer: AnswerToRate) -> tuple[tuple[OpinionRating, ...], str]:
        try:
            async with asyncio.timeout(self._endpoint.timeout_s):
                body = await self._posted(answer)
        except (TimeoutError, httpx.TimeoutException):
            raise RaterFailed("rater_timeout", f"no answer within {self._endpoint.timeout_s:g} s", retry=True) from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise RaterFailed("rater_unreachable", type(error).__name__, retry=True) from None
        return _understood(body)

    async def _posted(self, answer: AnswerToRate) -> bytes:
        request = {
            "model": self._endpoint.model,
            "messages": messages(answer),
            "temperature": 0,
            "seed": self._endpoint.seed,
            "max_tokens": MAX_REPLY_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "ratings", "strict": True, "schema": schema(answer)},
            },
        }
        headers = {"Authorization": f"Bearer {self._endpoint.key}"} if self._endpoint.key else {}
        url = self._endpoint.url.rstrip("/") + "/chat/completions"
        async with self._client.stream("POST", url, json=request, headers=headers) as response:
            _check(response)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_REPLY_BYTES:
                    raise RaterFailed("rater_nonsense", f"more than {MAX_REPLY_BYTES} bytes", retry=False)
        return bytes(body)


def _check(response: httpx.Response) -> None:
    status = response.status_code
    if status == 429:
        raise RaterFailed("rater_busy", "429", retry=True, wait_s=_retry_after_s(response))
    if status >= 500:
        raise RaterFailed("rater_broken", str(status), retry=True)
    if status != 200:
        raise RaterFailed("rater_refused", str(status), retry=False)


def _retry_after_s(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdigit() else None


def _understood(body: bytes) -> tuple[tuple[OpinionRating, ...], str]:
    """The ratings and what the model calls itself. HTML, half a JSON or another shape: nonsense, worth another try."""
    try:
        completion = msgspec.json.decode(body, type=_Completion)
        content = completion.choices[0].message.content or ""
        ratings = parsed(content)
    except (msgspec.DecodeError, IndexError, UnicodeDecodeError) as error:
        raise RaterFailed("rater_nonsense", type(error).__name__, retry=True) from None
    return ratings, " ".join(part for part in (completion.model, completion.system_fingerprint) if part)
