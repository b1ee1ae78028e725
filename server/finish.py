"""From the end of an interview to the EHR: one durable workflow, ``viva.finish``.

    ask outside raters, if there are any ─► fold the evidence ─► store the report + promise it to the EHR (one
    transaction) ─► write the files ─► delivery

The fold is pure, so a step that runs twice writes the same bytes; the report's id comes from its digest, so a
second scoring of the same evidence is the same report. What a killed process left is found by ``recover``.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ehr_bridge.canonical import RESULT_KIND, result_message
from ehr_bridge.durable import Durable
from ehr_bridge.outbox import enqueue
from ehr_bridge.relay import Relay
from realtime.interview import evidence
from realtime.media.errors import MediaError
from realtime.media.sealed_store import SealedStore
from realtime.protocol.text import Language
from scoring.bilingual import Bilingual
from scoring.calibration import Calibration
from scoring.culture import merged
from scoring.fold import InterviewFacts, fold
from scoring.policy import ScoringPolicy
from scoring.position_model import FEATURES, Feature, PositionModel
from scoring.positions import stored
from scoring.render.html import render_html
from scoring.render.pdf import render_pdf
from scoring.render.view import Edition
from scoring.report import Report, from_json, to_json
from server.clock import rfc3339, wall_ms
from server.destinations import Destinations
from server.outside_raters import OpinionTaker
from server.positions import allowed_by, features_of
from server.profiles import Profile, named
from server.promises import SOURCE, applicant_facts, promise_panel
from server.settings import Settings
from server.store import automation, calibrations, interviews, people, reports, scorecards
from server.store.culture import CultureRow, newest_culture
from server.store.interviews import InvitationRow
from server.store.journal import DatabaseJournal

log = logging.getLogger("viva.finish")


@dataclass(frozen=True, slots=True)
class Recording:
    question_id: str
    key: str
    audio_ms: int


def recordings_of(lines: list[bytes]) -> list[Recording]:
    """The recordings that an interview's evidence log names."""
    found = {}
    for line in lines:
        body = evidence.decode(line).body
        if isinstance(body, evidence.AnswerSettledRecord) and body.recording:
            found[body.question_id] = Recording(body.question_id, body.recording, body.audio_ms)
    return list(found.values())


def policy_of(profile: Profile, features: Collection[Feature] = FEATURES) -> ScoringPolicy:
    """Movements and pitch are described where the profile allows them and the campaign wants one of them, and never
    scored by default; where the profile makes them impossible, the code that reads them is not even loaded."""
    allowed = profile.face in ("consented", "on") and ("voice" in features or "expression" in features)
    return ScoringPolicy(profile=profile.name, nonverbal="described" if allowed else "off")


def report_html(body: bytes, *, edition: Edition, language: Language, urls: Mapping[str, str]) -> str:
    """``urls``: recording key -> URL that plays it."""
    return render_html(from_json(body), language=language, edition=edition, recording_url=urls.get)


def report_pdf(body: bytes, *, edition: Edition, language: Language) -> bytes:
    return render_pdf(from_json(body), language=language, edition=edition)


def report_files(body: bytes, language: Language) -> dict[str, bytes]:
    """What is kept of a report as it was when it was made: name -> content. Pages are made from the JSON on demand."""
    return {
        "report.json": body,
        "report.html": report_html(body, edition="hr", language=language, urls={}).encode(),
        "report.pdf": report_pdf(body, edition="hr", language=language),
    }


