"""What the tests of the doors share: reading a problem document, and a bystander who must not be disturbed."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from realtime.protocol import messages as say
from realtime.protocol.refusals import REFUSALS
from realtime.protocol.text import Phase

Problem = Callable[[httpx.Response, int, str], dict[str, Any]]


@pytest.fixture(scope="session")
def problem() -> Problem:
    def check(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
        body: dict[str, Any] = answer.json()
        assert (answer.status_code, body["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["status"] == status
        assert body["type"].endswith(f"#{code}")
        assert body["message"]["en"] == body["title"]
        assert body["message"]["zh"]
        assert body["retry"] is REFUSALS[code].retry
        assert body["fault"] in ("client", "server", "network")
        assert "Traceback" not in answer.text
        assert 'File "' not in answer.text
        return body

    return check


@pytest.fixture
async def bystander(served: Any) -> AsyncIterator[Any]:
    """Another interview on the same server: whatever a test does, this one goes on as if nothing had happened."""
    invited = await served.invite()
    async with invited.talk() as talk:
        state = await talk.to_question()
        await talk.say(say.StartAnswer(state.question.id))
        await talk.phase(Phase.ANSWERING)
        heard = len(talk.seen)
        yield talk
        await talk.say(say.SaveDraft(state.question.id, "不受影响", 1))
        await talk.until(say.DraftSaved)
        assert await talk.alive()
        unexpected = [type(e.message).__name__ for e in talk.seen[heard:]]
        assert set(unexpected) <= {"DraftSaved", "Pong", "PromptShown", "PromptCleared"}


@pytest.fixture
async def as_role(served: Any) -> Callable[..., Any]:
    """Signs somebody in who has that role alone."""
    from server.administration import put_user

    password = "correct horse battery"

    async def sign_in(role: str) -> Any:
        await put_user(served.settings, role, password, (role,), "bj")
        return served.client(await served.sign_in(role, password))

    return sign_in


@pytest.fixture
async def api_key(served: Any) -> str:
    from server.administration import add_api_key

    return await add_api_key(served.settings, "test EHR", ("persons:read", "results:read"))
