"""What the law of the place lets a report contain and a score be made of."""

from typing import Literal

import msgspec

NONVERBAL_CAP_LIMIT = 0.10
"""No profile may let movements carry more than this share of a total."""


class ScoringPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``nonverbal``:

    * off        face and pitch records are not read and ``scoring.nonverbal`` is never imported
    * described  movements and pitch are described beside the score; they contribute 0
    * scored     they contribute within ``nonverbal_cap`` (share of the total), shown separately

    A competency or a total is given only if at least ``min_weight_share`` of its weight could be assessed.
    """

    profile: str = "default"
    nonverbal: Literal["off", "described", "scored"] = "off"
    nonverbal_cap: float = 0.0
    min_weight_share: float = 0.5
    min_answers: int = 2

    @property
    def nonverbal_share(self) -> float:
        """The cap that holds: 0 unless scoring is allowed."""
        return min(max(self.nonverbal_cap, 0.0), NONVERBAL_CAP_LIMIT) if self.nonverbal == "scored" else 0.0


def policy_for(profile: str) -> ScoringPolicy:
    """The default policy of a jurisdiction profile. An unknown profile gets the strictest."""
    if profile == "cn-bank":
        return ScoringPolicy(profile=profile, nonverbal="described")
    return ScoringPolicy(profile=profile, nonverbal="off")
