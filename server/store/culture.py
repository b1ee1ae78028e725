"""Employers' phrases as rows. A set is never changed: an import is a new version."""

from dataclasses import dataclass

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.culture import CulturePhrase, CultureSet
from server.store.tables import culture_sets


@dataclass(frozen=True, slots=True)
class CultureRow:
    employer: str
    version: int
    digest: str
    phrases: bytes
    created_by: str
    created_at: int

    @property
    def culture(self) -> CultureSet:
        phrases = msgspec.json.decode(self.phrases, type=tuple[CulturePhrase, ...])
        return CultureSet(self.employer, self.version, self.digest, phrases)


async def put_culture(connection: AsyncConnection, culture: CultureSet, created_by: str, created_at: int) -> None:
    await connection.execute(
        insert(culture_sets).values(
            employer=culture.employer,
            version=culture.version,
            digest=culture.digest,
            phrases=msgspec.json.encode(culture.phrases),
            created_by=created_by,
            created_at=created_at,
        )
    )


async def newest_culture(
    connection: AsyncConnection, *employers: str, before_ms: int | None = None
) -> CultureRow | None:
    """The newest set of an employer, under whichever of its names; ``before_ms``: that was there at that moment."""
    query = select(culture_sets).where(culture_sets.c.employer.in_(employers))
    if before_ms is not None:
        query = query.where(culture_sets.c.created_at <= before_ms)
    row = (
        await connection.execute(query.order_by(culture_sets.c.created_at.desc(), culture_sets.c.version.desc()))
    ).first()
    return CultureRow(*row) if row else None


async def list_cultures(connection: AsyncConnection) -> list[CultureRow]:
    """All sets, by employer and version."""
    query = select(culture_sets).order_by(culture_sets.c.employer, culture_sets.c.version)
    return [CultureRow(*row) for row in await connection.execute(query)]
