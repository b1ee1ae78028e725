"""The ways to a person, and what each of them tells about a message that was sent.

| channel | open when | it tells | silence means |
|---|---|---|---|
| kefu | the person wrote within 48 hours, fewer than five of ours since | what failed | it arrived |
| subscription | the person granted one message | what arrived and what failed | the next rung |
| sms | there is a number | what arrived and what failed | the next rung |
| email | there is an address | what the next server refused | it arrived, as far as anybody can know |
| member | the person is a member of the corporation | who is unknown | it arrived |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Channel = Literal["kefu", "subscription", "sms", "email", "member"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
FOR_CANDIDATES: tuple[Channel, ...] = ("kefu", "subscription", "sms", "email")
FOR_STAFF: tuple[Channel, ...] = ("member", "email")

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Policy:
    """``listen_ms``: how long a receipt may take. ``silence_arrived``: what no receipt in that time means. ``tries``:
    on this rung. ``rings``: it may wake somebody, so it keeps quiet hours. ``answer_ms``: how long a call may take
    before its process counts as dead."""

    listen_ms: int
    silence_arrived: bool
    tries: int
    rings: bool
    again_ms: int = 20_000
    answer_ms: int = 2 * MINUTE_MS


POLICIES: Mapping[Channel, Policy] = {
    "kefu": Policy(listen_ms=MINUTE_MS, silence_arrived=True, tries=3, rings=True),
    "subscription": Policy(listen_ms=3 * MINUTE_MS, silence_arrived=False, tries=2, rings=True),
    "sms": Policy(listen_ms=10 * MINUTE_MS, silence_arrived=False, tries=3, rings=True),
    "email": Policy(listen_ms=0, silence_arrived=True, tries=6, rings=False, again_ms=MINUTE_MS),
    "member": Policy(listen_ms=0, silence_arrived=True, tries=6, rings=False, again_ms=MINUTE_MS),
}
