"""Workable's "Video Interview Providers": Workable calls us, and is told the result at the callback of its order.

    GET  interview-templates   positions
    POST interviews            a real invitation; the answer has our id of it and the candidate's link

Bearer tokens in both directions: ours, which the employer enters in Workable, and theirs. Workable's page names these
calls and what they are for. The fields of the order and of the result beyond that are taken from what its
sister page for assessments shows, and are marked in docs/reference/adapters.md: try them in a Workable account of your
own before you rely on them.
"""

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
    Offered,
    OrderState,
    bearer,
    full_name,
    leads_to,
    read_body,
    same,
)
from ehr_bridge.canonical import RESULT_KIND, Label

Filled = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``our_token``: what Workable shows us. ``their_token``: what we show Workable. ``send_score``: the total too.
    ``callback_hosts``: where an order may want to be told; our credentials go there and nowhere else."""

    our_token: Secret
    their_token: Secret
    language: Literal["zh", "en"] = "en"
    send_score: bool = False
    callback_hosts: tuple[str, ...] = ("workable.com",)

    def __post_init__(self) -> None:
        if len(self.our_token) < 16:
            raise ValueError("our_token has at least 16 characters")


class _Candidate(msgspec.Struct, frozen=True):
    email: Annotated[str, msgspec.Meta(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    phone: str | None = None


class _Order(msgspec.Struct, frozen=True):
    interview_template_id: Filled
    candidate: _Candidate
    callback_url: Annotated[str, msgspec.Meta(pattern=r"^https?://\S+$", max_length=1000)]
    job_title: str = ""
    job_shortcode: str = ""


class Workable:
    paces: dict[str, float] = {"results": 0.9}  # noqa: RUF012 - documented: ten requests in ten seconds

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def serve(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        if not same(self._settings.our_token, bearer(request)):
            return _refused(401, "a bearer token is wanted", {"WWW-Authenticate": "Bearer"})
        match request.method, request.path:
            case "GET", "/interview-templates":
                return (yield from self._templates())
            case "POST", "/interviews":
                return (yield from self._order(request))
        return _refused(404, "interview-templates and interviews are here")

    def deliver(self, record: Record) -> Conversation[Acknowledgement]:
        order: Order | None = yield FindOrder(record.payload.result.interview_id)
        if order is None:
            raise PermanentFailure("order_unknown", "this interview was ordered by somebody else")
        state: OrderState | None = yield LookAtOrder(order.id)
        if state is None:
            raise PermanentFailure("order_unknown", "the order is gone")
        headers = {"Authorization": f"Bearer {self._settings.their_token}"}
        answer = yield json_request("POST", order.callback_url, headers, self._result(record, state), "results")
        if not answer.ok:
            raise refusal(answer, record.now_ms)
        return Acknowledgement(order.id, record.now_ms, duplicate=False)

    def read_back(self, record: Record) -> Conversation[ReadBack | None]:
        raise PermanentFailure("read_back_unsupported", "Workable's callback cannot be asked")
        yield

    def check(self, now_ms: int) -> Conversation[str]:
        return "Workable calls us: nothing to call. Give it the address on the page of this destination"
        yield

    def _templates(self) -> Conversation[HostedAnswer]:
        positions: list[Offered] = yield ListPositions()
        chinese = self._settings.language == "zh"
        templates = [{"id": one.id, "name": one.title.zh if chinese else one.title.en} for one in positions]
        return HostedAnswer(200, {"interview_templates": templates})

    def _order(self, request: HostedRequest) -> Conversation[HostedAnswer]:
        asked = read_body(request, _Order)
        if isinstance(asked, str):
            return _refused(422, asked)
        if not leads_to(asked.callback_url, self._settings.callback_hosts):
            return _refused(422, "callback_url leads to another system")
        who = asked.candidate
        name = full_name(who.first_name, who.last_name) or who.name.strip()
        if not name:
            return _refused(422, "the candidate has no name")
        invited: OrderState | None = yield Invite(
            position_id=asked.interview_template_id,
            name=name,
            email=who.email,
            phone=who.phone or "",
            language=self._settings.language,
            callback_url=asked.callback_url,
        )
        if invited is None:
            return _refused(404, "there is no such interview template")
        return HostedAnswer(201, {"interview_id": invited.id, "candidate_url": invited.candidate_link})

    def _result(self, record: Record, state: OrderState) -> dict[str, Any]:
        result = record.payload.result
        told: dict[str, Any] = {
            "interview_id": state.id,
            "status": "cancelled" if result.status == "CANCELLED" else "completed",
            "results_url": state.report_link,
            "summary": "A structured interview was held. The report has the reasons; people decide.",
        }
        if self._settings.send_score and result.score is not None:
            told["score"] = {"value": result.score, "max": result.max_score}
        return told


def _refused(status: int, problem: str, headers: dict[str, str] | None = None) -> HostedAnswer:
    return HostedAnswer(status, {"error": problem}, headers or {})


ADAPTER = Adapter(
    Label("Workable 视频面试", "Workable video interviews"), Settings, Workable, (RESULT_KIND,), hosted=True
)
