from dataclasses import replace

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
        listed = await reports.list_reports(connection, position_id=invited.position_id, before=None, limit=200)
        assert second in listed
        assert first not in listed
        assert await reports.list_reports(connection, position_id="pilot", before=None, limit=10) == []
        assert second not in await reports.list_reports(connection, position_id=None, before=second.id, limit=200)


async def test_what_a_killed_process_left_is_found_until_it_is_done(store: AsyncEngine, invited: InvitationRow) -> None:
    async with store.begin() as connection:
        assert invited.interview_id not in await reports.unreported(connection)
        await reports.set_report_state(connection, invited.interview_id, "processing")
        assert invited.interview_id in await reports.unreported(connection)
        await reports.set_report_state(connection, invited.interview_id, "failed", "ValueError")
        assert invited.interview_id not in await reports.unreported(connection)
        interview = await interviews.find_interview(connection, invited.interview_id)
        assert interview is not None
        assert interview.report_error == "ValueError"
