"""Jurisdiction profiles: one object decides what the law of a place lets an interview do.

The values follow docs/reference/profiles.md and wait for a customer's counsel. Where several places touch one
interview (where the candidate is, where the job is, where the employer is) ``strictest`` wins.
"""

from dataclasses import dataclass
from typing import Literal

Analysis = Literal["impossible", "off", "consented", "on"]
_ORDER: tuple[Analysis, ...] = ("impossible", "off", "consented", "on")


@dataclass(frozen=True, slots=True)
class Profile:
    """``impossible``: the code is not loaded. ``off``: not used. ``consented``: after separate consent."""

    name: str
    face: Analysis
    delivery: Analysis
    """Pace, pauses, loudness, pitch as *delivery*, never as emotion."""
    non_verbal_cap: float
    """Largest share of the total that non-verbal evidence may move, 0..1; shown separately in any case."""
    media_days: int
    record_days: int
    auto_advance: bool = False
    """Whether an employer may let rules take steps *ahead* without a person. Nothing lets them turn anybody away."""
    prediction: Literal["off", "advice"] = "off"
    """Predictions about people (retention, leaving): off, or advice for HR alone."""


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("cn-bank", "consented", "consented", 0.10, 90, 3 * 365, auto_advance=True, prediction="advice"),
        Profile("eu", "impossible", "on", 0.0, 180, 365),
        Profile("us-il", "off", "on", 0.0, 30, 4 * 365),
        Profile("us-nyc", "off", "on", 0.0, 90, 365),
        Profile("us-ca", "off", "on", 0.0, 90, 4 * 365),
        Profile("default", "off", "on", 0.0, 90, 4 * 365),
    )
}


def named(names: str) -> Profile:
    """The profile of an invitation: one name, or several joined by ``+``. Raises ``KeyError`` for an unknown one."""
    return strictest(*names.split("+"))


def strictest(*names: str) -> Profile:
    """The strictest rule of each kind among the named profiles. Raises ``KeyError`` for an unknown name."""
    profiles = [PROFILES[name] for name in names]
    if len({profile.name for profile in profiles}) == 1:
        return profiles[0]
    return Profile(
        name="+".join(sorted({profile.name for profile in profiles})),
        face=min((profile.face for profile in profiles), key=_ORDER.index),
        delivery=min((profile.delivery for profile in profiles), key=_ORDER.index),
        non_verbal_cap=min(profile.non_verbal_cap for profile in profiles),
        media_days=min(profile.media_days for profile in profiles),
        record_days=max(profile.record_days for profile in profiles),
        auto_advance=all(profile.auto_advance for profile in profiles),
        prediction="advice" if all(profile.prediction == "advice" for profile in profiles) else "off",
    )
