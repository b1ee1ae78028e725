"""What was set up when a trial began and what is now: the roll-out takes over what the trial taught, knowingly."""

from collections.abc import Mapping

import msgspec


class Change(msgspec.Struct, frozen=True):
    """``before`` or ``after`` None: was not there."""

    name: str
    before: str | None
    after: str | None


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """By name; what is the same is left out."""
    names = sorted(before.keys() | after.keys())
    return tuple(Change(n, before.get(n), after.get(n)) for n in names if before.get(n) != after.get(n))
