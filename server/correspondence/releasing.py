"""HR lets a result go: what the person is told, and what HR promises with it. Without it no result is ever sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices import promises
from ehr_bridge.notices.cases import case_for
from ehr_bridge.notices.clerk import in_language
from ehr_bridge.notices.feedback import feedback, low_culture, scores
from ehr_bridge.notices.slots import SLOTS
from ehr_bridge.notices.tables import release
from ehr_bridge.notices.texts import Language, Rendered, render
from ehr_bridge.store import insert_if_absent
from scoring.report import Report
from server.correspondence.about import About, names

if TYPE_CHECKING:
    from server.correspondence.office import Correspondence

Outcome = Literal["passed", "in_touch", "not_this_time"]
KINDS: Mapping[Outcome, str] = {
    "passed": "result_passed",
    "in_touch": "report_ready",
    "not_this_time": "result_not_this_time",
}
LANGUAGES: tuple[Language, ...] = ("zh", "en")
NO_SCORES: Mapping[Language, str] = {
    "zh": "由招聘同事当面说明",
    "en": "a colleague will go through them with you",
}
NO_EXERCISE: Mapping[Language, str] = {
    "zh": "选一次真实经历，用三句话讲清楚背景、做法和结果。",
    "en": "Tell one real experience in three sentences: situation, action, result.",
}


class ReleasedBefore(Exception):
    """A result is released once; the next word is a conversation."""


class NoCultureStory(Exception):
    """The score is not low, no words were the reason, or there is no story for the value."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be sent, before HR decides."""

    kind: str
    slots: dict[str, str]


def draft(office: "Correspondence", found: About, report: Report | None, outcome: Outcome, hours: int) -> Draft:
    """Feedback that would not rest on the person's own words is not given: then the brief form is used."""
    slots = names(found, office.employer) | {"hours": str(hours)}
    kind = KINDS[outcome]
    for language in LANGUAGES:
        told = feedback(report, language) if report else None
        exercise = told.exercise if told else NO_EXERCISE[language]
        listed = scores(report, language) if report else None
        if listed is None or len(listed) > SLOTS["scores"]:
            listed = NO_SCORES[language]
        slots |= {f"exercise@{language}": exercise, f"scores@{language}": listed}
        if told is not None:
            slots |= {
                f"strength@{language}": told.strength,
                f"weakness@{language}": told.weakness,
                "quote": told.quote,
            }
    if outcome == "not_this_time" and "quote" not in slots:
        kind = "result_not_this_time_brief"
    return Draft(kind, slots)


def culture_draft(office: "Correspondence", found: About, report: Report | None) -> Draft | None:
    """None: nothing to explain, or no story to explain it with."""
    slots = names(found, office.employer)
    for language in LANGUAGES:
        low = low_culture(report, office.configured.settings.culture_score, language) if report else None
        case = case_for(office.configured.cases, low.value) if low else None
        if low is None or case is None:
            return None
        slots |= {
            "quote": low.quote,
            f"value@{language}": low.label,
            f"case_title@{language}": case.title.words(language),
            f"case_story@{language}": case.story.words(language),
        }
    return Draft("culture", slots)


def shown(office: "Correspondence", made: Draft, found: About) -> Rendered:
    text = office.configured.texts[made.kind]
    slots = {name: value for name, value in made.slots.items() if name.partition("@")[0] in text.slots}
    return render(text, found.language, in_language(slots, found.language))


async def let_go(
    office: "Correspondence",
    store: AsyncConnection,
    found: About,
    report: Report | None,
    *,
    outcome: Outcome,
    hours: int,
    culture: bool,
    by: str,
    now_ms: int,
) -> list[str]:
    """Ids of reminders that are no longer needed. Raises ``ReleasedBefore``, ``NoCultureStory``."""
    promised = outcome in ("passed", "in_touch")
    row = {
        "interview_id": found.interview.id,
        "outcome": outcome,
        "hours": hours if promised else None,
        "culture": culture,
        "by": by,
        "at_ms": now_ms,
    }
    if not await insert_if_absent(store, release, row):
        raise ReleasedBefore(found.interview.id)
    made = draft(office, found, report, outcome, hours)
    due = (found.interview.ended_at or now_ms) + office.configured.settings.result_minutes * 60_000
    result = f"result:{found.interview.id}"
    notice_id = await office.tell(store, made.kind, result, found, made.slots, now_ms, due_at_ms=due)
    if promised:
        await promises.make(store, notice_id, found.applicant.id, found.interview.id, hours, now_ms)
    if culture:
        story = culture_draft(office, found, report)
        if story is None:
            raise NoCultureStory(found.interview.id)
        await office.tell(store, story.kind, f"culture:{found.interview.id}", found, story.slots, now_ms)
    return await office.of_kind(store, found.applicant.id, "hr_release_due", found.interview.id)
