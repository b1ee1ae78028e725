"""When to try again: exponential back-off with jitter, a pure function of the attempt and one random number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits of first_s, first_s · factor, … up to limit_s, each shortened by up to ``jitter`` of itself.

    Jitter only ever shortens: many messages that failed together come back spread out, and ``limit_s`` stays a
    promise. The default looks again at least every two minutes, so that the end of an outage is noticed soon, and
    gives up after 160 attempts in about 5 hours; what then lies dead waits for a human.
    """

    first_s: float = 2.0
    factor: float = 3.0
    limit_s: float = 120.0
    jitter: float = 0.3
    attempts: int = 160

    def delay_s(self, attempt: int, unit: float) -> float:
        """Seconds to wait after attempt 1, 2, 3 … failed. ``unit``: random, 0 ≤ unit < 1."""
        # The exponent is capped so that attempt 10 000 of a patient policy is not an OverflowError.
        full = min(self.first_s * self.factor ** min(attempt - 1, 64), self.limit_s)
        return full * (1 - self.jitter * unit)

    def exhausted(self, attempt: int) -> bool:
        return attempt >= self.attempts
