"""From rows to a live interview: the plan from position and invitation, the session from its snapshot."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.inference.bus import Inference
from realtime.interview.plan import InterviewPlan, PlannedQuestion, Term, TimingRules
from realtime.interview.session import InterviewSession
from realtime.live.archive import Archive
from realtime.live.clock import InterviewClock
from realtime.live.conductor import Connections, LiveInterview
from realtime.live.ear import Senses
from realtime.live.listening import Listening
from realtime.live.settling import Settling
from realtime.media.object_store import ObjectStore
from realtime.media.take_store import Logs
from realtime.protocol.text import Bilingual
from scoring.position_model import PositionModel, Question
from scoring.positions import stored
from server.clock import wall_ms
from server.positions import allowed_by, asked_of, features_of
from server.profiles import named
from server.settings import Settings
from server.store import interviews
from server.store.interviews import InvitationRow, PositionRow
from server.store.journal import DatabaseJournal


class InterviewLoader:
    def __init__(
        self,
        *,
        settings: Settings,
        engine: AsyncEngine,
        journal: DatabaseJournal,
        inference: Inference,
        recordings: ObjectStore,
        take_logs: Logs,
        senses: Senses,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._journal = journal
        self._inference = inference
        self._recordings = recordings
        self._take_logs = take_logs
        self._senses = senses
        self._models: dict[tuple[str, str], PositionModel] = {}

    async def model_of(self, position: PositionRow) -> PositionModel:
        """Read once, and in a thread: a tenth of a second of YAML would hold up every live interview."""
        key = (position.id, position.version)
        if key not in self._models:
            self._models[key] = await asyncio.to_thread(stored, position.source_yaml)
        return self._models[key]

    async def plan_of(self, invitation: InvitationRow, position: PositionRow) -> InterviewPlan:
        model = await self.model_of(position)
        profile = named(invitation.profile)
        features = allowed_by(profile, features_of(invitation, model))
        speech = self._inference.speech
        return InterviewPlan(
            interview_id=invitation.interview_id,
            position_id=position.id,
            position_version=position.version,
            position=position.title,
            employer=self._settings.employer,
            language=invitation.language,
            questions=tuple(_planned(question) for question in asked_of(invitation, model)),
            practice=_planned(model.practice, practice=True) if model.practice else None,
            profile=profile.name,
            voice_analysis_allowed="voice" in features,
            face_analysis_allowed="expression" in features and self._inference.face is not None,
            time_factor=invitation.time_factor,
            speech_notice=speech.notice if speech else None,
            speech_available=speech is not None,
            glossary=tuple(Term(term.zh, term.en, term.spoken) for term in model.glossary),
            timing=TimingRules(
                save_ms=self._settings.save_seconds * 1000,
                interrupted_limit_ms=model.absence.wait_minutes * 60_000,
                after_limit=model.absence.then,
            ),
        )

    async def load(self, interview_id: str, connections: Connections) -> LiveInterview | None:
        async with self._engine.connect() as store:
            interview = await interviews.find_interview(store, interview_id)
            invitation = await interviews.invitation_of(store, interview_id)
            if interview is None or invitation is None:
                return None
            position = await interviews.find_position(store, invitation.position_id, invitation.position_version)
        if position is None:
            return None
        plan = await self.plan_of(invitation, position)
        fence = await self._journal.open(interview_id)
        async with self._engine.connect() as store:  # anew: until the fence stood, another process could write
            interview = await interviews.find_interview(store, interview_id)
        assert interview is not None
        engine = str(self._inference.speech or "")
        if interview.snapshot is None:
            session, clock = InterviewSession(plan, engine), InterviewClock()
        else:
            # The interview clock stands still while no process holds the interview: nobody's answer time runs
            # down during a restart. Who was away already has no clock running but that of the absence itself.
            session = InterviewSession.restore(plan, interview.snapshot, engine)
            away_ms = 0 if session.connected else max(0, wall_ms() - (interview.saved_at or wall_ms()))
            clock = InterviewClock(session.now_ms + away_ms)
        live = LiveInterview(
            plan,
            session,
            clock=clock,
            journal=self._journal,
            fence=fence,
            listening=self._listening(plan, clock),
            connections=connections,
            log_so_far=await self._journal.messages(interview_id),
        )
        live.resume()
        return live

    def _listening(self, plan: InterviewPlan, clock: InterviewClock) -> Listening:
        archive = Archive(plan.interview_id, self._take_logs)
        settling = Settling(
            plan.interview_id,
            self._inference,
            self._recordings,
            archive,
            self._senses,
            transcribe_always=self._settings.transcribe_again == "always",
            glossary=plan.glossary,
            language=plan.language,
        )
        return Listening(plan, self._inference, clock, self._senses, archive, settling)


def _planned(question: Question, *, practice: bool = False) -> PlannedQuestion:
    return PlannedQuestion(
        id=question.id,
        text=Bilingual(zh=question.text.zh, en=question.text.en),
        reading_ms=question.reading_s * 1000,
        thinking_ms=question.thinking_s * 1000,
        answer_ms=question.answer_s * 1000,
        practice=practice,
    )
