"""Which channels lead to a person at this moment, and why the others do not. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ehr_bridge.notices.channels import CHANNELS, Channel
from ehr_bridge.wecom.kefu import Window

WhyNot = Literal[
    "not_set_up", "no_address", "said_no", "never_wrote", "window_closed", "window_used_up", "no_grant", "too_long"
]
NEVER = Window()
AWAKE_MS = 30 * 60_000
"""Who wrote or was interviewed within it is awake: no quiet hours."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of the ways to one person. ``said_no``: channels the person does not want. ``grants``: unused
    one-time subscriptions. ``seen_at_ms``: when the person last did something here."""

    email: str = ""
    phone: str = ""
    kefu_person: str = ""
    window: Window = NEVER
    subscriber: str = ""
    grants: int = 0
    member: str = ""
    said_no: frozenset[Channel] = frozenset()
    seen_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` to ``end`` by the clock of ``zone``; equal: none."""

    start: time = time(22)
    end: time = time(8)
    zone: str = "Asia/Shanghai"

    def over_at(self, now_ms: int) -> int | None:
        """When they end, if ``now_ms`` lies within them."""
        zone = ZoneInfo(self.zone)
        here = datetime.fromtimestamp(now_ms / 1000, zone)
        clock = here.time()
        overnight = self.start > self.end
        if not (clock >= self.start or clock < self.end if overnight else self.start <= clock < self.end):
            return None
        day = here.date() if clock < self.end else here.date() + timedelta(days=1)
        return round(datetime.combine(day, self.end, zone).astimezone(UTC).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Reach:
    """``closed``: why a channel is not open; those that are missing are. ``quiet_until_ms``: for those that ring."""

    closed: Mapping[Channel, WhyNot]
    quiet_until_ms: int | None = None


def reach(
    contact: Contact, set_up: Collection[Channel], now_ms: int, quiet: QuietHours, unfit: Collection[Channel] = ()
) -> Reach:
    """``set_up``: channels this installation has. ``unfit``: where this very message is too long for."""
    closed: dict[Channel, WhyNot] = {}
    for channel in CHANNELS:
        why = _why_not(contact, channel, now_ms)
        if channel not in set_up:
            closed[channel] = "not_set_up"
        elif channel in contact.said_no:
            closed[channel] = "said_no"
        elif why is not None:
            closed[channel] = why
        elif channel in unfit:
            closed[channel] = "too_long"
    awake = now_ms - contact.seen_at_ms < AWAKE_MS
    return Reach(closed, None if awake else quiet.over_at(now_ms))


def _why_not(contact: Contact, channel: Channel, now_ms: int) -> WhyNot | None:
    match channel:
        case "kefu":
            if not contact.kefu_person:
                return "never_wrote"
            if contact.window.left(now_ms):
                return None
            return "window_closed" if Window(contact.window.opened_at_ms).left(now_ms) == 0 else "window_used_up"
        case "subscription":
            return None if contact.subscriber and contact.grants > 0 else "no_grant"
        case "sms":
            return None if contact.phone else "no_address"
        case "email":
            return None if contact.email else "no_address"
        case "member":
            return None if contact.member else "no_address"


def first_open(rungs: Collection[Channel], at: Reach) -> Channel | None:
    """What a person is told beforehand: the channel that would be used now."""
    return next((channel for channel in rungs if channel not in at.closed), None)
