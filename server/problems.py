"""Errors on HTTP: ``application/problem+json`` (RFC 9457) with a stable code, bilingual, never a stack trace."""

import logging

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from realtime.protocol.messages import Refused
from realtime.protocol.refusals import refusal

log = logging.getLogger("viva.http")

STATUS = {
    "link_expired": 410,
    "link_forged": 404,
    "link_used": 410,
    "link_revoked": 410,
    "session_expired": 401,
    "not_signed_in": 401,
    "sign_in_failed": 401,
    "not_allowed": 403,
    "position_unknown": 404,
    "position_invalid": 422,
    "position_version_taken": 409,
    "interview_started": 409,
    "applicant_unknown": 404,
    "interview_unknown": 404,
    "invitation_unknown": 404,
    "resume_unknown": 404,
    "resume_refused": 422,
    "resume_queue_full": 503,
    "resume_unread": 409,
    "rules_invalid": 422,
    "rules_conflict": 409,
    "reason_missing": 422,
    "suggestion_unknown": 404,
    "suggestion_settled": 409,
    "suggestion_not_possible": 409,
    "correction_invalid": 422,
    "correction_conflict": 409,
    "report_unknown": 404,
    "report_not_ready": 409,
    "blind_until_submitted": 403,
    "scorecard_invalid": 422,
    "override_invalid": 422,
    "override_conflict": 409,
    "import_unknown": 404,
    "import_state": 409,
    "import_file_gone": 410,
    "import_file_refused": 422,
    "mapping_unknown": 404,
    "mapping_changed": 409,
    "prediction_forbidden": 403,
    "trial_unknown": 404,
    "trial_over": 409,
    "trial_gates_missed": 409,
    "trial_raters_few": 422,
    "questionnaire_closed": 409,
    "questionnaire_answered": 409,
    "notices_off": 409,
    "released_before": 409,
    "culture_story_missing": 409,
    "offer_open": 409,
    "offer_unknown": 404,
    "offer_step_not_possible": 409,
    "callback_refused": 403,
    "wecom_unavailable": 503,
    "recording_unknown": 404,
    "result_unknown": 404,
    "person_unknown": 404,
    "record_kind_unknown": 404,
    "record_unknown": 404,
    "person_unnamed": 422,
    "application_unknown": 422,
    "field_keys_unavailable": 503,
    "destination_unknown": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "sdp_invalid": 400,
    "consent_missing": 403,
    "connection_unknown": 404,
    "media_type_unsupported": 415,
    "precondition_required": 428,
    "precondition_failed": 412,
    "ice_restart_unsupported": 422,
    "media_unavailable": 503,
    "server_full": 503,
    "server_busy": 503,
    "engines_busy": 503,
    "owner_silent": 503,
    "leases_unavailable": 503,
    "too_many_attempts": 429,
    "draining": 503,
    "store_unavailable": 503,
    "message_too_large": 413,
    "request_slow": 408,
    "request_invalid": 400,
    "not_live": 409,
    "internal": 500,
}


class Problem(Exception):
    """Raised anywhere below a door; becomes one problem document."""

    def __init__(
        self, code: str, *, detail: str = "", retry_after_s: float | None = None, place: int | None = None
    ) -> None:
        super().__init__(code)
        self.refused: Refused = refusal(code, retry_after_s=retry_after_s, place=place)
        self.detail = detail
        self.retry_after_s = self.refused.retry_after_s


def problem_response(problem: Problem) -> Response:
    refused = problem.refused
    body: dict[str, object] = {
        "type": f"/docs/errors#{refused.code}",
        "title": refused.message.en,
        "status": STATUS.get(refused.code, 400),
        "code": refused.code,
        "message": {"zh": refused.message.zh, "en": refused.message.en},
        "retry": refused.retry,
        "fault": refused.fault.value,
    }
    if refused.place is not None:
        body["place"] = refused.place
    if problem.detail:
        body["detail"] = problem.detail
    headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(problem.retry_after_s)))
    if body["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(body), status_code=STATUS.get(refused.code, 400), headers=headers)


async def on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error)


async def on_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "request_invalid")
    response = problem_response(Problem(code))
    response.headers.update(error.headers or {})
    return response


async def on_error(request: Request, error: Exception) -> Response:
    """The boundary: whatever was not foreseen is logged with its trace and told as ``internal``, no more."""
    # The door's name, never its path: links and signed URLs are secrets.
    door = getattr(request.scope.get("endpoint"), "__qualname__", "?")
    log.error("%s %s failed", request.method, door, exc_info=error)
    return problem_response(Problem("internal"))
