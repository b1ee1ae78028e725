"""One live interview: a task that takes events from a bounded inbox and carries out the effects, in order.

The rule that makes a crash harmless: everything durable that one event caused (messages, evidence, the snapshot)
is committed in *one* journal entry before any of it is sent. A process that dies in between leaves an interview
that either never saw the event, in which case the client says it again, or saw all of it, in which case the
client gets it by replay.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from realtime.interview.effects import (
    AppendEvidence,
    CloseAnswer,
    EndMedia,
    InterviewEffect,
    NotifyHr,
    OpenAnswer,
    RefreshLiveList,
    Refuse,
    ScoreInterview,
    Send,
    StopSaving,
)
from realtime.interview.events import (
    CandidateHushed,
    CandidateJoined,
    CandidateLeft,
    CandidateSaid,
    CaptionChanged,
    HrSaid,
    InterviewEvent,
    TimePassed,
)
from realtime.interview.evidence import EvidenceRecord
from realtime.interview.plan import InterviewPlan
from realtime.interview.session import InterviewSession
from realtime.live.archive import TakeKey
from realtime.live.clock import InterviewClock
from realtime.live.inbox import Join, Ordered, Rest, Watch
from realtime.live.journal import FencedOff, Journal, JournalEntry, JournalUnavailable, StoredMessage
from realtime.live.listening import Listening
from realtime.live.outbox import (
    BROKEN,
    COME_BACK,
    ENDED,
    GOING_AWAY,
    HELD_ELSEWHERE,
    LEFT,
    OPENED_ELSEWHERE,
    TOO_SLOW,
    WATCH_AGAIN,
    Cut,
    Outbox,
)
from realtime.protocol.messages import (
    CaptionsMode,
    CaptionsState,
    DraftSaved,
    Moved,
    PresenceState,
    ServerMessage,
    SwitchLanguage,
    Watched,
    Welcome,
)
from realtime.protocol.refusals import refusal
from realtime.protocol.text import Language, Phase

log = logging.getLogger("viva.interview")

INBOX_CAPACITY = 1024
LOOKED_AFTER_MS = 60_000
"""If nothing was written for this long, somebody makes sure that the interview still has a process."""
ALARM_LATE_MS = 2_000
"""So that a process which holds the interview does by itself what is due, and no alarm rings."""
ENDED_PHASES = frozenset({Phase.REPORTED, Phase.WITHDRAWN, Phase.EXPIRED})

_encoder = msgspec.json.Encoder()
_decoder: "msgspec.json.Decoder[ServerMessage]" = msgspec.json.Decoder(ServerMessage)


@dataclass(frozen=True, slots=True)
class Connections:
    """What the switchboard wants to hear of an interview, and ``captions``: how soon its words can appear.
    ``published``: words of this interview, utterance and revision are durable and on their way."""

    row_changed: Callable[[str], None]
    ended: Callable[[str], Awaitable[None]]
    captions: Callable[[], CaptionsMode] = lambda: "live"
    published: Callable[[str, str, int], None] = lambda _interview, _utterance, _revision: None


class LiveInterview:
    def __init__(
        self,
        plan: InterviewPlan,
        session: InterviewSession,
        *,
        clock: InterviewClock,
        journal: Journal,
        fence: int,
        listening: Listening,
        connections: Connections,
        log_so_far: list[StoredMessage] | None = None,
    ) -> None:
        self.plan = plan
        self.session = session
        self.listening = listening
        self.dropped_events = 0
        self._clock = clock
        self._journal = journal
        self._fence = fence
        self._connections = connections
        self._log = list(log_so_far or [])
        self._inbox: asyncio.Queue[InterviewEvent | Join | Watch | Ordered | Rest] = asyncio.Queue()
        self._resting = False
        self._candidate: Outbox | None = None
        self._watchers: set[Outbox] = set()
        listening.bind(self.tell, self._pass_on)
        listening.archive.elapsed_ms = lambda: session.answer_ms(clock.now_ms())

    def resume(self) -> None:
        """After a restore: the connection that the snapshot remembers died with its process, and an answer that
        was open goes on, with the time it had already."""
        session = self.session
        if session.connected:
            self._left(session.epoch)
        reopened = session.open_answer()
        if reopened is not None:
            effect, already_ms = reopened
            self.listening.open_answer(effect, session.language, already_ms)

    # ------------------------------------------------------------------ what the doors call
    def tell(self, event: InterviewEvent) -> bool:
        """Hand in an event. False: the inbox is full. Measurements come again; a caller that handed in what
        somebody *said* must refuse it to their face, so nothing is lost without a word."""
        return self._put(event)

    def order(self, said: HrSaid, outbox: Outbox) -> bool:
        """What HR said on this connection. False: the inbox is full."""
        return self._put(Ordered(said, outbox))

    def _put(self, item: InterviewEvent | Join | Watch | Ordered) -> bool:
        if self._resting or self._inbox.qsize() >= INBOX_CAPACITY:
            self.dropped_events += 1
            return False
        self._inbox.put_nowait(item)
        return True

    def join(self, outbox: Outbox, last_seen_seq: int, language: Language) -> None:
        if not self._put(Join(outbox, last_seen_seq, language)):
            outbox.refuse(refusal("too_many_messages"), TOO_SLOW)

    def leave(self, outbox: Outbox) -> None:
        """The candidate's connection closed. One that was superseded has nothing to say; one that still waits in
        the inbox to be let in is found cut when its turn comes."""
        outbox.cut(LEFT)
        if self._candidate is outbox:
            self._candidate = None
            self._left(self.session.epoch)

    def _left(self, epoch: int) -> None:
        """Goes in even when the inbox is full, once for each connection that was let in: nobody says it again."""
        self._inbox.put_nowait(CandidateLeft(epoch))

    def watch(self, outbox: Outbox, last_seen_seq: int) -> None:
        if not self._put(Watch(outbox, last_seen_seq)):
            outbox.put(refusal("too_many_messages"), keep=True)

    def unwatch(self, outbox: Outbox) -> None:
        self._watchers.discard(outbox)

    def rest(self) -> None:
        """Ends the task when everything that was handed in is done and the last snapshot is durable; nothing more is
        taken. The connections stay: ``move`` or ``part`` tells them."""
        if not self._resting:
            self._resting = True
            self._inbox.put_nowait(Rest())

    @property
    def connected(self) -> bool:
        return self._candidate is not None

    @property
    def presence(self) -> PresenceState:
        if self._candidate is None:
            return "away"
        return "here" if self.session.heard else "silent"

    def hushed(self, outbox: Outbox, *, silent: bool) -> None:
        """Nothing has come on the candidate's connection for a while, or something came again."""
        if self._candidate is outbox:
            self._put(CandidateHushed(self.session.epoch, silent))

    @property
    def watched(self) -> bool:
        return any(not outbox.is_cut for outbox in self._watchers)

    @property
    def ended(self) -> bool:
        return self.session.phase in ENDED_PHASES

    # ------------------------------------------------------------------ the task
    async def run(self) -> None:
        """Runs until it rests, or is cancelled by its owner, the switchboard."""
        try:
            await self.listening.restore(self.session.open_answer(), self.session.unsettled())
            while await self._step():
                pass
        except JournalUnavailable:
            log.error("interview %s stopped: the store is not available", self.plan.interview_id)
            self._cut_everybody(COME_BACK, refused="store_unavailable")
        except FencedOff:
            log.warning("interview %s is held by another process now", self.plan.interview_id)
            self._cut_everybody(HELD_ELSEWHERE)
        except Exception:  # the boundary of this task: nobody may be left talking to an interview that is gone
            self._cut_everybody(BROKEN, refused="internal")
            raise
        finally:
            await self.listening.close()

    async def _step(self) -> bool:
        """False: that was the last one."""
        deadline = self.session.next_deadline_ms()
        timeout = None if deadline is None else self._clock.seconds_until(deadline)
        try:
            item = await asyncio.wait_for(self._inbox.get(), timeout)
        except TimeoutError:
            item = TimePassed()
        if isinstance(item, Rest):
            await self._write_down()
            return False
        if isinstance(item, Join):
            await self._let_in(item)
        elif isinstance(item, Watch):
            self._let_watch(item)
        elif isinstance(item, Ordered):
            await self._handle(item.said, item.outbox)
        else:
            await self._handle(item)
            if isinstance(item, CaptionChanged):
                self._connections.published(self.plan.interview_id, item.utterance_id, item.revision)
        return True

    async def _write_down(self) -> None:
        """Time that went by without an event, and what a live interview remembers without telling anybody."""
        await self._handle(TimePassed())
        if self.session.epoch and not self.ended:
            await self._journal.commit(self._entry(()))

    async def _handle(self, event: InterviewEvent, speaker: Outbox | None = None) -> None:
        """``speaker``: whose connection the event came from, when it is not the candidate's."""
        now_ms, rehearsed = self._clock.now_ms(), self.session.practising
        effects = self.session.handle(event, now_ms)
        if not effects:
            return
        sends = self._number(effects, now_ms)
        await self._make_durable(effects, sends)
        for effect in effects:
            if isinstance(effect, Refuse):
                self._refuse(effect.code, speaker or self._candidate)
            else:
                # Also what ended the rehearsal is still of the rehearsal.
                await self._carry_out(effect, sends, now_ms, private=rehearsed or self.session.practising)
        session = self.session
        self.listening.follow(
            session.mode,
            hearing=session.answering and session.voice_allowed,
            seeing=session.answering and session.face_allowed,
        )
        if session.ending:
            await self.listening.archive.interview_ends(done=session.recordings_stand)

    def _refuse(self, code: str, outbox: Outbox | None) -> None:
        if outbox is not None:
            outbox.refuse(refusal(code))

    def _number(self, effects: list[InterviewEffect], now_ms: int) -> dict[int, StoredMessage]:
        """Durable messages with their seq, keyed by the effect's identity."""
        numbered: dict[int, StoredMessage] = {}
        seq = self.last_seq
        for effect in effects:
            if isinstance(effect, Send | NotifyHr) and effect.durable:
                seq += 1
                numbered[id(effect)] = StoredMessage(
                    seq, now_ms, isinstance(effect, Send), _encoder.encode(effect.message)
                )
        return numbered

    async def _make_durable(self, effects: list[InterviewEffect], sends: dict[int, StoredMessage]) -> None:
        records = tuple(effect.record for effect in effects if isinstance(effect, AppendEvidence))
        if not records and not sends and not any(map(_promises, effects)):
            return
        wanted = any(isinstance(effect, ScoreInterview) for effect in effects)
        await self._journal.commit(self._entry(tuple(sends.values()), records, report_wanted=wanted))
        self._log.extend(sends.values())

    def _alarm_in_ms(self) -> int | None:
        """While the candidate is here, whoever holds the interview sees to it, and this is for the case that its
        process dies and the candidate does not come back; while they are away it is the next thing that time does."""
        if self.session.over:
            return None
        due_ms = self.session.next_deadline_ms()
        if self.session.connected or due_ms is None:
            return LOOKED_AFTER_MS
        return max(0, due_ms - self._clock.now_ms()) + ALARM_LATE_MS

    def _entry(
        self,
        messages: tuple[StoredMessage, ...],
        records: tuple[EvidenceRecord, ...] = (),
        *,
        report_wanted: bool = False,
    ) -> JournalEntry:
        return JournalEntry(
            interview_id=self.plan.interview_id,
            fence=self._fence,
            phase=self.session.phase,
            epoch=self.session.epoch,
            human_requested=self.session.human_requested,
            snapshot=self.session.snapshot(),
            last_seq=self.last_seq + len(messages),
            messages=messages,
            evidence=records,
            alarm_in_ms=self._alarm_in_ms(),
            report_wanted=report_wanted,
        )

    async def _carry_out(
        self, effect: InterviewEffect, sends: dict[int, StoredMessage], now_ms: int, *, private: bool
    ) -> None:
        match effect:
            case Send(message=message):
                stored = sends.get(id(effect))
                seq = stored.seq if stored else 0
                if self._candidate is not None:
                    self._candidate.put(message, seq=seq, at_ms=now_ms)
                self._to_watchers(message, seq, now_ms, private=private)
            case NotifyHr(message=message):
                stored = sends.get(id(effect))
                self._to_watchers(message, stored.seq if stored else 0, now_ms, private=private)
            case OpenAnswer(take=take):
                if take:  # open before the page hears of it, so that its packets are welcome
                    await self.listening.archive.open(TakeKey(take, effect.question_id, effect.attempt))
                self.listening.open_answer(effect, self.session.language)
            case CloseAnswer():
                self.listening.close_answer(effect)
            case StopSaving(take=take):
                self.listening.archive.give_up(take)
            case RefreshLiveList():
                self._connections.row_changed(self.plan.interview_id)
            case ScoreInterview():
                await self._connections.ended(self.plan.interview_id)
            case EndMedia():
                await self.listening.end_media()
            case AppendEvidence() | Refuse():
                pass  # durable already, with everything else this event caused; told to whoever said it

    # ------------------------------------------------------------------ connections
    async def _let_in(self, join: Join) -> None:
        if join.outbox.is_cut:
            return  # gone before its turn came
        if self._candidate is not None:
            self._candidate.refuse(refusal("opened_elsewhere"), OPENED_ELSEWHERE)
        # Detached while the event is handled: its effects reach the newcomer by replay, after the welcome.
        self._candidate = None
        epoch = self.session.epoch + 1
        await self._handle(CandidateJoined(epoch))
        if join.language != self.session.language:
            await self._handle(CandidateSaid(SwitchLanguage(join.language)))  # chosen before the page could say so
        now_ms = self._clock.now_ms()
        join.outbox.put(self._welcome(), at_ms=now_ms, keep=True)
        if self.captions != "live":
            join.outbox.put(CaptionsState(self.captions), at_ms=now_ms)
        for stored in self._log:
            if stored.for_candidate and stored.seq > join.last_seen_seq:
                join.outbox.put(_decoder.decode(stored.body), seq=stored.seq, at_ms=stored.at_ms)
        if join.outbox.is_cut:
            self._left(epoch)  # while the join was made durable
        else:
            self._candidate = join.outbox
        self._connections.row_changed(self.plan.interview_id)

    def _welcome(self) -> Welcome:
        session = self.session
        return Welcome(
            interview_id=self.plan.interview_id,
            epoch=session.epoch,
            language=session.language,
            position=self.plan.position,
            employer=self.plan.employer,
            state=session.state(),
            last_seq=self.last_seq,
            draft=session.draft,
            draft_revision=session.draft_revision,
            answered=session.answered,
            total=len(self.plan.questions),
            voice_allowed=session.voice_allowed,
            face_allowed=session.face_allowed,
            speech_notice=self.plan.speech_notice,
        )

    def _let_watch(self, watch: Watch) -> None:
        if watch.outbox.is_cut:
            return
        interview_id = self.plan.interview_id
        now_ms = self._clock.now_ms()
        watch.outbox.put(Watched(interview_id, 0, now_ms, self._welcome()), keep=True)
        for stored in self._log:
            if stored.seq > watch.last_seen_seq:
                message = _decoder.decode(stored.body)
                watch.outbox.put(Watched(interview_id, stored.seq, stored.at_ms, message), keep=True)
        if self.captions != "live":
            watch.outbox.put(Watched(interview_id, 0, now_ms, CaptionsState(self.captions)))
        self._watchers.add(watch.outbox)

    def _to_watchers(self, message: ServerMessage, seq: int, now_ms: int, *, private: bool) -> None:
        if private and seq == 0:
            return  # the page promises that nobody hears the rehearsal
        self._watchers = {outbox for outbox in self._watchers if not outbox.is_cut}
        for outbox in self._watchers:
            # A watcher's own envelope has no seq; the interview's seq travels inside.
            outbox.put(Watched(self.plan.interview_id, seq, now_ms, message), keep=seq > 0)

    @property
    def captions(self) -> CaptionsMode:
        """How soon words appear here just now."""
        return self._connections.captions() if self.plan.speech_available and not self.ended else "live"

    def captions_changed(self) -> None:
        """Words come sooner or later than before; they are recorded and transcribed all the same."""
        if self.plan.speech_available and not self.ended:
            self._pass_on(CaptionsState(self.captions), private=False)

    def _pass_on(self, message: ServerMessage, private: bool | None = None) -> None:
        """An ephemeral message that is no event of the interview: a level. Private unless told: of the rehearsal."""
        now_ms = self._clock.now_ms()
        if self._candidate is not None:
            self._candidate.put(message, at_ms=now_ms)
        self._to_watchers(message, 0, now_ms, private=self.session.practising if private is None else private)

    def _cut_everybody(self, cut: Cut, refused: str | None = None) -> None:
        for outbox in self._watchers:
            outbox.cut(WATCH_AGAIN)
        if self._candidate is not None:
            if refused is not None:
                self._candidate.put(refusal(refused))
            self._candidate.cut(cut)
            self._candidate = None

    def part(self, cut: Cut = GOING_AWAY, refused: str | None = None) -> None:
        """The process is leaving, or the interview is over: say so to its connections. ``refused``: why it does not
        go on here."""
        self._cut_everybody(ENDED if self.ended else cut, None if self.ended else refused)

    def move(self, url: str) -> None:
        """The interview goes on in another process: its connections are told where."""
        moved = Moved(self.plan.interview_id, url)
        for outbox in self._watchers:
            outbox.put(moved, keep=True)
        self._watchers.clear()
        if self._candidate is not None:
            self._candidate.put(moved, keep=True)
            self._candidate.cut(HELD_ELSEWHERE)
            self._candidate = None

    @property
    def last_seq(self) -> int:
        return self._log[-1].seq if self._log else 0


def _promises(effect: InterviewEffect) -> bool:
    """ "Saved" is never said of a draft that only this process remembers."""
    return isinstance(effect, Send) and isinstance(effect.message, DraftSaved)
