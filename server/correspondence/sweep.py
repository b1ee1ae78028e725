"""What follows from an interview's end, found in the store: so that neither a killed process nor a lost event makes
anybody wait. Each notice has a key, so finding the same twice writes it once."""

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices.contacts import seen
from ehr_bridge.notices.tables import notice, release
from realtime.protocol.text import Phase
from server.correspondence.about import about
from server.store.tables import interviews

if TYPE_CHECKING:
    from server.correspondence.office import Correspondence

MINUTE_MS = 60_000
PROGRESS_WITHIN_MS = 5 * MINUTE_MS
TOLD_SINCE_MS = 60 * MINUTE_MS
"""Who ended longer ago is not told that they have just ended: the channels were switched on later, or were away."""
REMIND_SINCE_MS = 3 * 24 * 60 * MINUTE_MS
REMIND_AT = 0.8
"""Of the time within which a result is expected."""
AT_ONCE = 100


async def tell_progress(office: "Correspondence", store: AsyncConnection, now_ms: int) -> None:
    """Within five minutes of the end: it is complete, and what happens now."""
    query = (
        select(interviews.c.id, interviews.c.ended_at)
        .outerjoin(notice, notice.c.key == "progress:" + interviews.c.id)
        .where(
            interviews.c.ended_at > now_ms - TOLD_SINCE_MS,
            interviews.c.phase.in_([Phase.SCORING.value, Phase.REPORTED.value]),
            notice.c.id.is_(None),
        )
        .limit(AT_ONCE)
    )
    for row in (await store.execute(query)).all():
        found = await about(store, row.id)
        if found is None:
            continue
        await seen(store, found.applicant.id, row.ended_at)
        due = row.ended_at + PROGRESS_WITHIN_MS
        await office.tell(store, "progress", f"progress:{row.id}", found, {}, now_ms, due_at_ms=due)


async def remind_of_release(office: "Correspondence", store: AsyncConnection, now_ms: int) -> None:
    """A reminder that waits: it goes out unless HR has decided by then."""
    if not office.staff:
        return
    key = "release_due:" + interviews.c.id + ":" + office.staff[0]
    query = (
        select(interviews.c.id, interviews.c.ended_at)
        .outerjoin(release, release.c.interview_id == interviews.c.id)
        .outerjoin(notice, notice.c.key == key)
        .where(
            interviews.c.ended_at > now_ms - REMIND_SINCE_MS,
            interviews.c.report_state == "completed",
            release.c.interview_id.is_(None),
            notice.c.id.is_(None),
        )
        .limit(AT_ONCE)
    )
    within_ms = office.configured.settings.result_minutes * MINUTE_MS
    for row in (await store.execute(query)).all():
        found = await about(store, row.id)
        if found is not None:
            at = row.ended_at + round(within_ms * REMIND_AT)
            await office.tell_staff(
                store, "hr_release_due", f"release_due:{row.id}", found, {}, now_ms, not_before_ms=at
            )
