"""One answer's speech: sound in, requests out; results in, captions out. Pure: no clock, no thread, no model.

    push(pcm) ──► unjudged ──► voice activity ──► Segmenter ──► SpeechStarted / SpeechEnded
                                                     │ open utterance   │ closed utterance
    wants() ◄── a partial: the window since the last commit       └──► a final: the whole utterance
    apply(result) ──► LiveCaption ──► CaptionUpdate
    finish(): the rest becomes a final; all is said when ``pending_finals()`` is 0

Times are media milliseconds from the start of the answer, and so is the cadence: a partial is wanted after so much
*new sound*, however fast it came. Nothing here waits, so nothing here can be late.

Voice activity may be judged at once (``detect``) or elsewhere, for many streams together: then ``wants_voice`` gives
what is to be judged next, and ``judged`` takes the probabilities. What comes meanwhile waits in its order.
"""

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from realtime.inference.engine import SAMPLE_RATE, Pcm, RecognisedWord, SpeechRequest, SpeechResult
from realtime.inference.features import TAIL_S
from realtime.inference.guards import RAMBLING
from realtime.inference.ladder import Allowance
from realtime.inference.log_mel import HOP_MS, HOP_SAMPLES, LogMelRing, RingWindow
from realtime.inference.words import join_words
from realtime.perception.captions import TRIM_FROM_MS, LiveCaption, in_media_time
from realtime.perception.commit import DEFAULT_POLICY, POLICIES, CommitPolicy
from realtime.perception.segmenter import CHUNK_MS, CHUNK_SAMPLES, Segment, Segmenter, UtteranceClosed, UtteranceOpened
from realtime.perception.terminology import Spelling
from realtime.perception.unjudged import Stretch, UnjudgedSound

Probabilities = npt.NDArray[np.float32]
Detect = Callable[[Pcm], Probabilities]
"""(n, 512) consecutive chunks of one stream -> n probabilities of speech. It remembers the stream."""

FIRST_PARTIAL_MS = 550
SHORT_GAP_MS = 300
"""Lost sound up to here is bridged with silence; more ends the utterance."""
PREVIOUS_CHARACTERS = 200
FINAL_ATTEMPTS = 6
SPOKEN_FROM_MS = 2_000
"""A sound that voice activity takes for a voice and no recogniser makes sense of: a cough is shorter."""
MOST_WAITING_S = 180
"""Sound held for finals that wait for an engine, 11 MB. What comes on top is given up here and counted; the
recording has it."""
_SAMPLES_PER_MS = SAMPLE_RATE / 1000


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    media_ms: int


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    media_ms: int


@dataclass(frozen=True, slots=True)
class CaptionUpdate:
    """One utterance so far; replaces the one before it with the same ``utterance_id``.

    ``partial`` continues ``committed`` (``join_words``). A ``final`` that a guard threw away has no text and
    ``no_speech``. One that no engine would transcribe, or in which it lost its way twice, has the words that were
    committed while it was spoken, and is counted in ``SpeechStream.lost_finals``; so is one in a language that the
    engine does not write: it has no text and says so.
    """

    utterance_id: str
    revision: int
    committed: str
    partial: str
    language: str
    start_ms: int
    end_ms: int
    final: bool
    words: tuple[RecognisedWord, ...] = ()
    no_speech: bool = False
    engine: str = ""
    other_language: bool = False


SpeechEvent = SpeechStarted | SpeechEnded | CaptionUpdate


@dataclass(slots=True, eq=False)
class _Utterance:
    """What is being said, or has been. ``asked``: the partial that is under way, and where its window began.
    ``engine``: the model of the last partial. ``astray``: a guard found that the recogniser rambles; from then on it
    gets no context.
    ``ring``: the frames of the sound, for an engine that takes them."""

    id: str
    start_ms: float
    voice_ms: float
    caption: LiveCaption
    asked_until_ms: float | None = None
    asked: tuple[int, float] | None = None
    astray: bool = False
    engine: str = ""
    ring: LogMelRing | None = None


