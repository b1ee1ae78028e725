"""The moves of an interview: entering phases, opening and closing answers, prompts, and the end.

``Course`` is the state, the plan and the effects collected so far. It decides nothing about who may ask for a move;
that is the table's business (``session``) and that of those who listen (``candidate``, ``hr``, ``perceived``), while
``clockwork`` makes the moves that time makes.
"""

from typing import Literal

from realtime.interview import effects as do
from realtime.interview import evidence as ev
from realtime.interview.answers import Answer, Transcript
from realtime.interview.plan import InterviewPlan, PlannedQuestion
from realtime.interview.prompts import Clear, Moment, Show
from realtime.interview.state import ASKING, SEATED, Outcome, SessionState
from realtime.interview.timers import PhaseTimer
from realtime.protocol import messages as say
from realtime.protocol.text import Phase

CloseReason = Literal["finished", "time_up", "skipped", "ended"]


class Course:
    """``now_ms`` lives in the state; every move happens at that moment."""

    def __init__(self, plan: InterviewPlan, state: SessionState) -> None:
        self.plan = plan
        self.state = state
        self.effects: list[do.InterviewEffect] = []

    # ------------------------------------------------------------------ what there is
    @property
    def now_ms(self) -> int:
        return self.state.now_ms

    @property
    def phase(self) -> Phase:
        """The phase, or the one that is held while the interview stands still."""
        return self.state.held or self.state.phase

    @property
    def question(self) -> PlannedQuestion | None:
        state = self.state
        if self.phase is Phase.PRACTICE or state.practising:
            return self.plan.practice
        return self.plan.questions[state.index - 1] if self.phase in ASKING else None

    def visible_state(self) -> say.PhaseChanged:
        state, question, timer = self.state, self.question, self.state.timer
        return say.PhaseChanged(
            phase=state.phase,
            question=self._shown(question) if question else None,
            timer=timer.message(self.phase, self.now_ms) if timer else None,
            mode=state.mode,
            time_factor=state.time_factor,
            reason=state.reason,
            take=state.answer.take if state.answer else 0,
        )

    def _shown(self, question: PlannedQuestion) -> say.Question:
        factor = self.state.time_factor
        return say.Question(
            id=question.id,
            index=0 if question.practice or question is self.plan.practice else self.state.index,
            total=len(self.plan.questions),
            text=question.text,
            thinking_ms=None if factor is None else round(question.thinking_ms * factor),
            answer_ms=None if factor is None else round(question.answer_ms * factor),
            practice=question is self.plan.practice,
        )

    def find_answer(self, question_id: str) -> Answer | None:
        """The answer that what is heard belongs to: the open one, or a closed one that is not settled yet."""
        answer = self.state.answer
        if answer is not None and answer.question_id == question_id:
            return answer
        return next((a for a in self.state.closed if a.question_id == question_id and not a.settled), None)

    # ------------------------------------------------------------------ what is said and written
    def send(self, message: say.ServerMessage, durable: bool = True) -> None:
        self.effects.append(do.Send(message, durable))

    def refuse(self, code: str) -> None:
        self.effects.append(do.Refuse(code))

    def refresh_list(self) -> None:
        self.effects.append(do.RefreshLiveList())

    def tell_presence(self) -> None:
        """For HR's badge; the log has it as an observation."""
        presence = self.state.presence
        state: say.PresenceState = "here" if presence.here else "silent" if presence.connected else "away"
        self.effects.append(do.NotifyHr(say.CandidatePresence(state)))
        self.refresh_list()

    def record(self, body: ev.EvidenceBody) -> None:
        """Append to the log. After ``InterviewEnded`` it is closed: the report must stay what it was."""
        if self.state.finished:
            return
        self.state.evidence_seq += 1
        self.effects.append(do.AppendEvidence(ev.EvidenceRecord(self.state.evidence_seq, self.now_ms, body)))

    def observe(self, observed: str, detail: str = "") -> None:
        """Only after consent: before it nothing about the candidate is kept. Practice leaves no trace either."""
        if self.state.permissions.consent is None or self.state.practising:
            return
        question_id = self.question.id if self.question and self.phase in ASKING else ""
        self.record(ev.Observation(observed, question_id=question_id, detail=detail))

    # ------------------------------------------------------------------ phases
    def enter(self, phase: Phase, *, base_ms: int | None = None, reason: str = "") -> None:
        """``base_ms``: the length of its timer at factor 1; None: it has no timer."""
        state = self.state
        self.clear_prompts()
        state.phase, state.held, state.reason = phase, None, reason
        state.timer = None if base_ms is None else PhaseTimer.of(base_ms, state.time_factor, self.now_ms)
        self.show_state()

    def show_state(self) -> None:
        self.sync_clocks()
        self.send(self.visible_state())
        self.refresh_list()

    def sync_clocks(self) -> None:
        """The candidate's clocks run exactly while the candidate is there, or was given up, and the interview is not
        held."""
        state, running = self.state, self.state.presence.clocks_run and self.state.phase in SEATED
        for clock in (state.timer, state.answer.watch if state.answer else None):
            if clock is not None:
                clock.start(self.now_ms) if running else clock.stop(self.now_ms)

    def hold(self, phase: Phase, reason: str) -> None:
        """Interrupted or paused. What is held underneath stays as it is."""
        self.clear_prompts()
        self.state.held = self.phase
        self.state.phase, self.state.reason = phase, reason
        self.show_state()

    def release(self) -> None:
        state = self.state
        state.phase, state.held, state.reason = self.phase, None, ""
        if state.answer:
            state.answer.floor.fall_quiet(state.answer.watch.read(self.now_ms))
        self.show_state()
        if state.phase is Phase.GRACE:
            self.update_prompts()

    def after_consent(self) -> None:
        """Without voice there is no device to check."""
        if self.state.permissions.voice_consented:
            self.enter(Phase.DEVICE_CHECK)
        else:
            self.after_devices()

    def after_devices(self) -> None:
        self.enter(Phase.PRACTICE if self.plan.practice else Phase.GUIDE)

    def ask(self, question: PlannedQuestion) -> None:
        self.state.mode = self.state.permissions.modes(question)[0]
        self.enter(Phase.READING, base_ms=question.reading_ms)

    def next_question(self) -> None:
        self.state.index += 1
        if self.state.index <= len(self.plan.questions):
            self.ask(self.plan.questions[self.state.index - 1])
        else:
            self.state.index = len(self.plan.questions)
            self.begin_end("completed")

    # ------------------------------------------------------------------ answers
    def open_answer(self, question: PlannedQuestion) -> None:
        state, practice = self.state, self.state.practising
        if practice:
            state.practice_attempts += 1
        attempt, mode = (state.practice_attempts if practice else 1), state.mode
        self.clear_prompts()
        state.answer = Answer(question.id, attempt, mode, practice, voice_opened=mode == "voice")
        self._give_take(state.answer)
        if not practice:
            self.record(ev.AnswerOpened(question.id, attempt=attempt, mode=mode))
        self.effects.append(self.opening(state.answer))
        self.enter(Phase.ANSWERING, base_ms=question.answer_ms)

    def _give_take(self, answer: Answer) -> None:
        if answer.voice_opened and not answer.practice and self.state.permissions.voice_consented:
            self.state.takes_given += 1
            answer.take = self.state.takes_given

    def opening(self, answer: Answer) -> do.OpenAnswer:
        return do.OpenAnswer(answer.question_id, answer.attempt, answer.mode, answer.practice, answer.take)

    def closing(self, answer: Answer) -> do.CloseAnswer:
        return do.CloseAnswer(
            answer.question_id,
            answer.practice,
            answer.attempt,
            answer.take,
            answer.watch.ran_ms - answer.media_began_ms,
        )

    def change_mode(self, answer: Answer | None) -> None:
        """The state's mode has changed. What was captured in the other mode is kept. The first time an answer
        turns from text to voice its media begin, with media time 0 now."""
        if answer is None:
            return
        if not answer.practice:
            self.observe("mode_changed", f"{answer.mode} to {self.state.mode}")
        answer.mode = self.state.mode
        answer.floor.fall_quiet(answer.watch.read(self.now_ms))
        if answer.mode == "voice" and not answer.voice_opened:
            answer.voice_opened, answer.media_began_ms = True, answer.watch.read(self.now_ms)
            self._give_take(answer)
            self.effects.append(self.opening(answer))

    def time_is_up(self) -> None:
        answer = self.state.answer
        if answer is not None:
            answer.tail_began_ms = answer.watch.read(self.now_ms)
            self.enter(Phase.GRACE, base_ms=self.plan.timing.grace_ms)

    def answer_longer(self, total_ms: int | None, left_ms: int | None) -> None:
        """Time was given during the tail: the answer goes on, whether or not it is held just now."""
        state, answer, question = self.state, self.state.answer, self.question
        if answer is None or question is None:
            return
        self.clear_prompts()
        answer.tail_began_ms = None
        answer.floor.fall_quiet(answer.watch.read(self.now_ms))
        state.timer = PhaseTimer(self.now_ms, question.answer_ms, total_ms, left_ms)
        if state.held:
            state.held = Phase.ANSWERING
        else:
            state.phase = Phase.ANSWERING
        self.show_state()

    def close_answer(self, reason: CloseReason) -> None:
        """Says nothing about what comes next, save after practice."""
        state, answer = self.state, self.state.answer
        if answer is None:
            return
        self.clear_prompts()
        answer.watch.stop(self.now_ms)
        state.answer = None
        self._say_closed(answer, reason)

    def _say_closed(self, answer: Answer, reason: CloseReason) -> None:
        question_id, duration_ms = answer.question_id, answer.watch.ran_ms
        if answer.practice:
            self.effects.append(self.closing(answer))
            self.send(say.AnswerClosed(question_id, reason=reason, duration_ms=duration_ms), durable=False)
            return
        answer.skipped = answer.is_empty(self.plan.speech_available)
        shown: CloseReason = "skipped" if answer.skipped and reason != "ended" else reason
        for body in answer.closing_evidence():
            self.record(body)
        self.record(ev.AnswerEnded(question_id, shown, answer.mode, duration_ms))
        self.effects.append(self.closing(answer))
        self.send(say.AnswerClosed(question_id, reason=shown, duration_ms=duration_ms))
        self.state.closed.append(answer)
        answer.saving = bool(answer.take)
        answer.settle_by_ms = self.now_ms + self.plan.timing.settle_ms
        if not answer.voice_opened:
            self.settle(answer, "typed" if answer.typed else "none", 0)

    def settle(self, answer: Answer, transcript: Transcript, audio_ms: int) -> None:
        if answer.settled:
            return
        span = answer.floor.finish(audio_ms)
        if span:
            self.record(answer.span_evidence(span))
        answer.settled, answer.saving, answer.audio_ms = True, False, audio_ms
        self.record(ev.AnswerSettledRecord(answer.question_id, transcript, audio_ms, answer.recording))
        self.send(
            say.AnswerSettled(answer.question_id, transcript, answer.words, answer.recording_state, answer.missing)
        )

    # ------------------------------------------------------------------ recordings
    def wait_for_recordings(self) -> None:
        """The interview is over: from here on there is a limit to waiting for what devices still hold. Nobody waits for
        who has withdrawn or stayed away."""
        rules, hoped = self.plan.timing, self.state.outcome in ("completed", "ended_by_hr")
        for answer in self.state.closed:
            if answer.saving:
                answer.save_at_most_ms = self.now_ms + (rules.save_most_ms if hoped else rules.settle_ms)
                answer.save_by_ms = min(answer.save_at_most_ms, self.now_ms + rules.save_ms)

    def recording_grew(self, answer: Answer) -> None:
        if answer.saving and answer.save_by_ms is not None:
            answer.save_by_ms = min(answer.save_at_most_ms, self.now_ms + self.plan.timing.save_ms)

    def stop_saving(self, answer: Answer) -> None:
        """The shell closes the take; should even that not come back, the answer settles without it."""
        answer.saving, answer.settle_by_ms = False, self.now_ms + self.plan.timing.settle_ms
        self.effects.append(do.StopSaving(answer.question_id, answer.take))

    def leave_answer(self, reason: CloseReason) -> None:
        """Close the answer and go where the interview goes from there."""
        self.close_answer(reason)
        if self.state.practising:
            self.state.practising = False
            self.enter(Phase.PRACTICE)
        else:
            self.next_question()

    # ------------------------------------------------------------------ prompts
    def moment(self, answer: Answer) -> Moment:
        reading_ms, timer, state = answer.watch.read(self.now_ms), self.state.timer, self.state
        return Moment(
            reading_ms=reading_ms,
            left_ms=timer.left(self.now_ms) if timer else None,
            total_ms=timer.total_ms if timer else None,
            planned_ms=timer.base_ms if timer else 0,
            mode=answer.mode,
            listening=answer.mode == "voice" and state.media_connected,
            speaking=answer.floor.speaking,
            silence_ms=answer.floor.silence_ms(reading_ms),
            spoken_ms=answer.floor.spoken_ms,
            time_is_up=state.phase is Phase.GRACE,
        )

    def update_prompts(self) -> None:
        answer = self.state.answer
        if answer is None or self.state.phase not in (Phase.ANSWERING, Phase.GRACE) or not self.state.presence.here:
            return
        for change in answer.prompter.due(self.moment(answer), self.plan.timing):
            if isinstance(change, Clear):
                self._cleared(change, durable=not answer.practice)
            else:
                self._show(change, answer)

    def clear_prompts(self) -> None:
        answer = self.state.answer
        for change in answer.prompter.clear_all() if answer else []:
            self._cleared(change, durable=not (answer and answer.practice))

    def _show(self, change: Show, answer: Answer) -> None:
        self.state.prompts_given += 1
        prompt_id = f"p{self.state.prompts_given}"
        answer.prompter.shown(change.kind, prompt_id)
        if not answer.practice:
            self.record(ev.PromptGiven(answer.question_id, prompt=change.kind.value))
        message = say.PromptShown(prompt_id, kind=change.kind, question_id=answer.question_id, value=change.value)
        self.send(message, durable=not answer.practice)

    def _cleared(self, change: Clear, durable: bool) -> None:
        self.send(say.PromptCleared(change.id, kind=change.kind), durable=durable)

    # ------------------------------------------------------------------ the end
    def begin_end(self, outcome: Outcome) -> None:
        """Close what is open, and finish when everything is settled. Capture stops at once unless the interview
        is complete, where the last recording may still be on its way."""
        state = self.state
        state.outcome = outcome
        self.close_answer("ended")
        self.wait_for_recordings()
        state.practising = False
        if outcome in ("completed", "ended_by_hr") and state.closed:
            state.closing_until_ms = self.now_ms + self.plan.timing.closing_ms
            self.enter(Phase.CLOSING, reason=outcome)
        elif outcome == "completed":
            self.enter(Phase.CLOSING, reason=outcome)
        else:
            self.enter(Phase.EXPIRED if outcome == "expired" else Phase.WITHDRAWN, reason=outcome)
        if outcome != "completed":
            self.effects.append(do.EndMedia())
        self.finish_if_settled()

    def finish_if_settled(self) -> None:
        state = self.state
        if state.outcome is None or state.finished or not all(answer.settled for answer in state.closed):
            return
        if state.phase is Phase.CLOSING and self.now_ms < state.closing_until_ms:
            return
        self.record(ev.InterviewEnded(state.outcome))
        state.finished = True
        self.send(self.receipt(state.outcome))
        if state.outcome == "completed":
            self.effects.append(do.EndMedia())
        worth_scoring = state.outcome == "completed" or any(not answer.skipped for answer in state.closed)
        if state.phase is Phase.CLOSING:
            self.enter(Phase.SCORING if worth_scoring else Phase.WITHDRAWN, reason=state.outcome)
        if worth_scoring:
            self.effects.append(do.ScoreInterview())

    def receipt(self, reason: str) -> say.Finished:
        closed = self.state.closed
        return say.Finished(
            reason=reason,
            answered=sum(not answer.skipped for answer in closed),
            total=len(self.plan.questions),
            recorded_ms=sum(answer.audio_ms for answer in closed),
            typed_answers=sum(answer.typed for answer in closed),
            human_requested=self.state.human_requested,
        )
