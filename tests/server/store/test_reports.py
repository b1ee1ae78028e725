from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from server.ids import new_id
from server.store import interviews, reports
from server.store.interviews import InvitationRow
from server.store.reports import ReportRow


def report(invited: InvitationRow, **changes: object) -> ReportRow:
    row = ReportRow(new_id("rp", 1), invited.interview_id, invited.position_id, 5, 71.5, "sha256:ab", b"{}")
    return replace(row, **changes)  # type: ignore[arg-type]


async def test_the_same_report_twice_is_one(store: AsyncEngine, invited: InvitationRow) -> None:
    row = report(invited)
    async with store.begin() as connection:
        await reports.put_report(connection, row)
        await reports.put_report(connection, row)
        assert await reports.find_report(connection, row.id) == row
        interview = await interviews.find_interview(connection, invited.interview_id)
        assert interview is not None
        assert (interview.report_state, interview.report_id) == ("completed", row.id)
        assert await reports.find_report(connection, "rp_nothing") is None


async def test_only_the_newest_scoring_is_listed(store: AsyncEngine, invited: InvitationRow) -> None:
    first, second = report(invited), report(invited, total=None)
    async with store.begin() as connection:
        await reports.put_report(connection, first)
        await reports.put_report(connection, second)
        found, after = await reports.list_reports(connection, position_id=invited.position_id, after=None, limit=200)
        listed = {row.report.id: row.rank for row in found}
        assert listed[second.id] is None
        assert first.id not in listed
        assert after is None
        assert await reports.list_reports(connection, position_id="pilot", after=None, limit=10) == ([], None)


async def test_the_list_is_ranked_before_it_is_cut_into_pages(store: AsyncEngine, invited: InvitationRow) -> None:
    totals = [71.5, 88.0, None, 71.5, 60.25, None]
    async with store.begin() as connection:
        position = await interviews.find_position(connection, invited.position_id)
        assert position is not None
        await interviews.put_position(connection, ranked := replace(position, id="ranked", title=position.title))
        for total in totals:
            invitation = await interviews.invite(
                connection,
                applicant_id=invited.applicant_id,
                position=ranked,
                language="zh",
                profile="cn-bank",
                expires_at=9,
                time_factor=1.0,
                created_by="test",
            )
            await reports.put_report(connection, report(invitation, position_id="ranked", total=total))
        seen: list[tuple[float | None, int | None]] = []
        after = None
        while True:
            found, after = await reports.list_reports(connection, position_id="ranked", after=after, limit=2)
            seen += [(row.report.total, row.rank) for row in found]
            if after is None:
                break
        assert seen == [(88.0, 1), (71.5, 2), (71.5, 2), (60.25, 4), (None, None), (None, None)]
        with pytest.raises(ValueError, match="cursor"):
            await reports.list_reports(connection, position_id="ranked", after="rubbish", limit=2)


async def test_what_a_killed_process_left_is_found_until_it_is_done(store: AsyncEngine, invited: InvitationRow) -> None:
    async with store.begin() as connection:
        assert invited.interview_id not in dict(await reports.unreported(connection))
        await reports.set_report_state(connection, invited.interview_id, "processing")
        assert invited.interview_id in dict(await reports.unreported(connection))
        await reports.set_report_state(connection, invited.interview_id, "failed", "ValueError")
        assert invited.interview_id not in dict(await reports.unreported(connection))
        interview = await interviews.find_interview(connection, invited.interview_id)
        assert interview is not None
        assert interview.report_error == "ValueError"
