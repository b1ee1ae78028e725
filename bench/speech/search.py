"""How many sessions a server carries: upwards until it fails, then in between. Pure: ``holds`` does the measuring."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """``sessions``: the most that held. ``more``: the search ended before anything failed."""

    sessions: int
    more: bool
    tried: tuple[tuple[int, bool], ...]


async def carried(
    holds: Callable[[int], Awaitable[bool]], *, first: int, most: int, steps: int, growth: float = 2.0
) -> Carried:
    """Grows by ``growth`` while it holds, halves while nothing has, then bisects to a tenth. At most ``steps``."""
    tried: list[tuple[int, bool]] = []
    good, bad, wanted = 0, most + 1, first
    while len(tried) < steps and good < wanted < bad:
        held = await holds(wanted)
        tried.append((wanted, held))
        good, bad = (wanted, bad) if held else (good, wanted)
        if bad > most:
            wanted = min(most, max(good + 1, round(good * growth)))
        elif bad - good <= max(1, good // 10):
            break
        else:
            wanted = (good + bad) // 2
    return Carried(good, bad > most, tuple(tried))
