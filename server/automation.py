"""Rules at work: what happened is looked at once, what they say is suggested to HR, what HR confirms is done.

    résumé read, report ready, people decided ─► process_events (in the same transaction)
        ─► one transaction: run + suggestions + what is done at once + audit ─► handled

The event and the run share a key, so a run that a killed server did not commit is made again and one that it did is
refused: exactly once, without a journal of steps.
"""

import asyncio
import logging
from importlib import resources
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ehr_bridge.resume.as_record import with_level
from ehr_bridge.resume.extract import highest_degree
from ehr_bridge.resume.facts import ResumeFacts
from ehr_bridge.resume.language import written_in
from ehr_bridge.rules.decide import Outcome, Suggestion, decide
from ehr_bridge.rules.inputs import Value
from ehr_bridge.rules.rulebook import Rulebook, RulesInvalid, load
from realtime.protocol.text import Language
from scoring.report import Report, from_json
from server.clock import wall_ms
from server.positions import errors_of
from server.profiles import named
from server.resume_records import keep_record
from server.settings import Settings
from server.store import automation, interviews, people, reports, resumes
from server.store.automation import ProcessEvent
from server.store.interviews import InvitationRow
from server.store.resumes import ReadResume

log = logging.getLogger("viva.automation")

POLL_S = 1.0
HOUR_MS = 3_600_000
DEFAULT_RULES = resources.files("ehr_bridge.rules").joinpath("default.yaml")


class Messenger(Protocol):
    """Tells people what the rules did, in the transaction that did it. Where no channel is set up it does nothing."""

    async def invited(self, store: AsyncConnection, invitation: InvitationRow) -> None: ...

    async def noticed(self, store: AsyncConnection, applicant_id: str, position_id: str, rule: str) -> None: ...


class NotPossible(Exception):
    """A suggestion that cannot be carried out as things are; ``detail`` says why."""

    code = "suggestion_not_possible"
    retry = False
    fault = "client"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def default_rules() -> str:
    return DEFAULT_RULES.read_text(encoding="utf-8")


async def rules_in_force(store: AsyncConnection) -> tuple[str, Rulebook]:
    """Their source, and what they say."""
    row = await automation.newest_rulebook(store)
    source = row.source_yaml if row else default_rules()
    return source, load(source)


class Automation:
    """Owns the loop. Several processes may run one each."""

    def __init__(self, settings: Settings, engine: AsyncEngine, messenger: Messenger | None = None) -> None:
        self._settings = settings
        self._engine = engine
        self._messenger = messenger
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        self._nudged.set()

    async def run(self) -> None:
        """Until cancelled. The owner keeps the task."""
        while True:
            self._nudged.clear()
            try:
                await self.look()
            except SQLAlchemyError as error:
                log.warning("events wait for the rules: %s", type(error).__name__)
            except RulesInvalid as error:  # published by another version of Viva: events wait until they are mended
                log.error("the rules in force have mistakes: %s", error)
            try:
                async with asyncio.timeout(POLL_S):
                    await self._nudged.wait()
            except TimeoutError:
                continue

    async def look(self) -> int:
        """How many events were handled."""
        async with self._engine.connect() as store:
            waiting = await automation.unhandled(store)
        done = 0
        for event in waiting:
            try:
                async with self._engine.begin() as store:
                    await self._handle(store, event)
                done += 1
            except IntegrityError:
                continue  # another process was first: of ours nothing stays
        return done

    async def _handle(self, store: AsyncConnection, event: ProcessEvent) -> None:
        _, book = await rules_in_force(store)
        inputs = await inputs_of(store, event)
        alone = named(self._settings.profile).auto_advance
        outcome = decide(book, event.event, inputs, may_advance_alone=alone)
        await automation.handled(store, event, book.digest, inputs, outcome)
        await automation.overtake(store, event)
        if event.event == "report.ready":
            await automation.move(store, event.applicant_id, event.position_id, "interviewed", "viva")
        for suggestion in outcome.suggestions:
            await self._put(store, event, suggestion)
        await people.note(store, "viva", "ran_rules", event.id, _told(book, outcome))

    async def _put(self, store: AsyncConnection, event: ProcessEvent, suggestion: Suggestion) -> None:
        state, detail = "open", ""
        if suggestion.effect == "invite" and await _invited(store, event):
            state, detail = "overtaken", "invited already"
        elif suggestion.by_itself:
            try:
                detail = await self.carry_out(store, event.applicant_id, event.position_id, suggestion, "viva")
                state = "done"
            except NotPossible as error:
                detail = error.detail  # it stays open: a person looks
        suggestion_id = await automation.suggest(store, event, suggestion, state)
        said = f"{suggestion.rule}: {suggestion.effect} {state} {detail}".strip()
        await people.note(store, "viva", "suggested", suggestion_id, said)

    async def carry_out(
        self, store: AsyncConnection, applicant_id: str, position_id: str, suggestion: Suggestion, by: str
    ) -> str:
        """What was done, for the audit log. In the caller's transaction. Raises ``NotPossible``."""
        match suggestion.effect:
            case "invite":
                return (await self._invite(store, applicant_id, position_id, by)).interview_id
            case "advance":
                moved = await automation.move(store, applicant_id, position_id, suggestion.to, by)
                return suggestion.to if moved else "it was there already"
            case "tag":
                await automation.tag(store, applicant_id, position_id, suggestion.tag, by)
                return suggestion.tag
            case "notify":
                if self._messenger is not None:
                    await self._messenger.noticed(store, applicant_id, position_id, suggestion.rule)
                return ""
            case "ask_hr" | "look_closer":
                return ""

    async def _invite(self, store: AsyncConnection, applicant_id: str, position_id: str, by: str) -> InvitationRow:
        position = await interviews.find_position(store, position_id)
        if position is None:
            raise NotPossible("the position is not published any more")
        if await interviews.is_invited(store, applicant_id, position_id, wall_ms()):
            raise NotPossible("there is an invitation to this position already")
        errors = await errors_of(position)
        if errors:
            raise NotPossible(errors[0])
        invitation = await interviews.invite(
            store,
            applicant_id=applicant_id,
            position=position,
            language=await language_of(store, applicant_id),
            profile=self._settings.profile,
            expires_at=wall_ms() + self._settings.link_hours * HOUR_MS,
            time_factor=1.0,
            created_by=by,
        )
        await people.note(store, by, "invited", invitation.interview_id)
        await automation.move(store, applicant_id, position_id, "invited", by)
        if self._messenger is not None:
            await self._messenger.invited(store, invitation)
        return invitation


