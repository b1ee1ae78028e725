"""Greenhouse's Assessment Partner API: Greenhouse calls us, an interview is one of its tests.

    GET  list_tests      positions, each a test
    POST send_test       a real invitation; partner_interview_id is ours
    GET  test_status     open or complete, a link to HR's page and, if the employer wishes, the score
    POST response_error  Greenhouse could not read an answer of ours

When the report is there, we PATCH the ``url`` that came with send_test; Greenhouse then asks for test_status at once
(polling is deprecated since 2019-10-01). Greenhouse repeats a send_test whose answer it did not get: the same ``url``
is the same order and no second invitation.

Greenhouse's users can filter candidates by score and reject them in bulk. So a score goes there only where the
operator has said so; without it the report, with its reasons, is one click away and nothing can be sorted by.
"""

import base64
from typing import Annotated, Any, Literal

import msgspec

from ehr_bridge.adapters.adapter import Adapter, Record, Secret
from ehr_bridge.adapters.conversation import Conversation, FindOrder, Order, json_request, refusal
from ehr_bridge.adapters.destination import Acknowledgement, PermanentFailure, ReadBack
from ehr_bridge.adapters.hosting import (
    HostedAnswer,
    HostedRequest,
    Invite,
    ListPositions,
    LookAtOrder,
    NoteComplaint,
    Offered,
    OrderState,
    basic_user,
    full_name,
    leads_to,
    read_body,
    same,
)
from ehr_bridge.canonical import RESULT_KIND, Label

Filled = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
STATUS = {"open": "incomplete", "complete": "complete", "cancelled": "cancelled"}


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``api_key``: what the employer gives Greenhouse, fewer than 171 characters. ``send_score``: the total too.
    ``callback_hosts``: where an order may want to be told; our credentials go there and nowhere else."""

    api_key: Secret
    language: Literal["zh", "en"] = "en"
    send_score: bool = False
    callback_hosts: tuple[str, ...] = ("greenhouse.io",)

    def __post_init__(self) -> None:
        if not 16 <= len(self.api_key) < 171:
            raise ValueError("the key has from 16 to 170 characters")


class _Candidate(msgspec.Struct, frozen=True):
    first_name: Filled
    last_name: Filled
    email: Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    greenhouse_profile_url: Filled
    phone_number: str | None = None
    resume_url: str | None = None


class _SendTest(msgspec.Struct, frozen=True):
    partner_test_id: Filled
    candidate: _Candidate
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://\S+$", max_length=1000)]


class _Complaint(msgspec.Struct, frozen=True):
    api_call: str
    errors: list[str] = []


class Greenhouse:
    paces: dict[str, float] = {}  # noqa: RUF012 - one PATCH for each finished interview

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def serve(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        if not same(self._settings.api_key, basic_user(request)):
            return _refused(401, "HTTP Basic: the API key as user name, no password", {"WWW-Authenticate": "Basic"})
        match request.method, request.path:
            case "GET", "/list_tests":
                return (yield from self._tests())
            case "POST", "/send_test":
                return (yield from self._send_test(request))
            case "GET", "/test_status":
                return (yield from self._status(request))
            case "POST", "/response_error":
                return (yield from self._complaint(request))
        return _refused(404, "list_tests, send_test, test_status and response_error are here")

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        """The report is there: come and fetch it."""
        order: Order | None = yield FindOrder(record.payload.result.interview_id)
        if order is None:
            raise PermanentFailure("order_unknown", "this interview was ordered by somebody else")
        credentials = base64.b64encode(f"{self._settings.api_key}:".encode()).decode()
        answer = yield json_request("PATCH", order.callback_url, {"Authorization": f"Basic {credentials}"}, {})
        if not answer.ok:
            raise refusal(answer, record.now_ms)
        return Acknowledgement(order.id, record.now_ms, duplicate=False)

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        raise PermanentFailure("read_back_unsupported", "Greenhouse asks us, and cannot be asked")
        yield

    def check(self, now_ms: int) -> Conversation[str]:
        return "Greenhouse calls us: nothing to call. Give it the addresses on the page of this destination"
        yield

    def _tests(self) -> Conversation[HostedAnswer]:
        positions: list[Offered] = yield ListPositions()
        chinese = self._settings.language == "zh"
        tests = [
            {"partner_test_id": one.id, "partner_test_name": one.title.zh if chinese else one.title.en}
            for one in positions
        ]
        return HostedAnswer(200, tests)

    def _send_test(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        asked = read_body(request, _SendTest)
        if isinstance(asked, str):
            return _refused(422, asked)
        if not leads_to(asked.url, self._settings.callback_hosts):
            return _refused(422, "url leads to another system")
        who = asked.candidate
        invited: OrderState | None = yield Invite(
            position_id=asked.partner_test_id,
            name=full_name(who.first_name, who.last_name),
            email=who.email,
            phone=who.phone_number or "",
            language=self._settings.language,
            callback_url=asked.url,
        )
        if invited is None:
            return _refused(404, "there is no such test")
        return HostedAnswer(200, {"partner_interview_id": invited.id})

    def _status(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        state: OrderState | None = yield LookAtOrder(request.query.get("partner_interview_id", ""))
        if state is None:
            return _refused(404, "there is no such interview")
        told: dict[str, Any] = {"partner_status": STATUS[state.status], "metadata": self._metadata(state)}
        if state.status == "complete":
            told["partner_profile_url"] = state.report_link
            if self._settings.send_score and state.score is not None:
                told["partner_score"] = state.score
        return HostedAnswer(200, told)

    def _metadata(self, state: OrderState) -> dict[str, str]:
        """Flat, as Greenhouse shows it beside the test. Until the interview is held, its link, for who has lost it."""
        if state.status == "open":
            return {"Candidate's link": state.candidate_link}
        told = {"Started at": state.started_at, "Ended at": state.ended_at}
        return {name: value for name, value in told.items() if value} | {"Decision": "left to people"}

    def _complaint(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        """Its ``errors`` are about form; the address of the candidate, which comes along, is not noted."""
        asked = read_body(request, _Complaint)
        if isinstance(asked, str):
            return _refused(422, asked)
        yield NoteComplaint(f"{asked.api_call[:40]}: {'; '.join(asked.errors)[:400]}")
        return HostedAnswer(200, {})


def _refused(status: int, problem: str, headers: dict[str, str] | None = None) -> HostedAnswer:
    return HostedAnswer(status, {"errors": [{"message": problem}]}, headers or {})


TITLE = Label("Greenhouse 测评", "Greenhouse assessments")
ADAPTER = Adapter(TITLE, Settings, Greenhouse, (RESULT_KIND,), hosted=True, reads_back=False)
