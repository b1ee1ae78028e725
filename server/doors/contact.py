"""The candidate's word about how to be reached: which channel will be used, what they do not want, and how 客服 finds
them. And the one click that ends e-mails (RFC 8058)."""

import html
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from ehr_bridge.notices import contacts
from ehr_bridge.notices.channels import Channel
from server.access import CONTACTS_WRITE, bearer, candidate_of, consumer
from server.clock import wall_ms
from server.correspondence import console
from server.correspondence.about import about
from server.correspondence.office import Correspondence
from server.house import House, house
from server.problems import Problem
from server.requests import answer, json_of
from server.store import people
from server.tokens import TokenExpired, TokenForged

PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Viva</title><body style="font:16px/1.6 sans-serif;max-width:34em;margin:3em auto;padding:0 1em">{body}</body>
</html>"""
ASK = """<h1>不再接收邮件？<br>Stop these e-mails?</h1>
<p>之后的通知会用其他方式告诉您；没有其他方式时，请留意招聘同事的电话。</p>
<p lang="en">Later notices will reach you another way; if there is none, recruitment will call.</p>
<form method="post" action="?t={token}"><button style="font:inherit;padding:.6em 1em">确认 / Confirm</button></form>"""
DONE = """<h1>好的，不再发送邮件。</h1><p lang="en">Done: no more e-mails.</p>"""


class Choice(msgspec.Struct, frozen=True):
    channel: Channel
    allowed: bool


class Grant(msgspec.Struct, frozen=True):
    """What a person granted in the mini-program. ``code``: the ``scene_param`` of the person's own link."""

    code: str
    openid: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    grants: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1


def _office(rooms: House) -> Correspondence:
    return rooms.correspondence


async def read(request: Request) -> Response:
    """``GET /api/v1/interviews/{id}/contact``."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    return await _shown(request, interview_id)


async def choose(request: Request) -> Response:
    """``PUT /api/v1/interviews/{id}/contact``: at once, and a line in the ledger."""
    interview_id = request.path_params["id"]
    candidate_of(request, bearer(request), interview_id)
    wanted = await json_of(request, Choice)
    rooms = house(request)
    async with rooms.engine.begin() as store:
        found = await about(store, interview_id)
        if found is None:
            raise Problem("interview_unknown")
        await contacts.choose(store, found.applicant.id, wanted.channel, wanted.allowed, "page", wall_ms())
        detail = f"{wanted.channel} {'on' if wanted.allowed else 'off'}"
        await people.note(store, "candidate", "chose_channel", found.applicant.id, detail)
    return await _shown(request, interview_id)


async def _shown(request: Request, interview_id: str) -> Response:
    office = _office(house(request))
    async with office.engine.begin() as store:
        found = await about(store, interview_id)
        if found is None:
            raise Problem("interview_unknown")
        ways = await console.channels_of(office, store, found, wall_ms())
        code = await contacts.code_of(store, found.applicant.id)
    wecom = office.configured.settings.wecom
    base = wecom.kefu.link if wecom and wecom.kefu else ""
    link = f"{base}{'&' if '?' in base else '?'}scene_param={code}" if base else ""
    return answer(
        {
            "on": office.on,
            "first": ways["first"],
            "open": [
                channel for channel in office.clerk.senders if channel not in ways["closed"] and channel != "member"
            ],
            "said_no": ways["said_no"],
            "kefu_link": link if "kefu" not in ways["said_no"] and ways["kefu_left"] == 0 else "",
        }
    )


async def granted(request: Request) -> Response:
    """``POST /api/v1/subscriptions``: the mini-program's server tells that a person allows so many messages."""
    key = await consumer(request, CONTACTS_WRITE)
    wanted = await json_of(request, Grant)
    async with house(request).engine.begin() as store:
        applicant_id = await contacts.by_code(store, wanted.code)
        if applicant_id is None:
            raise Problem("applicant_unknown")
        await contacts.subscribe(store, applicant_id, wanted.openid, wanted.grants)
        await people.note(store, f"key {key.name}", "granted_messages", applicant_id, f"{wanted.grants}")
    return Response(status_code=204)


async def stop(request: Request) -> Response:
    """``GET`` asks, ``POST`` does: mail scanners follow links, people and mail programs post."""
    rooms = house(request)
    text = request.query_params.get("t", "")
    try:
        token = rooms.signer.read("contact", text, wall_ms())
    except TokenExpired:
        raise Problem("link_expired") from None
    except TokenForged:
        raise Problem("link_forged") from None
    if request.method == "GET":
        return HTMLResponse(PAGE.format(body=ASK.format(token=html.escape(text, quote=True))))
    async with rooms.engine.begin() as store:
        await contacts.choose(store, token.subject, "email", False, "mail", wall_ms())
        await people.note(store, "candidate", "chose_channel", token.subject, "email off")
    return HTMLResponse(PAGE.format(body=DONE))