async def _invited(store: AsyncConnection, event: ProcessEvent) -> bool:
    return await interviews.is_invited(store, event.applicant_id, event.position_id, wall_ms())


async def language_of(store: AsyncConnection, applicant_id: str) -> Language:
    """The candidate's: of their last interview, else of their newest résumé that could be read, else Chinese."""
    if interview_id := await interviews.latest_interview_of(store, applicant_id):
        before = await interviews.invitation_of(store, interview_id)
        if before is not None:
            return before.language
    for row in reversed(await resumes.of_applicant(store, applicant_id)):
        resume = await resumes.read(store, row.id)
        if resume is not None and resume.document is not None and resume.document.text:
            return written_in(resume.document.text)
    return "zh"


def _told(book: Rulebook, outcome: Outcome) -> str:
    """Which rules fired and which did not, by name; the values stay with the run."""
    results = " ".join(f"{each.rule}={each.result}" for each in outcome.explained)
    return f"{book.digest[:19]} {results}".strip()


async def resume_read(store: AsyncConnection, resume: ReadResume) -> None:
    """An ``AfterRead``: also for one that could not be read, which somebody must look at, and for each correction.
    The employee record gets what is known now as the next version of the same record."""
    await keep_record(store, resume)
    subject = f"{resume.row.id}:{len(resume.corrections)}:{resume.row.read_at}"
    row = resume.row
    await automation.promise(store, "resume.read", subject, applicant_id=row.applicant_id, position_id=row.position_id)


# ---------------------------------------------------------------------- what rules may see
async def inputs_of(store: AsyncConnection, event: ProcessEvent) -> dict[str, Value]:
    """Everything that is known of the application by now."""
    inputs: dict[str, Value] = {"position": event.position_id}
    sent = [
        row for row in await resumes.of_applicant(store, event.applicant_id) if row.position_id == event.position_id
    ]
    for row in reversed(sent):
        resume = await resumes.read(store, row.id)
        if resume is not None and resume.facts.facts:
            inputs |= resume_inputs(resume.facts)
            break
    if event.event != "resume.read":
        subject = event.id.partition(":")[2].partition(":")[0]
        report = await reports.find_report(store, subject)
        if report is not None:
            inputs |= report_inputs(from_json(report.body))
            if event.event == "decided":
                inputs["total_that_holds"] = await reports.total_that_holds(store, report.id)
    return inputs


def resume_inputs(facts: ResumeFacts) -> dict[str, Value]:
    """What is not sure is unknown: it is neither for nor against anybody."""
    sure = [fact for fact in facts.facts if fact.certainty != "unsure"]
    years = next((float(fact.value) for fact in sure if fact.kind == "years"), None)
    degree = highest_degree(ResumeFacts(tuple(sure)))
    return {
        "degree": float(degree) if degree else None,
        "years": years,
        "majors": _all(fact.fields.get("major", "") for fact in sure if fact.kind == "education"),
        "certificates": _all(with_level(fact) for fact in sure if fact.kind == "certificate"),
        "skills": _all(fact.value for fact in sure if fact.kind == "skill"),
        "languages": _all(fact.value for fact in sure if fact.kind == "language"),
        "titles": _all(fact.fields.get("title", "") for fact in sure if fact.kind in ("work", "internship")),
    }


def _all(texts: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def report_inputs(report: Report) -> dict[str, Value]:
    found: dict[str, Value] = {"report_total": report.total.value}
    for view in report.views:
        if view.id == "dimensions":
            found |= {
                part.id: part.score.value for part in view.parts if part.id in ("professional", "general", "culture")
            }
    return found
