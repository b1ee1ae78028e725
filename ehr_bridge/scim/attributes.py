"""The attributes of an employee that are kept, as one table: the schemas, the checks and the paths are made from it.

RFC 7643: 4.1 User, 4.3 enterprise extension. What is not in the table is ignored when it is sent; a password above all
is neither read nor kept: nobody signs in here by SCIM.
"""

from dataclasses import dataclass
from typing import Literal

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

Kind = Literal["string", "boolean", "complex", "reference", "dateTime"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """``multi``: a list of complex values. ``exact``: compared with case (caseExact)."""

    name: str
    kind: Kind = "string"
    multi: bool = False
    exact: bool = False
    required: bool = False
    writable: bool = True
    parts: tuple["Attribute", ...] = ()
    unique: Literal["none", "server"] = "none"

    def part(self, name: str) -> "Attribute | None":
        return _by_name(self.parts, name)


_PLURAL = (
    Attribute("value"),
    Attribute("display"),
    Attribute("type"),
    Attribute("primary", "boolean"),
)
USER_ATTRIBUTES = (
    Attribute("userName", required=True, unique="server"),
    Attribute("externalId", exact=True),
    Attribute(
        "name",
        "complex",
        parts=tuple(map(Attribute, ("formatted", "familyName", "givenName", "middleName"))),
    ),
    Attribute("displayName"),
    Attribute("title"),
    Attribute("userType"),
    Attribute("preferredLanguage"),
    Attribute("locale"),
    Attribute("timezone"),
    Attribute("active", "boolean"),
    Attribute("emails", "complex", multi=True, parts=_PLURAL),
    Attribute("phoneNumbers", "complex", multi=True, parts=_PLURAL),
)
ENTERPRISE_ATTRIBUTES = (
    Attribute("employeeNumber"),
    Attribute("costCenter"),
    Attribute("organization"),
    Attribute("division"),
    Attribute("department"),
    Attribute(
        "manager",
        "complex",
        parts=(Attribute("value"), Attribute("$ref", "reference"), Attribute("displayName")),
    ),
)
META = Attribute(
    "meta",
    "complex",
    writable=False,
    parts=(
        Attribute("resourceType", exact=True, writable=False),
        Attribute("created", "dateTime", writable=False),
        Attribute("lastModified", "dateTime", writable=False),
        Attribute("location", "reference", exact=True, writable=False),
        Attribute("version", exact=True, writable=False),
    ),
)
ID = Attribute("id", exact=True, writable=False)
READ_ONLY = (ID, META, Attribute("schemas", exact=True, writable=False))


def _by_name(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    """Names are compared without case (RFC 7643, 2.1)."""
    wanted = name.lower()
    return next((attribute for attribute in attributes if attribute.name.lower() == wanted), None)


def core(name: str) -> Attribute | None:
    return _by_name((*USER_ATTRIBUTES, *READ_ONLY), name)


def enterprise(name: str) -> Attribute | None:
    return _by_name(ENTERPRISE_ATTRIBUTES, name)
