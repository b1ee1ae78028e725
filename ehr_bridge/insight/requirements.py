"""What positions ask for, as decision support needs it: handed in by whoever has the position models."""

import msgspec

from ehr_bridge.canonical import Label


class Asked(msgspec.Struct, frozen=True):
    """``weight``: points of 100. ``required``: the score the position asks for; None: the book's."""

    label: Label
    weight: float
    required: float | None = None


class Requirements(msgspec.Struct, frozen=True):
    """``asked`` by competency."""

    position_id: str
    title: Label
    asked: dict[str, Asked]
