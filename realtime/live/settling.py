"""From a closed answer to its last word: the recording is waited for and put together, and where the live path has not
heard everything, the recording is transcribed.

    last words ─► the take is complete, or given up ─► recording ─► AnswerSaved ─► heard again? ─► AnswerTranscribed

Another process can begin here from nothing but the snapshot and the logs; it has no ear, and hears the take.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Literal

from realtime.inference.bus import Inference
from realtime.interview.effects import CloseAnswer
from realtime.interview.events import (
    AnswerHeardAgain,
    AnswerSaved,
    AnswerTranscribed,
    CaptionChanged,
    InterviewEvent,
)
from realtime.interview.plan import Term
from realtime.live.archive import Archive, TakeOutcome
from realtime.live.ear import AnswerEar, Heard, Senses
from realtime.live.hearing_again import hear_again
from realtime.media.assembly import assemble
from realtime.media.errors import MediaError
from realtime.media.object_store import ObjectStore
from realtime.media.recording import recording_key
from realtime.media.take import Packet
from realtime.perception.speech import CaptionUpdate
from realtime.protocol.messages import Word
from realtime.protocol.text import Language

log = logging.getLogger("viva.settling")

Transcript = Literal["complete", "partial", "awaiting", "none"]

MAX_DISAGREEMENT_MS = 1000
"""Live and recording begin and end a network's moment apart. More, and something was not heard."""
ATTEMPTS, ATTEMPT_PAUSE_S = 5, 2.0
TELL_PAUSE_S = 0.05


class Settling:
    """One interview's. ``transcribe_always``: hear every answer again, also those of which nothing was missed."""

    def __init__(
        self,
        interview_id: str,
        inference: Inference,
        store: ObjectStore,
        archive: Archive,
        senses: Senses,
        *,
        transcribe_always: bool = False,
        glossary: Sequence[Term] = (),
        language: Language = "zh",
    ) -> None:
        self._interview_id = interview_id
        self._inference = inference
        self._store = store
        self._archive = archive
        self._senses = senses
        self._transcribe_always = transcribe_always
        self._glossary, self._language = glossary, language
        self.waiting = 0
        """Answers that wait for nothing but a device."""
        self._tell_now: Callable[[InterviewEvent], bool] = lambda _event: True

    def bind(self, tell: Callable[[InterviewEvent], bool]) -> None:
        """``tell`` hands an event to the interview; False: not now."""
        self._tell_now = tell

    async def settle(self, closing: CloseAnswer, ear: AnswerEar | None) -> None:
        if closing.take:
            self._archive.end(closing.take, closing.duration_ms)
        heard = await ear.settle() if ear is not None else None
        if closing.practice:
            return
        if not closing.take:
            transcript = heard.transcript if heard else "none"
            await self._tell(AnswerTranscribed(closing.question_id, transcript, heard.audio_ms if heard else 0))
            return
        outcome = await self._outcome(closing.take)
        audio_ms = outcome.end_ms if outcome.used else heard.audio_ms if heard else 0
        sound, recording = await self._record(closing, outcome)
        await self._tell(
            AnswerSaved(
                question_id=closing.question_id,
                take=closing.take,
                from_take=outcome.used,
                complete=outcome.complete,
                packets=outcome.packets,
                audio_ms=audio_ms,
                recording=recording,
                missing=outcome.missing,
            )
        )
        transcript = await self._transcript(closing, heard, outcome, sound)
        await self._tell(AnswerTranscribed(closing.question_id, transcript, audio_ms))

    async def _outcome(self, take: int) -> TakeOutcome:
        self.waiting += 1
        try:
            return await self._archive.outcome(take)
        finally:
            self.waiting -= 1

    async def _tell(self, event: InterviewEvent) -> None:
        """Nobody says these again, so a full inbox is waited for."""
        while True:
            if self._tell_now(event):
                return
            await asyncio.sleep(TELL_PAUSE_S)

    # ------------------------------------------------------------------ the recording
    async def _record(self, closing: CloseAnswer, outcome: TakeOutcome) -> tuple[Sequence[Packet], str | None]:
        key = recording_key(self._interview_id, closing.question_id, closing.attempt)
        sound: Sequence[Packet] = ()
        for attempt in range(ATTEMPTS):
            try:
                sound, live = await self._archive.contents(closing.take)
                return sound, await assemble(self._store, key, sound, live)
            except MediaError as error:
                log.error("recording of %s, attempt %d: %s", self._interview_id, attempt + 1, error.code)
                await asyncio.sleep(ATTEMPT_PAUSE_S)
        return sound, None

    # ------------------------------------------------------------------ the words
    async def _transcript(
        self, closing: CloseAnswer, heard: Heard | None, outcome: TakeOutcome, sound: Sequence[Packet]
    ) -> Transcript:
        live: Transcript = heard.transcript if heard else "none" if not sound else "partial"
        if self._inference.speech is None:
            return "awaiting" if sound else live
        if not sound or not self._again(heard, outcome):
            return live
        again = await hear_again(
            sound,
            self._inference,
            self._senses.detector(),
            session_id=self._interview_id,
            utterance_prefix=f"{closing.question_id}.{closing.attempt}.again.",
            glossary=self._glossary,
            language=self._language,
        )
        if not again.complete and heard is not None and heard.transcript == "complete":
            return "partial" if not heard.flawless else heard.transcript  # what was heard live is more than this
        engine = str(self._inference.speech)
        captions = tuple(_caption(closing.question_id, update, engine) for update in again.captions)
        await self._tell(AnswerHeardAgain(closing.question_id, captions, tuple(again.spans)))
        if not again.voiced_ms:
            return "none"
        return "complete" if again.complete else "partial"

    def _again(self, heard: Heard | None, outcome: TakeOutcome) -> bool:
        if heard is None or not heard.flawless or self._transcribe_always:
            return True
        return abs(heard.audio_ms - outcome.end_ms) > MAX_DISAGREEMENT_MS


def _caption(question_id: str, update: CaptionUpdate, engine: str) -> CaptionChanged:
    return CaptionChanged(
        question_id=question_id,
        utterance_id=update.utterance_id,
        revision=update.revision,
        committed=update.committed,
        partial="",
        language=update.language,
        start_ms=update.start_ms,
        end_ms=update.end_ms,
        final=True,
        words=tuple(Word(w.text, w.start_ms, w.end_ms, round(w.probability, 3)) for w in update.words),
        engine=update.engine or engine,
        no_speech=update.no_speech,
        other_language=update.other_language,
    )
