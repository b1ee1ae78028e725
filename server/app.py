"""The composition root: reads settings, builds every object once, connects the rooms, and takes it all down again."""

import asyncio
import contextlib
import logging
import random
import secrets
import socket
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from ehr_bridge.delivery import Delivery
from ehr_bridge.durable import Durable, DurableSettings, system_database_url
from ehr_bridge.egress import Egress
from ehr_bridge.relay import Relay
from ehr_bridge.resume.reader import ResumeReader
from realtime.inference.bus import Inference
from realtime.interview.admission import AdmissionRules, Pace
from realtime.interview.events import ReportStored
from realtime.live.keeper import Keeper
from realtime.live.lease import LeasesUnavailable, LocalLeases
from realtime.live.relief import Relief
from realtime.live.switchboard import Elsewhere, Switchboard
from realtime.media.settings import MediaSettings
from realtime.media.webrtc import WebRtcDoor
from realtime.protocol.messages import LiveInterview as LiveRow
from server import destinations, engines, outside_raters
from server.admitting import on_elsewhere
from server.automation import Automation, resume_read
from server.clock import rfc3339, wall_ms
from server.correspondence import inviting
from server.correspondence import settings as notices
from server.correspondence.office import Correspondence
from server.doors import candidate, hosted, hr_events, media_socket, pages
from server.field_keys import PersonKeys
from server.finish import Finisher
from server.headers import MediaFromAnywhere, SaferAnswers
from server.house import House
from server.imports import Importer
from server.insight_book import insight_book
from server.insights import Insights
from server.loading import InterviewLoader
from server.mappings import mappings_of
from server.media_room import MediaRoom, master_keys, open_media
from server.metrics import Metrics
from server.positions import publish_all_builtin
from server.problems import Problem, on_error, on_http_exception, on_problem
from server.readiness import reasons_against
from server.reconciling import Reconciler
from server.resumes import ResumeIntake
from server.routes import API, DOORS
from server.sandbox import Sandbox
from server.settings import Settings
from server.store import interviews, people
from server.store.database import migrate, open_database
from server.store.journal import DatabaseJournal
from server.survivors import look_after, take_up
from server.tokens import Signer
from server.uptime import UptimeBook

log = logging.getLogger("viva")

RECENT = 100
SETUP_BURST = 10
FIRST_START_TRIES = 4


