"""The language-model rater against a stand-in that enforces the API's shape and misbehaves."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from scoring.analysis.reading import read_answer
from scoring.analysis.transcript import typed
from scoring.outside.llm import Endpoint, LlmRater
from scoring.outside.opinions import Opinion, counted, digest_of
from scoring.position_model import PositionModel
from scoring.raters import AnswerToRate
from tests.llm_standin import KEY, StandIn, standing_in

TEXT = "我会先提醒同事停下来，核实情况，再报告给主管，并且留好记录。"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def answer(model: PositionModel) -> AnswerToRate:
    question = model.question("q4")
    assert question is not None
    return AnswerToRate(model, question, read_answer(typed(TEXT), model, question))


class Rater:
    """An ``LlmRater`` whose waits are written down and not waited."""

    def __init__(self, stand_in: StandIn, client: httpx.AsyncClient, **changes: float | str) -> None:
        self.waits: list[float] = []
        endpoint = Endpoint(**{"url": stand_in.url, "model": "judge", "key": KEY, "timeout_s": 5.0} | changes)  # type: ignore[arg-type]
        self.rater = LlmRater(endpoint, client, self._wait)

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def ask(self, answer: AnswerToRate) -> Opinion:
        return await self.rater.opinion(answer, digest_of(answer.reading.transcript), "2026-03-02T00:00:00Z")


async def test_ratings_come_with_quotes_and_the_models_own_name(
    client: httpx.AsyncClient, answer: AnswerToRate
) -> None:
    with standing_in() as stand_in:
        opinion = await Rater(stand_in, client).ask(answer)
    assert (opinion.rater, opinion.model, opinion.failure) == ("llm 1 judge", "tiny-judge-2026 fp_7", "")
    found = counted(opinion, answer.reading, answer.question.measures)
    assert {one.rating.competency_id for one in found} == set(answer.question.measures)
    assert {TEXT[start:end] for one in found for start, end in one.spans} == {TEXT[:12]}


async def test_the_request_carries_the_construct_and_the_transcript_as_data(
    client: httpx.AsyncClient, answer: AnswerToRate
) -> None:
    with standing_in() as stand_in:
        await Rater(stand_in, client).ask(answer)
    (request,) = stand_in.requests
    system, user = (message["content"] for message in request["messages"])
    assert TEXT not in system
    document = json.loads(user)
    assert document["transcript"] == TEXT
    compliance = next(one for one in document["competencies"] if one["id"] == "compliance")
    assert sorted(compliance["anchors"]) == ["1", "2", "3", "4", "5"]
    assert compliance["speaks_against"]


@pytest.mark.parametrize(
    ("plan", "waits"),
    [
        (["busy", "good"], [3.0]),
        (["broken", "good"], [0.5]),
        (["html", "truncated", "good"], [0.5, 1.0]),
        (["empty", "good"], [0.5]),
    ],
)
async def test_what_may_pass_is_tried_again(
    client: httpx.AsyncClient, answer: AnswerToRate, plan: list[str], waits: list[float]
) -> None:
    with standing_in(*plan) as stand_in:
        rater = Rater(stand_in, client)
        opinion = await rater.ask(answer)
    assert opinion.failure == ""
    assert rater.waits == waits


@pytest.mark.parametrize(
    ("plan", "code", "requests"),
    [
        (["busy"] * 3, "rater_busy", 3),
        (["broken"] * 3, "rater_broken", 3),
        (["html"] * 3, "rater_nonsense", 3),
        (["truncated"] * 3, "rater_nonsense", 3),
        (["refuse"], "rater_refused", 1),
        (["huge"], "rater_nonsense", 1),
    ],
)
async def test_what_does_not_pass_is_a_code_and_no_rating(
    client: httpx.AsyncClient, answer: AnswerToRate, plan: list[str], code: str, requests: int
) -> None:
    with standing_in(*plan) as stand_in:
        opinion = await Rater(stand_in, client).ask(answer)
    assert (opinion.failure, opinion.ratings) == (code, ())
    assert len(stand_in.requests) == requests


async def test_a_slow_endpoint_is_left_after_its_time(client: httpx.AsyncClient, answer: AnswerToRate) -> None:
    with standing_in("slow", "slow", "slow") as stand_in:
        opinion = await Rater(stand_in, client, timeout_s=0.05).ask(answer)
    assert opinion.failure == "rater_timeout"


async def test_nobody_there_and_a_key_that_is_refused(client: httpx.AsyncClient, answer: AnswerToRate) -> None:
    with standing_in() as stand_in:
        assert (await Rater(stand_in, client, key="wrong").ask(answer)).failure == "rater_refused"
    assert (await Rater(stand_in, client).ask(answer)).failure == "rater_unreachable"
    assert KEY not in repr(Endpoint("http://x", "m", KEY))


async def test_a_model_that_obeys_the_candidate_has_no_quote_and_does_not_count(
    client: httpx.AsyncClient, answer: AnswerToRate
) -> None:
    with standing_in("obeys") as stand_in:
        opinion = await Rater(stand_in, client).ask(answer)
    assert {rating.level for rating in opinion.ratings} == {5}
    assert counted(opinion, answer.reading, answer.question.measures) == []
