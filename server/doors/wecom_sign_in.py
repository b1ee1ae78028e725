"""HR signs in through WeCom: whoever comes back as a member whose UserID is a user of Viva. The password stays beside
it. The state is bound to this browser by a cookie and used up; the code is used up by WeCom."""

import hmac
import secrets

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ehr_bridge.wecom.errors import WeComError
from ehr_bridge.wecom.oauth import STATE, Member, authorize_url
from server.access import SIGN_IN_MS
from server.clock import rfc3339, wall_ms
from server.correspondence.office import Correspondence
from server.house import house
from server.problems import Problem
from server.requests import answer, json_of
from server.store import people
from server.tokens import Token

COOKIE = "viva_wecom_state"
WITHIN_S = 300


class Came(msgspec.Struct, frozen=True):
    code: str
    state: str


def _office(request: Request) -> Correspondence:
    """Raises ``Problem`` not_found where it is not set up."""
    office = house(request).correspondence
    wecom = office.configured.settings.wecom
    if wecom is None or not wecom.sign_in or office.channels.office is None:
        raise Problem("not_found")
    return office


async def begin(request: Request) -> Response:
    """``GET /api/v1/sign-in/wecom``: off to WeCom, and back to HR's page."""
    office = _office(request)
    wecom = office.configured.settings.wecom
    assert wecom is not None
    state = secrets.token_hex(16)
    back = f"{office.settings.base_url}/hr"
    response = RedirectResponse(authorize_url(wecom.corp_id, wecom.agent_id, back, state), 302)
    response.set_cookie(
        COOKIE,
        state,
        max_age=WITHIN_S,
        httponly=True,
        samesite="lax",
        secure=office.settings.base_url.startswith("https"),
        path="/api/v1/sign-in/wecom",
    )
    return response


async def finish(request: Request) -> Response:
    """``POST /api/v1/sign-in/wecom``: the page hands over what WeCom sent it back with."""
    office = _office(request)
    came = await json_of(request, Came)
    given = request.cookies.get(COOKIE, "")
    if not (STATE.fullmatch(came.state) and hmac.compare_digest(given.encode(), came.state.encode())):
        raise Problem("sign_in_failed", detail="this sign-in was not begun in this browser, or too long ago")
    assert office.channels.office is not None
    try:
        who = await office.channels.office.who(came.code)
    except WeComError as error:
        code = "sign_in_failed" if error.code in (40029, 42003) else "wecom_unavailable"
        raise Problem(code, detail=str(error)) from None
    if not isinstance(who, Member):
        raise Problem("sign_in_failed", detail="not a member of this corporation")
    rooms = house(request)
    async with rooms.engine.begin() as store:
        user = await people.find_user(store, who.user_id)
        if user is None:
            raise Problem("sign_in_failed", detail="no user of Viva has this UserID")
        await people.note(store, user.name, "signed_in", user.name, "wecom")
    expires = wall_ms() + SIGN_IN_MS
    token = rooms.signer.sign("sign_in", Token(user.name, expires))
    body = {"token": token, "expires_at": rfc3339(expires),
            "user": {"name": user.name, "roles": user.roles, "branch": user.branch}}  # fmt: skip
    response = answer(body)
    response.delete_cookie(COOKIE, path="/api/v1/sign-in/wecom")
    return response


async def ways(request: Request) -> Response:
    """``GET /api/v1/sign-in``: how one may sign in here."""
    office = house(request).correspondence
    wecom = office.configured.settings.wecom
    return answer({"password": True, "wecom": bool(wecom and wecom.sign_in)})
