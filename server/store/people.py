"""Applicants, users, API keys, and the audit log that every access to them leaves a line in."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.clock import wall_ms
from server.ids import new_id
from server.store.tables import api_keys, applicants, audit, users

SUBJECT = 80
SANDBOX = "sandbox"
"""Among the scopes of a stored key: what it opens is made up."""

_hasher = PasswordHasher()
# Verified when the user does not exist, so that the answer takes as long as for one who does.
_NOBODY = _hasher.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Applicant:
    id: str
    name: str
    email: str
    phone: str
    external_id: str
    created_at: int


@dataclass(frozen=True, slots=True)
class User:
    name: str
    roles: tuple[str, ...]
    branch: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """``sandbox``: it opens the sandbox and nothing else."""

    id: str
    name: str
    scopes: tuple[str, ...]
    sandbox: bool = False


@dataclass(frozen=True, slots=True)
class AuditLine:
    id: int
    at: int
    actor: str
    action: str
    subject: str
    detail: str


async def add_applicant(
    connection: AsyncConnection, *, name: str, email: str = "", phone: str = "", external_id: str = ""
) -> Applicant:
    now = wall_ms()
    applicant = Applicant(new_id("ap", now), name, email, phone, external_id, now)
    await connection.execute(
        insert(applicants).values(
            id=applicant.id, name=name, email=email, phone=phone, external_id=external_id, created_at=now
        )
    )
    return applicant


async def find_applicant(connection: AsyncConnection, applicant_id: str) -> Applicant | None:
    row = (await connection.execute(select(applicants).where(applicants.c.id == applicant_id))).first()
    return Applicant(*row) if row else None


async def list_applicants(connection: AsyncConnection, *, after: str, limit: int) -> list[Applicant]:
    query = select(applicants).where(applicants.c.id > after).order_by(applicants.c.id).limit(limit)
    return [Applicant(*row) for row in await connection.execute(query)]


async def put_user(
    connection: AsyncConnection, *, name: str, password: str, roles: tuple[str, ...], branch: str
) -> None:
    """Creates the user, or gives an existing one this password and these roles."""
    values = {"password_hash": _hasher.hash(password), "roles": " ".join(roles), "branch": branch, "disabled": False}
    done = await connection.execute(update(users).where(users.c.name == name).values(**values))
    if done.rowcount == 0:
        await connection.execute(insert(users).values(name=name, **values))


async def find_user(connection: AsyncConnection, name: str) -> User | None:
    """None also for a disabled user."""
    row = (await connection.execute(select(users).where(users.c.name == name, ~users.c.disabled))).first()
    return User(row.name, tuple(row.roles.split()), row.branch) if row else None


async def check_password(connection: AsyncConnection, name: str, password: str) -> User | None:
    row = (await connection.execute(select(users).where(users.c.name == name, ~users.c.disabled))).first()
    try:
        # In a thread: it is slow by design, and live interviews share this loop.
        await asyncio.to_thread(_hasher.verify, row.password_hash if row else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return User(row.name, tuple(row.roles.split()), row.branch) if row else None


async def add_api_key(connection: AsyncConnection, *, name: str, scopes: tuple[str, ...], sandbox: bool = False) -> str:
    """The key itself, shown once: the store keeps its hash."""
    key = f"{'vks' if sandbox else 'vk'}_{secrets.token_urlsafe(32)}"
    scopes = (*scopes, SANDBOX) if sandbox else scopes
    now = wall_ms()
    await connection.execute(
        insert(api_keys).values(
            id=new_id("key", now), key_sha256=_digest(key), name=name, scopes=" ".join(scopes), created_at=now
        )
    )
    return key


async def find_api_key(connection: AsyncConnection, key: str) -> ApiKey | None:
    query = select(api_keys).where(api_keys.c.key_sha256 == _digest(key), api_keys.c.revoked_at.is_(None))
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    scopes = row.scopes.split()
    return ApiKey(row.id, row.name, tuple(scope for scope in scopes if scope != SANDBOX), SANDBOX in scopes)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


async def note(connection: AsyncConnection, actor: str, action: str, subject: str, detail: str = "") -> None:
    """A line in the audit log, in the caller's transaction: the deed and its record, or neither. ``subject`` may be
    whatever somebody asked for: it is cut to its column."""
    await connection.execute(
        insert(audit).values(at=wall_ms(), actor=actor, action=action, subject=subject[:SUBJECT], detail=detail)
    )


async def audit_lines(connection: AsyncConnection, *, before: int | None, limit: int) -> list[AuditLine]:
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [AuditLine(*row) for row in await connection.execute(query)]
