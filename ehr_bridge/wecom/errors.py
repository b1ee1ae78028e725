"""WeCom's error codes as a table: what a code asks of us, and whose fault it was (doc 90313).

    busy      the same call again, at most three times, a moment later
    token     forget the access token, get another, and call once more
    wait      a limit: nothing to this API before the blocking time is over
    never     the same call will never succeed

A code that is not in the table is ``never``: repeating what nobody understands only burns the limits.
"""

import re
from dataclasses import dataclass
from typing import Literal

Action = Literal["busy", "token", "wait", "never"]
Fault = Literal["wecom", "configuration", "message", "recipient", "caller"]

BUSY_TRIES = 3
MINUTE_BLOCK_S = 60.0


@dataclass(frozen=True, slots=True)
class Branch:
    action: Action
    fault: Fault
    meaning: str
    remedy: str = ""


TABLE: dict[int, Branch] = {
    -1: Branch("busy", "wecom", "WeCom is busy"),
    40001: Branch("never", "configuration", "wrong secret", "copy the app's secret from WeCom's console"),
    40003: Branch("never", "recipient", "no such UserID"),
    40013: Branch("never", "configuration", "wrong corp id", "copy it from 我的企业"),
    40014: Branch("token", "wecom", "the access token is not valid"),
    40029: Branch("never", "caller", "the sign-in code is not valid, or was used", "sign in again"),
    40056: Branch("never", "configuration", "wrong agent id", "copy it from the app's page in WeCom's console"),
    40058: Branch("never", "message", "a parameter is not valid"),
    40093: Branch("never", "caller", "the JS-SDK signature does not match", "sign the URL that was opened first"),
    41001: Branch("token", "wecom", "the access token is missing"),
    41051: Branch("never", "recipient", "the person is in a conversation already"),
    41096: Branch("busy", "wecom", "a welcome is being sent"),
    42001: Branch("token", "wecom", "the access token has expired"),
    42003: Branch("never", "caller", "the sign-in code has expired", "sign in again"),
    43101: Branch("never", "recipient", "the person has not subscribed, or has used up the grant"),
    45009: Branch("wait", "caller", "called too often"),
    45033: Branch("wait", "caller", "too many calls at once"),
    48002: Branch("never", "configuration", "the app may not use this API", "grant it in WeCom's console"),
    50001: Branch(
        "never", "configuration", "the redirect domain is not trusted", "enter it as 可信域名, with its port"
    ),
    60020: Branch("never", "configuration", "this server's address is not allowed", "enter it as 企业可信IP"),
    60111: Branch("never", "recipient", "no such UserID"),
    81013: Branch("never", "recipient", "no recipient is valid"),
    84061: Branch("never", "recipient", "the person is no external contact"),
    95001: Branch("never", "recipient", "five messages since the person last wrote"),
    95002: Branch("never", "recipient", "the person has not written within 48 hours"),
    95018: Branch("never", "recipient", "the conversation's state does not allow a message"),
    301002: Branch("never", "configuration", "the token belongs to another app", "check which secret is set for what"),
}
UNKNOWN = Branch("never", "wecom", "a code that we do not know")
_HINT = re.compile(r"hint: \[[^\]]{1,120}\]")


class WeComError(Exception):
    """``code``: WeCom's errcode, 0 for the network. ``hint``: what WeCom's support asks for; holds no personal data.
    ``retry_after_s``: when the same call may succeed; None: never."""

    def __init__(self, api: str, code: int, errmsg: str = "", *, retry_after_s: float | None = None) -> None:
        self.api = api
        self.code = code
        self.branch = TABLE.get(code, UNKNOWN)
        found = _HINT.search(errmsg)
        self.hint = found.group() if found else ""
        self.retry_after_s = retry_after_s
        told = f"{api}: {code} {self.branch.meaning}"
        # Never errmsg itself: it may repeat a user id or a text.
        super().__init__(
            " ".join(filter(None, (told, self.hint, f"({self.branch.remedy})" * bool(self.branch.remedy))))
        )

    @property
    def retry(self) -> bool:
        return self.retry_after_s is not None

    @property
    def fault(self) -> str:
        return self.branch.fault


class WeComUnreachable(WeComError):
    """No answer, or none that is WeCom's. ``sent``: the request may have been carried out."""

    def __init__(self, api: str, problem: str, *, sent: bool) -> None:
        super().__init__(api, 0, retry_after_s=5.0)
        self.branch = Branch("busy", "wecom", problem)
        self.sent = sent
        self.args = (f"{api}: {problem}",)
