"""Who is asking: a candidate with a session token, a signed-in person with roles, a consumer with an API key."""

from starlette.requests import HTTPConnection

from server.clock import wall_ms
from server.house import house
from server.problems import Problem
from server.store import people
from server.tokens import Token, TokenExpired, TokenForged

SIGN_IN_MS = 12 * 3_600_000
SESSION_MS = 7 * 24 * 3_600_000
RECORDING_URL_MS = 10 * 60_000

ROLES = ("admin", "hr", "interviewer", "steward", "operator")
PERSONS_READ, RESULTS_READ = "persons:read", "results:read"
RECORDS_READ, RECORDS_WRITE, SENSITIVE_READ = "records:read", "records:write", "sensitive:read"
RECORDINGS_READ, CONTACTS_WRITE = "recordings:read", "contacts:write"
SCOPES = (PERSONS_READ, RESULTS_READ, RECORDS_READ, RECORDS_WRITE, SENSITIVE_READ, RECORDINGS_READ, CONTACTS_WRITE)
WEBHOOK = "webhook:"
"""Before a destination's name: the key may look after that webhook, and no other."""
HR_ROLES = frozenset({"admin", "hr", "interviewer"})
RECRUITERS = frozenset({"admin", "hr"})
ADMIN = frozenset({"admin"})
STEWARDS = frozenset({"admin", "steward"})
"""The named person who answers for data that are brought over."""


def bearer(connection: HTTPConnection) -> str:
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise Problem("not_signed_in")
    return value.strip()


def candidate_of(connection: HTTPConnection, token: str, interview_id: str) -> None:
    """Raises unless ``token`` is a live session of this very interview."""
    try:
        session = house(connection).signer.read("session", token, wall_ms())
    except TokenExpired:
        raise Problem("session_expired") from None
    except TokenForged:
        raise Problem("not_signed_in") from None
    if session.subject != interview_id:
        raise Problem("not_allowed")


async def person_of(connection: HTTPConnection, token: str, allowed: frozenset[str] = HR_ROLES) -> people.User:
    """The signed-in person. Roles are read from the store each time: a withdrawn role works at once."""
    try:
        signed_in = house(connection).signer.read("sign_in", token, wall_ms())
    except TokenExpired:
        raise Problem("session_expired") from None
    except TokenForged:
        raise Problem("not_signed_in") from None
    async with house(connection).engine.connect() as store:
        user = await people.find_user(store, signed_in.subject)
    if user is None:
        raise Problem("not_signed_in")
    if not allowed & set(user.roles):
        raise Problem("not_allowed")
    return user


async def hr(connection: HTTPConnection, allowed: frozenset[str] = HR_ROLES) -> people.User:
    return await person_of(connection, bearer(connection), allowed)


async def consumer(connection: HTTPConnection, *scopes: str) -> people.ApiKey:
    """Raises unless the key has all of these scopes."""
    async with house(connection).engine.connect() as store:
        key = await people.find_api_key(store, bearer(connection))
    if key is None:
        raise Problem("not_signed_in")
    for scope in scopes:
        if scope not in key.scopes:
            raise Problem("not_allowed", detail=f"this key has no scope {scope}")
    return key


def session_token(connection: HTTPConnection, interview_id: str) -> str:
    expires = wall_ms() + SESSION_MS
    return house(connection).signer.sign("session", Token(interview_id, expires))
