"""An invitation that another system had made is told to the candidate, where this installation has a way to them."""

import logging
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices.slots import SlotInvalid
from server.clock import wall_ms
from server.correspondence.about import about, clock

if TYPE_CHECKING:
    from server.correspondence.office import Correspondence

log = logging.getLogger("viva.notices")

MATERIALS = {"zh": "安静的房间、耳机、稳定的网络", "en": "a quiet room, headphones, a steady connection"}


async def invite(office: "Correspondence", store: AsyncConnection, interview_id: str, link: str) -> bool:
    """In the transaction of the invitation, so that one is not without the other. False: there is no way to anybody."""
    found = await about(store, interview_id)
    if not office.on or found is None:
        return False
    slots = {
        "link": link,
        "when": clock(found.invitation.expires_at, office.configured.settings.quiet.zone),
        **{f"materials@{language}": text for language, text in MATERIALS.items()},
    }
    try:
        await office.tell(store, "invite", f"invite:{interview_id}", found, slots, wall_ms())
    except SlotInvalid as error:  # a public URL too long for a short message: the invitation stands all the same
        log.warning("the invitation of %s is not sent: %s", interview_id, error)
        return False
    return True
