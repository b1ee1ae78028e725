"""Guards: a number is never made from bad data.

Each guard has a name, looks at one thing, and has one effect: the answer is *not assessable* (with that name as the
reason), its levels are *capped*, or what it found is left out and *noted*. ``order.py`` says in which order they look;
the first reason wins. Thresholds stand by name where they are used, each with what it is for.
"""

from scoring.guards.order import after_reading, before_reading
from scoring.guards.verdict import Verdict, finding, refuse

__all__ = ["Verdict", "after_reading", "before_reading", "finding", "refuse"]