def create_app(settings: Settings, inference: Inference | None = None) -> Starlette:
    """The ASGI application. Nothing is opened before its lifespan starts; ``inference`` as in ``open_house``."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_house(settings, inference) as rooms:
            app.state.house = rooms
            yield

    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(SaferAnswers), Middleware(MediaFromAnywhere)],
        lifespan=lifespan,
        exception_handlers={
            Problem: on_problem,
            Elsewhere: on_elsewhere,
            HTTPException: on_http_exception,
            Exception: on_error,
        },
    )
    app.state.settings = settings
    return app


def _routes() -> list[BaseRoute]:
    doors: list[BaseRoute] = [Route(door.path, door.endpoint, methods=[door.method]) for door in DOORS]
    return [
        *doors,
        WebSocketRoute(f"{API}/interviews/{{id}}/events", candidate.events),
        WebSocketRoute(f"{API}/interviews/{{id}}/media", media_socket.frames),
        WebSocketRoute(f"{API}/hr/events", hr_events.events),
        Route("/integrations/{name}/{path:path}", hosted.serve, methods=hosted.METHODS),
        Route("/scim/v2/{path:path}", hosted.serve_scim, methods=hosted.METHODS),
        Route("/i/{link:path}", pages.candidate),
        Route("/hr", pages.hr),
        Route("/", pages.home),
        Route("/favicon.ico", pages.favicon),
        Route("/favicon.svg", pages.favicon),
        Mount("/assets", StaticFiles(directory=pages.DIST / "assets", check_dir=False)),
    ]


@asynccontextmanager
async def open_house(settings: Settings, inference: Inference | None = None) -> AsyncIterator[House]:
    """Opens the rooms one after the other; whatever was opened is closed in the opposite order, also when the next
    one does not open. ``inference``: engines that are loaded already; else they are chosen by the settings."""
    settings.data.mkdir(parents=True, exist_ok=True)
    await migrate(settings.database)
    async with contextlib.AsyncExitStack() as closing:
        engine = open_database(settings.database)
        closing.push_async_callback(engine.dispose)
        await _first_start(settings, engine)
        inference = inference or engines.build(settings)
        closing.push_async_callback(inference.stop)
        await inference.start()
        room = await closing.enter_async_context(open_media(settings, engine))
        raters = await closing.enter_async_context(outside_raters.opened(settings))
        egress = await closing.enter_async_context(Egress(settings.egress))
        durable = Durable(
            DurableSettings(
                system_database_url(settings.database),
                executor_id=_executor_id(settings),
                alone=settings.database.startswith("sqlite") and settings.leases == "local",
            )
        )
        closing.push_async_callback(durable.close)  # before what the workflows use

        def announce(interview_id: str) -> None:
            rooms.switchboard.announce(interview_id)

        async def welcome(store: AsyncConnection, interview_id: str, link: str) -> None:
            if await inviting.invite(correspondence, store, interview_id, link):
                correspondence.clerk.nudge()

        correspondence = Correspondence(
            settings,
            notices.configured(settings),
            engine,
            egress,
            Signer(settings.signing_secret()),
            PersonKeys(master_keys(settings)),
        )
        reached = destinations.build(settings, engine, egress, announce, welcome)
        delivery = Delivery(durable, engine, reached.all, now_ms=wall_ms, random=random.SystemRandom().random)
        relay = Relay(engine, delivery)
        opinions = outside_raters.OpinionTaker(engine, raters, lambda: rfc3339(wall_ms()))
        rooms = _connect(settings, engine, inference, durable, relay, room, opinions, egress, reached, correspondence)
        closing.callback(rooms.senses.close)
        closing.push_async_callback(rooms.sandbox.close)
        closing.push_async_callback(rooms.webrtc.close_all)
        keeper = rooms.switchboard.keeper
        closing.push_async_callback(keeper.leave)
        closing.push_async_callback(rooms.switchboard.close)
        await room.recordings.recover()  # of processes before us; what a living one writes is left alone
        await durable.launch()
        await rooms.finisher.recover()
        works = [
            relay.run(),
            rooms.reconciler.run(),
            rooms.metrics.watch_loop(),
            rooms.relief.watch(),
            look_after(rooms.switchboard, engine),
            room.recordings.sweep(),
            rooms.importer.sweep(),
            correspondence.run(),
            UptimeBook(engine, lambda: _is_ready(rooms), wall_ms).run(),
            rooms.resumes.run(),
            rooms.resumes.sweep(),
            rooms.automation.run(),
        ]
        if settings.leases == "redis":
            with contextlib.suppress(LeasesUnavailable):  # it goes on trying, and is not ready before
                await keeper.renew()
            works += [keeper.run(), take_up(keeper, durable, rooms.finisher)]
        async with _running(*works):
            yield rooms
    log.info("closed")


async def _is_ready(rooms: House) -> bool:
    return not await reasons_against(rooms)


@asynccontextmanager
async def _running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Works that go on beside everything, and end with it."""
    tasks = [asyncio.create_task(work, name="beside the house") for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _connect(
    settings: Settings,
    engine: AsyncEngine,
    inference: Inference,
    durable: Durable,
    relay: Relay,
    room: MediaRoom,
    opinions: outside_raters.OpinionTaker,
    egress: Egress,
    reached: destinations.Destinations,
    correspondence: Correspondence,
) -> House:
    """Builds the rooms and knocks the doors between them through."""
    keys = PersonKeys(master_keys(settings))
    journal = DatabaseJournal(engine)
    webrtc = WebRtcDoor(media_settings(settings))
    relief = Relief(inference)
    senses = replace(engines.senses(settings), allowance=lambda: relief.allowance)
    loader = InterviewLoader(
        settings=settings,
        engine=engine,
        journal=journal,
        inference=inference,
        recordings=room.recordings,
        take_logs=room.take_logs,
        senses=senses,
    )

    async def recent_rows(live: Collection[str]) -> list[LiveRow]:
        async with engine.connect() as store:
            recent = await interviews.list_interviews(store, limit=RECENT)
            older = set(live) - {listing.interview.id for listing in recent}
            if older:
                recent += await interviews.list_interviews(store, ids=older, limit=len(older))
        return [_row(listing) for listing in recent]

    async def ended(interview_id: str) -> None:
        await finisher.start(interview_id)

    async def reported(interview_id: str, report_id: str, total: float | None) -> None:
        live = switchboard.find(interview_id)
        if live is not None:
            live.tell(ReportStored(report_id, total))
        switchboard.announce(interview_id)

    switchboard = Switchboard(
        rules=AdmissionRules(settings.max_interviews, settings.setups_per_second),
        keeper=_keeper(settings),
        load=loader.load,
        recent_rows=recent_rows,
        ended=ended,
        relief=relief,
        published=senses.traces.published,
    )
    finisher = Finisher(
        settings=settings,
        engine=engine,
        journal=journal,
        durable=durable,
        relay=relay,
        objects=room.recordings,
        opinions=opinions,
        destinations=reached,
        reported=reported,
    )
    rules = Automation(settings, engine, correspondence)
    return House(
        settings=settings,
        engine=engine,
        signer=Signer(settings.signing_secret()),
        journal=journal,
        switchboard=switchboard,
        loader=loader,
        webrtc=webrtc,
        recordings=room.recordings,
        inference=inference,
        senses=senses,
        relief=relief,
        finisher=finisher,
        resumes=ResumeIntake(settings, engine, room.recordings, ResumeReader(), resume_read, rules.nudge),
        automation=rules,
        metrics=Metrics(inference),
        insights=Insights(engine, settings, insight_book(settings), wall_ms),
        importer=Importer(engine, keys, mappings_of(settings), wall_ms),
        egress=egress,
        destinations=reached,
        relay=relay,
        reconciler=Reconciler(engine, durable, reached, settings.reconcile_hours),
        field_keys=keys,
        sandbox=Sandbox(settings.data / "sandbox.db", keys, wall_ms),
        correspondence=correspondence,
        setups=Pace(settings.setups_per_second, SETUP_BURST),
    )


def _keeper(settings: Settings) -> Keeper:
    if settings.leases == "local":
        return Keeper(LocalLeases())
    from realtime.live.redis_leases import RedisLeases

    return Keeper(RedisLeases(settings.redis_url), url=settings.own_url, executor=_executor_id(settings))


def _executor_id(settings: Settings) -> str:
    """Whose unfinished work a new process takes up. The only process of a SQLite store may listen on any port."""
    if settings.database.startswith("sqlite") and settings.leases == "local":
        return "embedded"
    return f"{socket.gethostname()}-{settings.port}"


def _row(listing: interviews.InterviewListing) -> LiveRow:
    interview = listing.interview
    return LiveRow(
        interview_id=interview.id,
        applicant_name=listing.applicant_name,
        position=listing.position,
        phase=interview.phase,
        question_index=0,
        question_total=0,
        started_at=rfc3339(interview.started_at or interview.created_at),
        language=listing.invitation.language,
        connected=False,
        human_requested=interview.human_requested,
        report_id=interview.report_id,
    )


def media_settings(settings: Settings) -> MediaSettings:
    if settings.media_addresses == "auto":
        local = settings.host in ("127.0.0.1", "localhost", "::1")
        return MediaSettings(loopback=local, max_connections=settings.max_interviews * 2)
    addresses = tuple(address.strip() for address in settings.media_addresses.split(",") if address.strip())
    return MediaSettings(addresses=addresses, max_connections=settings.max_interviews * 2)


async def _first_start(settings: Settings, engine: AsyncEngine) -> None:
    """What an empty store needs. Of several processes that start together one writes it, the others find it."""
    for _ in range(FIRST_START_TRIES):
        with contextlib.suppress(IntegrityError):
            return await _fill(settings, engine)
    return await _fill(settings, engine)


async def _fill(settings: Settings, engine: AsyncEngine) -> None:
    """The positions that ship with Viva, and somebody who may sign in."""
    async with engine.begin() as store:
        await publish_all_builtin(store)
        if await people.find_user(store, "admin") is not None:
            return
        password = settings.admin_password or secrets.token_urlsafe(12)
        await people.put_user(store, name="admin", password=password, roles=("admin", "hr"), branch="")
        await people.note(store, "viva", "created_user", "admin")
    if not settings.admin_password:
        path = settings.data / "admin-password"
        path.touch(mode=0o600)
        path.chmod(0o600)  # it may lie there from an earlier store
        path.write_text(password + "\n")
        log.warning("first start: the password of user admin is in %s", path)