@dataclass(slots=True, eq=False)
class _Final:
    """A closed utterance on its way to its last words. ``revision``: of the request that is under way."""

    utterance: _Utterance
    audio: Pcm
    voice_end_ms: float
    revision: int | None = None
    attempts: int = 0
    rambled: bool = False


class SpeechStream:
    """``detect``: voice activity of this stream; None: it is asked for by ``wants_voice``.
    ``language_hint`` None: the model decides, utterance by utterance.
    ``recognise`` False: there is no engine; speech is found and measured, and no sound is kept.
    ``mels``: as the engine describes itself; partials then carry features of which only the new part is computed.

    ``hot_words``: what is likely to be said; ``spelling``: how last words are written.
    ``commit``: makes the policy of each utterance. ``allowance``: what may be asked of a loaded engine.
    ``lost_finals``: utterances without last words. ``guard_hits``: texts thrown away or cut, by the guard's name;
    several streams may count in one.
    ``unheard_ms``: sound that nobody judged in time. ``damaged_ms``: of sound that held something else than numbers.
    """

    def __init__(
        self,
        session_id: str,
        language_hint: str | None,
        detect: Detect | None,
        *,
        utterance_prefix: str = "u",
        recognise: bool = True,
        hot_words: tuple[str, ...] = (),
        mels: int = 0,
        commit: Callable[[], CommitPolicy] = POLICIES[DEFAULT_POLICY],
        guard_hits: Counter[str] | None = None,
        spelling: Spelling | None = None,
    ) -> None:
        self.allowance = Allowance()
        self.lost_finals = 0
        self.unheard_ms = 0.0
        self.damaged_ms = 0.0
        self.guard_hits = Counter[str]() if guard_hits is None else guard_hits
        self._session_id = session_id
        self._language_hint = language_hint
        self._detect = detect
        self._prefix = utterance_prefix
        self._recognise = recognise
        self._hot_words = hot_words
        self._mels = mels
        self._commit = commit
        self._spelling = spelling
        self._segmenter = Segmenter(keep_audio=recognise)
        self._rest: Pcm = np.zeros(0, np.float32)
        self._unjudged = UnjudgedSound()
        self._heard_ms: float | None = None
        self._utterances = 0
        self._revision = 0
        self._open: _Utterance | None = None
        self._finals: deque[_Final] = deque()
        self._said_before = ""
        self._finished = False

    @property
    def speaking(self) -> bool:
        return self._segmenter.speaking

    @property
    def voiced_ms(self) -> int:
        return self._segmenter.voiced_ms

    @property
    def heard_ms(self) -> float:
        """Up to where there has been sound, or a gap that was told."""
        return self._heard_ms or 0.0

    # ------------------------------------------------------------------ sound
    def push(self, pcm: Pcm, start_ms: float) -> list[SpeechEvent]:
        """The next sound. A jump forward is a gap; what was heard already is left out."""
        if self._finished:
            return []
        if self._heard_ms is None:
            self._heard_ms = start_ms
        events: list[SpeechEvent] = []
        ahead_ms = start_ms - self._heard_ms
        if ahead_ms >= CHUNK_MS:
            events = self.gap(self._heard_ms, start_ms)
        elif ahead_ms <= -CHUNK_MS:
            pcm = pcm[round(-ahead_ms * _SAMPLES_PER_MS) :]
        return events + self._hear(pcm)

    def gap(self, start_ms: float, end_ms: float) -> list[SpeechEvent]:
        """Sound that never came. A short gap is bridged; a longer one ends the utterance where it began."""
        if self._finished or end_ms <= self.heard_ms:
            return []
        missing_ms = end_ms - max(start_ms, self.heard_ms)
        if self._heard_ms is not None and missing_ms <= SHORT_GAP_MS:
            return self._hear(np.zeros(round(missing_ms * _SAMPLES_PER_MS), np.float32))
        self._rest = self._rest[:0]
        self._heard_ms = end_ms
        return self._break()

    def finish(self) -> list[SpeechEvent]:
        """The answer is closed: what is left of it becomes a final. Calling it again does nothing."""
        if self._finished:
            return []
        events: list[SpeechEvent] = []
        if len(self._rest):
            events = self._hear(np.zeros(CHUNK_SAMPLES - len(self._rest), np.float32))
        self._finished = True
        return events + self._break()

    def _hear(self, pcm: Pcm) -> list[SpeechEvent]:
        begins_ms = self.heard_ms - len(self._rest) / _SAMPLES_PER_MS
        self._heard_ms = self.heard_ms + len(pcm) / _SAMPLES_PER_MS
        sound = np.concatenate([self._rest, self._numbers(pcm)])
        whole = len(sound) - len(sound) % CHUNK_SAMPLES
        self._rest = sound[whole:]
        if whole == 0:
            return []
        chunks = sound[:whole].reshape(-1, CHUNK_SAMPLES).copy()  # a view would keep the rest alive with it
        stretch = Stretch(begins_ms, chunks)
        if self._detect is not None:
            return self._judge(stretch, self._detect(chunks))
        return [] if self._unjudged.put(stretch) else self._unheard(stretch)

    def _numbers(self, pcm: Pcm) -> Pcm:
        """What is not a number becomes silence. Let through, one such sample would stay in the network's memory, and
        nobody would be heard from then on."""
        if math.isfinite(np.dot(pcm, pcm)):
            return pcm
        self.damaged_ms += len(pcm) / _SAMPLES_PER_MS
        return np.where(np.isfinite(pcm), pcm, np.float32(0))

    # ------------------------------------------------------------------ voice
    @property
    def judged_all(self) -> bool:
        return self._unjudged.empty

    def wants_voice(self) -> Pcm | None:
        """The next chunks to be judged, (n, 512); None: there are none, or some are under way."""
        return self._unjudged.take()

    def judged(self, probabilities: Probabilities | None) -> list[SpeechEvent]:
        """The answer to ``wants_voice``. None: they could not be judged, so the sound breaks off there."""
        stretch, breaks = self._unjudged.done()
        if stretch is None:
            return []
        if probabilities is not None:
            events = self._judge(stretch, probabilities)
        else:
            self.unheard_ms += len(stretch) * CHUNK_MS
            events, breaks = [], True
        return events + (self._follow(self._segmenter.close()) if breaks else [])

    def _judge(self, stretch: Stretch, probabilities: Probabilities) -> list[SpeechEvent]:
        segments: list[Segment] = []
        for at, (chunk, probability) in enumerate(zip(stretch.chunks, probabilities, strict=True)):
            segments += self._segmenter.push(chunk, float(probability), stretch.begins_ms + at * CHUNK_MS)
        return self._follow(segments)

    def _unheard(self, stretch: Stretch) -> list[SpeechEvent]:
        self.unheard_ms += len(stretch) * CHUNK_MS
        return self._break()

    def _break(self) -> list[SpeechEvent]:
        """The sound ends here, once all before it has been judged."""
        return self._follow(self._segmenter.close()) if self._unjudged.broke() else []

    def _follow(self, segments: list[Segment]) -> list[SpeechEvent]:
        events: list[SpeechEvent] = []
        for segment in segments:
            if isinstance(segment, UtteranceOpened):
                events += [] if segment.resumed else [SpeechStarted(round(segment.voice_ms))]
                self._open_utterance(segment)
            else:
                events += [] if segment.cut else [SpeechEnded(round(segment.voice_end_ms))]
                events += self._close_utterance(segment)
        return events

    def _open_utterance(self, opened: UtteranceOpened) -> None:
        self._utterances += 1
        name = f"{self._prefix}{self._utterances}"
        caption = LiveCaption(opened.start_ms, policy=self._commit())
        self._open = _Utterance(name, opened.start_ms, opened.voice_ms, caption)
        self._open.ring = LogMelRing(self._mels) if self._mels else None

    def _close_utterance(self, closed: UtteranceClosed) -> list[SpeechEvent]:
        utterance, self._open = self._open, None
        if utterance is None or not closed.voiced or not self._recognise:
            return []
        final = _Final(utterance, closed.audio, closed.voice_end_ms)
        waiting = sum(len(other.audio) for other in self._finals)
        if waiting + len(closed.audio) > MOST_WAITING_S * SAMPLE_RATE:
            return [self._give_up(final)]
        self._finals.append(final)
        return []

    # ------------------------------------------------------------------ requests
    def pending_finals(self) -> int:
        """Utterances that have been spoken and have no last words yet."""
        return len(self._finals)

    def wants(self) -> SpeechRequest | None:
        """The next request. Ask until it says None: several finals may be under way at once, a partial only alone."""
        for final in self._finals:
            if final.revision is None:
                final.revision = self._next_revision()
                final.attempts += 1
                return self._request(final.utterance, "final", final.audio, final.revision, self._said_before)
        return self._wanted_partial()

    def _wanted_partial(self) -> SpeechRequest | None:
        utterance = self._open
        if utterance is None or utterance.asked is not None or not self._recognise or not self.allowance.partials:
            return None
        until_ms = self._segmenter.end_ms
        if utterance.asked_until_ms is None:
            due_ms = utterance.voice_ms + FIRST_PARTIAL_MS
        else:
            due_ms = utterance.asked_until_ms + self.allowance.cadence_ms
        if until_ms < due_ms:
            return None
        utterance.caption.trim(until_ms, min(TRIM_FROM_MS, (self.allowance.window_s - TAIL_S) * 1000))
        frame = int(utterance.caption.window_ms - utterance.start_ms) // HOP_MS
        utterance.asked_until_ms = until_ms
        utterance.asked = (self._next_revision(), utterance.start_ms + frame * HOP_MS)
        before = join_words([self._said_before, utterance.caption.trimmed_text])
        audio = self._segmenter.audio(frame * HOP_SAMPLES)
        features = RingWindow(utterance.ring, frame) if utterance.ring else None
        return self._request(utterance, "partial", audio, self._revision, before, features)

    def _request(
        self,
        utterance: _Utterance,
        kind: Literal["partial", "final"],
        audio: Pcm,
        revision: int,
        before: str,
        features: RingWindow | None = None,
    ) -> SpeechRequest:
        return SpeechRequest(
            session_id=self._session_id,
            utterance_id=utterance.id,
            revision=revision,
            kind=kind,
            audio=audio,
            language=self._language_hint,
            previous_text="" if utterance.astray else before[-PREVIOUS_CHARACTERS:],
            hot_words=() if utterance.astray else self._hot_words,
            features=features,
            timed=utterance.caption.policy.timed or self.allowance.window_s * 1000 <= TRIM_FROM_MS,
        )

    def _next_revision(self) -> int:
        """Grows over the whole answer, so a revision names its request."""
        self._revision += 1
        return self._revision

    # ------------------------------------------------------------------ results
    def apply(self, result: SpeechResult) -> list[SpeechEvent]:
        """An answer to a request of ``wants``. One that nobody waits for any more changes nothing."""
        if result.kind == "partial":
            return self._apply_partial(result)
        final = self._take_final(result.revision)
        return self._apply_final(final, result) if final else []

    def failed(self, revision: int, *, retry: bool = True, tried: bool = True) -> list[SpeechEvent]:
        """The request came to nothing. A partial is simply forgotten, the next one will do. A final is wanted again,
        so tell of it only when it is time to try again; after the sixth time, or where that cannot help, it is
        given up. ``tried`` False: no engine had it, so it does not count."""
        if self._open is not None and self._open.asked is not None and self._open.asked[0] == revision:
            self._open.asked = None
        final = self._take_final(revision)
        if final is None:
            return []
        final.attempts -= not tried
        if not retry or final.attempts >= FINAL_ATTEMPTS:
            return [self._give_up(final)]
        final.revision = None
        self._finals.appendleft(final)
        return []

    def _apply_partial(self, result: SpeechResult) -> list[SpeechEvent]:
        utterance = self._open
        if utterance is None or utterance.asked is None or utterance.asked[0] != result.revision:
            return []
        window_ms, heard_ms = utterance.asked[1], utterance.asked_until_ms or utterance.voice_ms
        utterance.asked, utterance.engine = None, result.engine
        self._note_guards(utterance, result)
        if result.rejected is not None or not utterance.caption.update(result, window_ms, heard_ms):
            return []
        caption = utterance.caption
        return [
            CaptionUpdate(
                utterance_id=utterance.id,
                revision=result.revision,
                committed=caption.committed,
                partial=caption.partial,
                language=caption.language,
                start_ms=round(utterance.voice_ms),
                end_ms=round(heard_ms),
                final=False,
                words=tuple(caption.words),
                engine=result.engine,
            )
        ]

    def _apply_final(self, final: _Final, result: SpeechResult) -> list[SpeechEvent]:
        """Somebody spoke and the recogniser rambled: it is asked once more, without the context that may have led it
        astray. If it rambles again, what was committed live is better than either text; where that is nothing, a short
        sound was no speech, and a long one is lost and counted."""
        self._note_guards(final.utterance, result)
        if result.rejected not in RAMBLING:
            return [self._last_words(final, self._spelling.applied(result) if self._spelling else result)]
        self._said_before = ""
        if final.rambled:
            lost = final.utterance.caption.committed or final.voice_end_ms - final.utterance.voice_ms >= SPOKEN_FROM_MS
            return [self._give_up(final) if lost else self._last_words(final, result)]
        final.rambled, final.revision = True, None
        self._finals.appendleft(final)
        return []

    def _note_guards(self, utterance: _Utterance, result: SpeechResult) -> None:
        if result.rejected is not None:
            self.guard_hits[result.rejected] += 1
        if result.credits_cut:
            self.guard_hits["credits_cut"] += 1
        utterance.astray = utterance.astray or result.rejected in RAMBLING

    def _last_words(self, final: _Final, result: SpeechResult) -> CaptionUpdate:
        accepted = result.rejected is None
        self.lost_finals += result.rejected == "other_language"
        # A text that looped must not be the context of the next one, or it goes on looping.
        self._said_before = result.text if accepted else ""
        return CaptionUpdate(
            utterance_id=final.utterance.id,
            revision=result.revision,
            committed=result.text if accepted else "",
            partial="",
            language=result.language,
            start_ms=round(final.utterance.voice_ms),
            end_ms=round(final.voice_end_ms),
            final=True,
            words=tuple(in_media_time(word, final.utterance.start_ms) for word in result.words) if accepted else (),
            no_speech=not accepted,
            engine=result.engine,
            other_language=result.rejected == "other_language",
        )

    def _give_up(self, final: _Final) -> CaptionUpdate:
        self.lost_finals += 1
        caption = final.utterance.caption
        return CaptionUpdate(
            utterance_id=final.utterance.id,
            revision=self._next_revision(),
            committed=caption.committed,
            partial="",
            language=caption.language or self._language_hint or "",
            start_ms=round(final.utterance.voice_ms),
            end_ms=round(final.voice_end_ms),
            final=True,
            words=tuple(caption.words),
            engine=final.utterance.engine,
        )

    def _take_final(self, revision: int) -> _Final | None:
        final = next((final for final in self._finals if final.revision == revision), None)
        if final is not None:
            self._finals.remove(final)
        return final