class Finisher:
    """Owns the workflow. ``reported`` is told when a report is stored, to show it to HR."""

    def __init__(
        self,
        *,
        settings: Settings,
        engine: AsyncEngine,
        journal: DatabaseJournal,
        durable: Durable,
        relay: Relay,
        objects: SealedStore,
        opinions: OpinionTaker,
        destinations: Destinations,
        reported: Callable[[str, str, float | None], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._journal = journal
        self._durable = durable
        self._relay = relay
        self._objects = objects
        self._opinions = opinions
        self._destinations = destinations
        self._reported = reported
        self._workflow = durable.workflow("viva.finish", self._finish)
        self.report_seconds: deque[float] = deque(maxlen=1000)  # until somebody scrapes them; the oldest go first

    async def start(self, interview_id: str, attempt: int = 0) -> None:
        """The same interview and attempt again starts nothing."""
        async with self._engine.begin() as store:
            await reports.set_report_state(store, interview_id, "processing")
        suffix = f":{attempt}" if attempt else ""
        await self._durable.start(self._workflow, f"finish:{interview_id}{suffix}", interview_id)

    async def recover(self) -> int:
        """Interviews whose process died between the end and the start of the workflow."""
        async with self._engine.connect() as store:
            left = await reports.unreported(store)
        for interview_id, reported_before in left:
            # The first workflow of one that is to be scored *again* is done already: this one needs a name of its own.
            await self.start(interview_id, attempt=wall_ms() if reported_before else 0)
        return len(left)

    async def _finish(self, interview_id: str) -> None:
        started = time.monotonic()
        try:
            report_id = await self._durable.step("score", self._score, interview_id)
            self._relay.nudge()
            if report_id:
                await self._durable.step("write files", self._write_files, report_id)
        except Exception as error:
            # The workflow's boundary: HR sees "failed" with a retry button, not an interview stuck for ever.
            log.error("report of %s failed", interview_id, exc_info=error)
            async with self._engine.begin() as store:
                await reports.set_report_state(store, interview_id, "failed", type(error).__name__)
            raise
        self.report_seconds.append(time.monotonic() - started)
        log.info("report of %s took %.2f s", interview_id, self.report_seconds[-1])

    async def _score(self, interview_id: str) -> str:
        """Fold, store and promise; returns the report's id, or nothing when there is nothing to score."""
        lines = await self._journal.evidence(interview_id)
        async with self._engine.connect() as store:
            listing = (await interviews.list_interviews(store, interview_id=interview_id))[0]
            invitation, interview = listing.invitation, listing.interview
            applicant = await people.find_applicant(store, interview.applicant_id)
            position = await interviews.find_position(store, invitation.position_id, invitation.position_version)
            calibration = await calibrations.in_force(store, invitation.position_id)
            culture = await newest_culture(
                store,
                self._settings.employer_zh,
                self._settings.employer_en,
                # Nobody is judged by words that were imported after they had spoken; and scoring again stays the same.
                before_ms=interview.started_at or interview.created_at,
            )
        assert applicant is not None
        assert position is not None
        if not lines:
            async with self._engine.begin() as store:
                await reports.set_report_state(store, interview_id, "none")
            return ""
        facts = InterviewFacts(
            interview_id=interview_id,
            applicant_name=applicant.name,
            position=Bilingual(zh=listing.position.zh, en=listing.position.en),
            employer=Bilingual(zh=self._settings.employer_zh, en=self._settings.employer_en),
            started_at=rfc3339(interview.started_at or interview.created_at),
            ended_at=rfc3339(interview.ended_at or interview.created_at),
        )
        model = stored(position.source_yaml)
        said = await self._opinions.take(interview_id, lines, merged(model, culture.culture if culture else None))
        report = await asyncio.to_thread(_folded, lines, model, invitation, facts, calibration, culture, said)
        body = to_json(report)
        row = reports.ReportRow(
            id=report_id_of(report),
            interview_id=interview_id,
            position_id=invitation.position_id,
            created_at=wall_ms(),
            total=report.total.value,
            digest=report.digest,
            body=body,
        )
        async with self._engine.begin() as store:
            await reports.put_report(store, row)
            names_for = self._destinations.names_for
            promised = await applicant_facts(store, interview_id)
            names = (*names_for(RESULT_KIND), *await self._destinations.orderer(store, interview_id))
            await enqueue(store, result_message(body, promised, SOURCE, wall_ms()), names)
            # Cards that were handed in before there was a report to lay them beside.
            await promise_panel(store, names_for, row, await scorecards.submitted(store, interview_id))
            await people.note(store, "viva", "reported", interview_id, row.id)
            await automation.promise(
                store, "report.ready", row.id, applicant_id=applicant.id, position_id=invitation.position_id
            )
        await self._reported(interview_id, row.id, row.total)
        return row.id

    async def _write_files(self, report_id: str) -> None:
        async with self._engine.connect() as store:
            row = await reports.find_report(store, report_id)
            assert row is not None
            listing = (await interviews.list_interviews(store, interview_id=row.interview_id))[0]
        files = await asyncio.to_thread(report_files, row.body, listing.invitation.language)
        try:
            for name, content in files.items():
                await self._objects.write(f"interviews/{row.interview_id}/reports/{report_id}/{name}", content)
        except MediaError as error:
            if error.code != "media_shredded":  # then nothing of this interview is kept as a file any more
                raise


def _folded(
    lines: list[bytes],
    model: PositionModel,
    invitation: InvitationRow,
    facts: InterviewFacts,
    calibration: Calibration | None,
    culture: CultureRow | None,
    said: list[bytes],
) -> Report:
    profile = named(invitation.profile)
    features = allowed_by(profile, features_of(invitation, model))
    policy = policy_of(profile, features)
    facts = msgspec.structs.replace(facts, features=features)
    phrases = culture.culture if culture else None
    return fold(lines, model, policy, interview=facts, calibration=calibration, culture=phrases, said=said)


def report_id_of(report: Report) -> str:
    """Follows from the content: scoring the same evidence twice makes one report, not two."""
    return f"rp_{report.digest.removeprefix('sha256:')[:26]}"
