"""Every door in one table: Starlette's routes and the OpenAPI document are both made from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from scoring.acceptance.questionnaire import Answered
from scoring.panel import Scorecard
from server.doors import (
    candidate,
    deliveries,
    ehr,
    hr,
    invitations,
    media,
    operations,
    panel,
    persons,
    positions,
    questionnaires,
    records,
    reports,
    trials,
)

Auth = Literal["none", "session", "sign-in", "api-key"]
API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Door:
    method: str
    path: str
    endpoint: Callable[[Request], Awaitable[Response]]
    summary: str
    auth: Auth
    body: type[msgspec.Struct] | None = None
    sends: str = "application/json"
    takes: str = "application/json"
    status: int = 200
    query: tuple[str, ...] = ()


_PAGE = ("cursor", "limit")

DOORS: tuple[Door, ...] = (
    Door("POST", f"{API}/join", candidate.join, "Join an interview by its link", "none", candidate.Join),
    Door("GET", f"{API}/interviews/{{id}}/status", candidate.status, "The candidate's own progress", "session"),
    Door(
        "POST",
        f"{API}/interviews/{{id}}/whip",
        media.whip,
        "Send media: WHIP (RFC 9725)",
        "session",
        sends="application/sdp",
        takes="application/sdp",
        status=201,
    ),
    Door("OPTIONS", f"{API}/interviews/{{id}}/whip", media.whip_options, "What may be posted", "none"),
    Door(
        "PATCH",
        f"{API}/interviews/{{id}}/whip/{{connection}}",
        media.whip_resource,
        "Trickle ICE candidates",
        "session",
        takes="application/trickle-ice-sdpfrag",
        status=204,
    ),
    Door("DELETE", f"{API}/interviews/{{id}}/whip/{{connection}}", media.whip_resource, "Stop sending", "session"),
    Door("POST", f"{API}/sign-in", hr.sign_in, "Sign in", "none", hr.SignIn),
    Door("GET", f"{API}/me", hr.me, "Who am I", "sign-in"),
    Door("GET", f"{API}/positions", positions.list_positions, "Position models", "sign-in"),
    Door(
        "POST",
        f"{API}/positions",
        positions.create_position,
        "Add a position model",
        "sign-in",
        positions.FromBuiltin,
        status=201,
    ),
    Door("GET", f"{API}/positions/{{id}}", positions.read_position, "One position model with its YAML", "sign-in"),
    Door("GET", f"{API}/applicants", hr.list_applicants, "Applicants", "sign-in", query=_PAGE),
    Door("POST", f"{API}/applicants", hr.create_applicant, "Add an applicant", "sign-in", hr.NewApplicant, status=201),
    Door("GET", f"{API}/applicants/{{id}}", hr.read_applicant, "One applicant", "sign-in"),
    Door(
        "POST",
        f"{API}/invitations",
        invitations.create_invitation,
        "Invite",
        "sign-in",
        invitations.NewInvitation,
        status=201,
    ),
    Door("DELETE", f"{API}/invitations/{{id}}", invitations.revoke_invitation, "Revoke a link", "sign-in", status=204),
    Door(
        "GET", f"{API}/interviews/{{id}}/questions", invitations.read_questions, "What a candidate is asked", "sign-in"
    ),
    Door(
        "PUT",
        f"{API}/interviews/{{id}}/questions",
        invitations.choose_questions,
        "Choose a candidate's questions",
        "sign-in",
        invitations.ChosenQuestions,
    ),
    Door("GET", f"{API}/interviews", hr.list_interviews, "Interviews", "sign-in", query=("phase", *_PAGE)),
    Door("GET", f"{API}/interviews/{{id}}", hr.read_interview, "One interview", "sign-in"),
    Door(
        "GET",
        f"{API}/interviews/{{id}}/evidence",
        hr.read_evidence,
        "The evidence log",
        "sign-in",
        sends="application/x-ndjson",
    ),
    Door(
        "GET",
        f"{API}/interviews/{{id}}/opinions",
        hr.read_opinions,
        "What outside raters said",
        "sign-in",
        sends="application/x-ndjson",
    ),
    Door("POST", f"{API}/interviews/{{id}}/report", hr.score_again, "Score again", "sign-in", status=202),
    Door(
        "POST",
        f"{API}/interviews/{{id}}/whep",
        media.whep,
        "Watch live: WHEP",
        "sign-in",
        sends="application/sdp",
        takes="application/sdp",
        status=201,
    ),
    Door("OPTIONS", f"{API}/interviews/{{id}}/whep", media.whep_options, "What may be posted", "none"),
    Door("GET", f"{API}/ice-servers", media.ways, "STUN and TURN servers for watching", "sign-in"),
    Door(
        "PATCH",
        f"{API}/interviews/{{id}}/whep/{{connection}}",
        media.whep_resource,
        "Trickle ICE candidates",
        "sign-in",
        takes="application/trickle-ice-sdpfrag",
        status=204,
    ),
    Door("DELETE", f"{API}/interviews/{{id}}/whep/{{connection}}", media.whep_resource, "Stop watching", "sign-in"),
    Door("GET", f"{API}/interviews/{{id}}/still", media.still, "Latest picture", "sign-in", sends="image/jpeg"),
    Door("GET", f"{API}/interviews/{{id}}/recordings", reports.list_recordings, "Recordings", "sign-in"),
    Door(
        "GET",
        f"{API}/recordings/{{signature:path}}",
        reports.read_recording,
        "A recording, by signed URL",
        "none",
        sends="video/webm",
    ),
    Door("GET", f"{API}/reports", reports.list_reports, "Reports, ranked", "sign-in", query=("position_id", *_PAGE)),
    Door(
        "GET",
        f"{API}/reports/{{id}}",
        reports.read_report,
        "A report: JSON, HTML or PDF",
        "sign-in",
        query=("edition", "language"),
    ),
    Door("PUT", f"{API}/interviews/{{id}}/panel", panel.assign, "Who gives scorecards", "sign-in", panel.Assignment),
    Door("GET", f"{API}/interviews/{{id}}/panel", panel.read_panel, "People and machine side by side", "sign-in"),
    Door("GET", f"{API}/interviews/{{id}}/scorecard", panel.read_scorecard, "One's own scorecard", "sign-in"),
    Door("PUT", f"{API}/interviews/{{id}}/scorecard", panel.save_scorecard, "Save a draft", "sign-in", Scorecard),
    Door(
        "POST",
        f"{API}/interviews/{{id}}/scorecard",
        panel.submit_scorecard,
        "Hand a scorecard in",
        "sign-in",
        Scorecard,
        status=201,
    ),
    Door("GET", f"{API}/reports/{{id}}/overrides", panel.read_overrides, "Overrides, and what holds", "sign-in"),
    Door(
        "POST",
        f"{API}/reports/{{id}}/overrides",
        panel.override,
        "Decide otherwise, with a reason",
        "sign-in",
        panel.NewOverride,
        status=201,
    ),
    Door(
        "GET",
        f"{API}/ranking",
        panel.ranking,
        "Who stands where",
        "sign-in",
        query=("position_id", "top_share", "normalise"),
    ),
    Door("GET", f"{API}/trials", trials.list_trials, "Trials before a roll-out", "sign-in"),
    Door("POST", f"{API}/trials", trials.create_trial, "Begin a trial", "sign-in", trials.NewTrial, status=201),
    Door("GET", f"{API}/trials/{{id}}", trials.read_trial, "A trial with its figures and gates", "sign-in"),
    Door(
        "POST",
        f"{API}/trials/{{id}}/interviews",
        trials.include,
        "Take interviews in and give them raters",
        "sign-in",
        trials.Included,
        status=201,
    ),
    Door("POST", f"{API}/trials/{{id}}/checks", trials.check, "What was tried", "sign-in", trials.NewCheck, status=201),
    Door("POST", f"{API}/trials/{{id}}/rounds", trials.next_round, "Ask people again", "sign-in", status=201),
    Door("POST", f"{API}/trials/{{id}}/decision", trials.decide, "Go or no-go", "sign-in", trials.NewDecision),
    Door(
        "GET",
        f"{API}/trials/{{id}}/export",
        trials.export,
        "The decision page: HTML, CSV or JSON",
        "sign-in",
        sends="text/html",
        query=("format", "language"),
    ),
    Door("GET", f"{API}/trials/{{id}}/questionnaire", questionnaires.read_for_hr, "What HR is asked", "sign-in"),
    Door(
        "POST",
        f"{API}/trials/{{id}}/questionnaire",
        questionnaires.answer_as_hr,
        "What HR says",
        "sign-in",
        Answered,
        status=201,
    ),
    Door(
        "GET",
        f"{API}/interviews/{{id}}/questionnaire",
        questionnaires.read_for_candidate,
        "What the candidate is asked",
        "session",
    ),
    Door(
        "POST",
        f"{API}/interviews/{{id}}/questionnaire",
        questionnaires.answer_as_candidate,
        "What the candidate says",
        "session",
        Answered,
        status=201,
    ),
    Door("GET", f"{API}/audit", hr.audit, "The audit log", "sign-in", query=_PAGE),
    Door("GET", f"{API}/ehr/persons", ehr.persons, "Persons", "api-key", query=_PAGE),
    Door("GET", f"{API}/ehr/persons/{{id}}", ehr.person, "One person with applications", "api-key"),
    Door("GET", f"{API}/ehr/persons/{{id}}/timeline", ehr.timeline, "A person's timeline", "api-key"),
    Door("GET", f"{API}/ehr/persons/{{id}}/records", records.list_records, "Records", "api-key", query=("kind",)),
    Door(
        "GET",
        f"{API}/ehr/records/{{id}}",
        records.read_record,
        "One record",
        "api-key",
        query=("version", "sensitive"),
    ),
    Door(
        "PUT",
        f"{API}/ehr/records/{{kind}}/{{external_id:path}}",
        records.put_record,
        "Write a record; the same again changes nothing",
        "api-key",
        records.NewRecord,
        status=201,
    ),
    Door(
        "POST",
        f"{API}/ehr/records",
        records.put_records,
        "Write up to 100 records",
        "api-key",
        records.Batch,
        status=207,
    ),
    Door("GET", f"{API}/ehr/schema", records.schema, "JSON Schemas of the canonical model", "none"),
    Door("GET", f"{API}/persons", persons.persons, "Persons, for HR", "sign-in", query=("called", *_PAGE)),
    Door("GET", f"{API}/persons/{{id}}/timeline", persons.timeline, "A person's whole life", "sign-in"),
    Door(
        "GET",
        f"{API}/persons/records/{{id}}",
        persons.read_record,
        "One record, for HR",
        "sign-in",
        query=("version", "sensitive"),
    ),
    Door("GET", f"{API}/deliveries/overview", deliveries.overview, "Rates of the bridge", "sign-in", query=("days",)),
    Door(
        "GET",
        f"{API}/deliveries",
        deliveries.listing,
        "Deliveries; dead letters with their reasons",
        "sign-in",
        query=("state", "destination", *_PAGE),
    ),
    Door("POST", f"{API}/deliveries/replay", deliveries.replay_them, "Deliver again", "sign-in", deliveries.Replay),
    Door(
        "POST",
        f"{API}/deliveries/reconcile",
        deliveries.reconcile,
        "Compare with what is there",
        "sign-in",
        deliveries.Reconcile,
        status=202,
    ),
    Door(
        "GET",
        f"{API}/deliveries/comparisons/{{id}}",
        deliveries.differences,
        "Differences, field by field",
        "sign-in",
        query=_PAGE,
    ),
    Door("GET", f"{API}/ehr/interview-results", ehr.results, "Interview results", "api-key", query=("after", "limit")),
    Door("GET", f"{API}/ehr/interview-results/{{id}}", ehr.result, "One interview result", "api-key"),
    Door("GET", f"{API}/ehr/interview-results/{{id}}/report", ehr.result_report, "Its report", "api-key"),
    Door("GET", "/healthz", operations.healthz, "The process lives", "none"),
    Door("GET", "/readyz", operations.readyz, "Candidates may be sent here", "none"),
    Door("GET", "/metrics", operations.metrics, "Prometheus metrics", "none", sends="text/plain"),
    Door("GET", "/openapi.json", operations.openapi, "This document", "none"),
)
