"""The ways to a person, as rows: windows, grants, and what the person does not want."""

import secrets

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices.channels import Channel
from ehr_bridge.notices.reach import Contact
from ehr_bridge.notices.tables import contact, contact_choice, conversation
from ehr_bridge.store import insert_if_absent
from ehr_bridge.wecom.kefu import MOST, Window


async def contact_of(store: AsyncConnection, applicant_id: str, *, email: str = "", phone: str = "") -> Contact:
    """With the addresses that the caller knows; a person without a row has only those."""
    row = (await store.execute(select(contact).where(contact.c.applicant_id == applicant_id))).first()
    if row is None:
        return Contact(email=email, phone=phone)
    return Contact(
        email=email,
        phone=phone,
        kefu_person=row.kefu_person or "",
        window=Window(row.window_opened_ms, row.window_sent),
        subscriber=row.subscriber,
        grants=row.grants,
        said_no=frozenset(row.said_no.split()),
        seen_at_ms=row.seen_at_ms,
    )


async def code_of(store: AsyncConnection, applicant_id: str) -> str:
    """What a link of this person's carries; made on first use."""
    await insert_if_absent(
        store,
        contact,
        {
            "applicant_id": applicant_id,
            "code": secrets.token_hex(12),
            "window_opened_ms": 0,
            "window_sent": 0,
            "subscriber": "",
            "grants": 0,
            "said_no": "",
            "seen_at_ms": 0,
        },
    )
    found = await store.execute(select(contact.c.code).where(contact.c.applicant_id == applicant_id))
    return str(found.scalar_one())


async def by_code(store: AsyncConnection, code: str) -> str | None:
    found = await store.execute(select(contact.c.applicant_id).where(contact.c.code == code))
    return found.scalar_one_or_none()


async def by_person(store: AsyncConnection, kefu_person: str) -> str | None:
    found = await store.execute(select(contact.c.applicant_id).where(contact.c.kefu_person == kefu_person))
    return found.scalar_one_or_none()


async def by_subscriber(store: AsyncConnection, subscriber: str) -> str | None:
    found = await store.execute(select(contact.c.applicant_id).where(contact.c.subscriber == subscriber))
    return found.scalars().first()


async def link(store: AsyncConnection, applicant_id: str, kefu_person: str) -> None:
    """This WeChat user is that applicant; what was written before belongs to the applicant too. A user who applies
    again under another record is that one from now on."""
    await store.execute(update(contact).where(contact.c.kefu_person == kefu_person).values(kefu_person=None))
    mine = contact.c.applicant_id == applicant_id
    await store.execute(update(contact).where(mine).values(kefu_person=kefu_person))
    strays = (conversation.c.person == kefu_person, conversation.c.applicant_id == "")
    newest = await store.execute(select(conversation.c.at_ms).where(*strays).order_by(conversation.c.at_ms.desc()))
    heard = newest.scalars().first()
    await store.execute(update(conversation).where(*strays).values(applicant_id=applicant_id))
    if heard:
        await heard_from(store, applicant_id, heard)


async def heard_from(store: AsyncConnection, applicant_id: str, at_ms: int) -> None:
    """The person wrote to 客服: a new window of five."""
    row = (await store.execute(select(contact).where(contact.c.applicant_id == applicant_id))).first()
    if row is None:
        return
    window = Window(row.window_opened_ms, row.window_sent).heard(at_ms)
    await store.execute(
        update(contact)
        .where(contact.c.applicant_id == applicant_id)
        .values(window_opened_ms=window.opened_at_ms, window_sent=window.sent, seen_at_ms=max(at_ms, row.seen_at_ms))
    )


async def seen(store: AsyncConnection, applicant_id: str, at_ms: int) -> None:
    """The person did something here, such as giving an interview."""
    await code_of(store, applicant_id)
    await store.execute(
        update(contact)
        .where(contact.c.applicant_id == applicant_id, contact.c.seen_at_ms < at_ms)
        .values(seen_at_ms=at_ms)
    )


async def spend(store: AsyncConnection, applicant_id: str, channel: Channel) -> bool:
    """One of the five, or a grant, before it is used. False: somebody else took the last one meanwhile."""
    mine = update(contact).where(contact.c.applicant_id == applicant_id)
    if channel == "kefu":
        taken = mine.where(contact.c.window_sent < MOST).values(window_sent=contact.c.window_sent + 1)
    elif channel == "subscription":
        taken = mine.where(contact.c.grants > 0).values(grants=contact.c.grants - 1)
    else:
        return True
    return (await store.execute(taken)).rowcount == 1


async def unspend(store: AsyncConnection, applicant_id: str, channel: Channel) -> None:
    """It was refused, so it was not used after all."""
    mine = update(contact).where(contact.c.applicant_id == applicant_id)
    if channel == "kefu":
        await store.execute(mine.where(contact.c.window_sent > 0).values(window_sent=contact.c.window_sent - 1))
    elif channel == "subscription":
        await store.execute(mine.values(grants=contact.c.grants + 1))


async def subscribe(store: AsyncConnection, applicant_id: str, subscriber: str, grants: int = 1) -> None:
    """The person granted messages in the mini-program."""
    await code_of(store, applicant_id)
    mine = update(contact).where(contact.c.applicant_id == applicant_id)
    await store.execute(mine.values(subscriber=subscriber, grants=contact.c.grants + grants))


async def choose(
    store: AsyncConnection, applicant_id: str, channel: Channel, allowed: bool, how: str, now_ms: int
) -> None:
    """The person's word about a channel, at once and in the ledger."""
    await code_of(store, applicant_id)
    row = (await store.execute(select(contact).where(contact.c.applicant_id == applicant_id))).one()
    no = set(row.said_no.split())
    no = no - {channel} if allowed else no | {channel}
    await store.execute(
        update(contact).where(contact.c.applicant_id == applicant_id).values(said_no=" ".join(sorted(no)))
    )
    line = {"applicant_id": applicant_id, "at_ms": now_ms, "channel": channel, "allowed": allowed, "how": how}
    await store.execute(insert(contact_choice).values(**line))
