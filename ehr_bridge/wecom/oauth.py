"""Signing in through WeCom: OAuth2 with a code that is good once, for five minutes (docs 91022, 91023)."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

AUTHORIZE_URL = "https://open.weixin.qq.com/connect/oauth2/authorize"
STATE = re.compile(r"[a-zA-Z0-9]{16,128}")
CODE_BYTES = 512

Scope = Literal["snsapi_base", "snsapi_privateinfo"]


@dataclass(frozen=True, slots=True)
class Member:
    """``user_id`` in lower case, as WeCom answers it elsewhere."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Outsider:
    """Not of this corporation. ``external_user_id``: only if a customer already, of somebody the app can see."""

    open_id: str
    external_user_id: str = ""


def authorize_url(
    corp_id: str, agent_id: int, redirect_uri: str, state: str, scope: Scope = "snsapi_base", at: str = AUTHORIZE_URL
) -> str:
    """Where the browser is sent. ``redirect_uri``: its host must be the app's 可信域名 to the letter, port included.
    ``state``: 16 to 128 letters and digits that this browser alone was given. Raises ``ValueError``."""
    if not STATE.fullmatch(state):
        raise ValueError("state: 16 to 128 letters and digits")
    query = urlencode(
        {
            "appid": corp_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": scope,
            "state": state,
            "agentid": agent_id,
        }
    )
    return f"{at}?{query}#wechat_redirect"


def may_be_code(code: str) -> bool:
    """False for what cannot be one, so that it does not cost a call."""
    return 0 < len(code.encode()) <= CODE_BYTES and code.isascii() and code.isprintable()


def identity(answer: dict[str, object]) -> Member | Outsider | None:
    """What ``auth/getuserinfo`` answered; None: neither of the two documented shapes."""
    user_id = answer.get("userid") or answer.get("UserId")
    if isinstance(user_id, str) and user_id:
        return Member(user_id.lower())
    open_id = answer.get("openid") or answer.get("OpenId")
    if isinstance(open_id, str) and open_id:
        external = answer.get("external_userid")
        return Outsider(open_id, external if isinstance(external, str) else "")
    return None
