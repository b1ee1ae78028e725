"""The raters that this installation asks besides the rules, by its settings, and the asking: once for a transcript.

What they say is stored before a report is made of it. Scoring the same evidence again asks nobody who has answered.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from scoring.examining import answers_to_rate
from scoring.outside import opinions as said
from scoring.outside.embedding import EmbeddingModelInvalid, EmbeddingRater
from scoring.outside.llm import Endpoint, LlmRater
from scoring.outside.opinions import Opinion
from scoring.position_model import PositionModel
from scoring.raters import AnswerToRate
from server.settings import SettingInvalid, Settings
from server.store import opinions

log = logging.getLogger("viva.raters")


class OutsideRater(Protocol):
    @property
    def name(self) -> str: ...

    async def opinion(self, answer: AnswerToRate, transcript: str, taken_at: str) -> Opinion: ...


class InAThread:
    """An embedding model beside the loop, one answer at a time."""

    def __init__(self, rater: EmbeddingRater) -> None:
        self._rater = rater
        self._turn = asyncio.Lock()
        self.name = rater.name

    async def opinion(self, answer: AnswerToRate, transcript: str, taken_at: str) -> Opinion:
        async with self._turn:
            return await asyncio.to_thread(self._rater.opinion, answer, transcript, taken_at)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[OutsideRater, ...]]:
    """The raters of the settings. SettingInvalid if one of them cannot be what they say."""
    async with contextlib.AsyncExitStack() as closing:
        raters: list[OutsideRater] = []
        for name in settings.outside_raters:
            if name == "embedding":
                try:
                    raters.append(InAThread(await asyncio.to_thread(EmbeddingRater, Path(settings.embedding_model))))
                except EmbeddingModelInvalid as error:
                    raise SettingInvalid("VIVA_EMBEDDING_MODEL", str(error)) from None
            else:
                client = await closing.enter_async_context(httpx.AsyncClient(follow_redirects=False))
                endpoint = Endpoint(
                    settings.llm_url, settings.llm_model, settings.llm_key, float(settings.llm_timeout_seconds)
                )
                raters.append(LlmRater(endpoint, client))
        yield tuple(raters)


class OpinionTaker:
    """Asks every outside rater about every answer that a rater may see, and stores what it said."""

    def __init__(self, engine: AsyncEngine, raters: Sequence[OutsideRater], now: Callable[[], str]) -> None:
        self._engine = engine
        self._raters = raters
        self._now = now

    async def take(self, interview_id: str, records: list[bytes], model: PositionModel) -> list[bytes]:
        """All stored opinions, the new ones last. A rater that could not answer is asked again the next time."""
        async with self._engine.connect() as store:
            stored = await opinions.stored(store, interview_id)
        if not self._raters:
            return stored
        known = said.read(stored)
        answered = {(one.question_id, one.rater, one.transcript) for one in known if not one.failure}
        asked = []
        for answer, examined in await asyncio.to_thread(answers_to_rate, records, model):
            digest = said.digest_of(examined.answer.transcript)
            for rater in self._raters:
                if (answer.question.id, rater.name, digest) not in answered:
                    asked.append(rater.opinion(answer, digest, self._now()))
        new = await asyncio.gather(*asked)
        for opinion in new:
            if opinion.failure:
                log.warning("%s on %s of %s: %s", opinion.rater, opinion.question_id, interview_id, opinion.failure)
        bodies = [said.encode(opinion) for opinion in new]
        async with self._engine.begin() as store:
            await opinions.append(store, interview_id, bodies)
        return [*stored, *bodies]
