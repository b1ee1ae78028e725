"""Writing a notice: one function for everybody who has something to tell a person, in the caller's transaction."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from ehr_bridge.notices import book
from ehr_bridge.notices.channels import FOR_CANDIDATES, FOR_STAFF, Channel
from ehr_bridge.notices.clerk import in_language
from ehr_bridge.notices.ladder import begin
from ehr_bridge.notices.texts import Language, Texts, render


async def post(
    store: AsyncConnection,
    texts: Texts,
    *,
    key: str,
    kind: str,
    applicant_id: str,
    language: Language,
    slots: Mapping[str, str],
    now_ms: int,
    interview_id: str = "",
    recipient: str = "",
    rungs: tuple[Channel, ...] | None = None,
    not_before_ms: int | None = None,
    due_at_ms: int | None = None,
) -> str:
    """The notice's id. The same ``key`` again changes nothing. ``slots``: ``name``, or ``name@zh`` and ``name@en``.
    Raises ``KeyError``: there is no such kind; ``SlotInvalid``: it could not be written with these slots."""
    text = texts[kind]
    for each in ("zh", "en"):
        render(text, each, in_language(slots, each))
    chosen = rungs or (FOR_STAFF if recipient else FOR_CANDIDATES)
    new = book.Notice(
        id=book.id_of(key),
        key=key,
        kind=kind,
        applicant_id=applicant_id,
        interview_id=interview_id,
        recipient=recipient,
        language=language,
        slots=slots,
        ladder=begin(chosen, now_ms if not_before_ms is None else not_before_ms),
        version=0,
        created_at_ms=now_ms,
        due_at_ms=due_at_ms,
    )
    await book.put(store, new)
    return new.id
