from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from realtime.protocol.messages import ConsentItems
from realtime.protocol.text import Bilingual, Phase
from server.consent import consent_for
from server.profiles import PROFILES
from server.store import interviews
from server.store.interviews import InvitationRow, PositionRow
from server.store.tables import consents


async def test_an_invitation_is_found_by_itself_and_by_its_interview(
    store: AsyncEngine, invited: InvitationRow
) -> None:
    async with store.connect() as connection:
        assert await interviews.find_invitation(connection, invited.id) == invited
        assert await interviews.invitation_of(connection, invited.interview_id) == invited
        found = await interviews.find_interview(connection, invited.interview_id)
        assert found is not None
        assert found.phase is Phase.INVITED
        assert found.snapshot is None
        assert await interviews.find_invitation(connection, "inv_nothing") is None
        assert await interviews.find_interview(connection, "iv_nothing") is None


async def test_a_stored_version_of_a_position_is_never_changed(store: AsyncEngine) -> None:
    first = PositionRow("teller", "1", Bilingual("柜员", "Teller"), "first", 10)
    async with store.begin() as connection:
        await interviews.put_position(connection, first)
        await interviews.put_position(connection, replace(first, source_yaml="second", created_at=20))
        assert await interviews.find_position(connection, "teller", "1") == first
        newer = replace(first, version="2", source_yaml="third", created_at=30)
        await interviews.put_position(connection, newer)
        assert await interviews.find_position(connection, "teller") == newer
        assert await interviews.find_position(connection, "teller", "1") == first
        assert await interviews.find_position(connection, "pilot") is None
        assert newer in await interviews.list_positions(connection)
        assert first not in await interviews.list_positions(connection)


async def test_a_link_is_revoked_once(store: AsyncEngine, invited: InvitationRow) -> None:
    async with store.begin() as connection:
        assert await interviews.revoke(connection, invited.id)
        assert not await interviews.revoke(connection, invited.id)
        found = await interviews.find_invitation(connection, invited.id)
    assert found is not None
    assert found.revoked_at is not None


async def test_the_list_is_newest_first_in_pages(store: AsyncEngine, invited: InvitationRow) -> None:
    async with store.begin() as connection:
        position = await interviews.find_position(connection, invited.position_id)
        assert position is not None
        for _ in range(4):
            await interviews.invite(
                connection,
                applicant_id=invited.applicant_id,
                position=position,
                language="en",
                profile="eu",
                expires_at=1,
                time_factor=None,
                created_by="hr",
            )
        first = await interviews.list_interviews(connection, limit=3)
        second = await interviews.list_interviews(connection, limit=3, before=first[-1].interview.id)
        named = await interviews.list_interviews(connection, interview_id=invited.interview_id)
        nobody = await interviews.list_interviews(connection, phase="reported", interview_id=invited.interview_id)
    ids = [row.interview.id for row in [*first, *second]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == len(ids)
    assert [row.applicant_name for row in named] == ["李雷"]
    assert named[0].position.zh == "客户经理"
    assert named[0].invitation == invited
    assert nobody == []


async def test_the_consent_ledger_keeps_what_was_agreed_to(store: AsyncEngine, invited: InvitationRow) -> None:
    text = consent_for(PROFILES["cn-bank"])
    async with store.begin() as connection:
        for given in (False, True):
            items = ConsentItems(recording=given, speech_to_text=True)
            await interviews.record_consent(connection, invited.interview_id, items, text, "en")
        ledger = consents.c.interview_id == invited.interview_id
        rows = (await connection.execute(select(consents).where(ledger).order_by(consents.c.id))).all()
    assert [('"recording": true' in row.items) for row in rows] == [False, True]
    assert {row.text_sha256 for row in rows} == {text.sha256}
