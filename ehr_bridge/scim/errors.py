"""What SCIM calls an error (RFC 7644, 3.12)."""

from typing import Any

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """``scim_type``: of table 9 of the RFC, or empty. ``detail`` quotes no value of a resource."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type

    @property
    def body(self) -> dict[str, Any]:
        told = {"schemas": [ERROR], "status": str(self.status), "detail": self.detail}
        return told | ({"scimType": self.scim_type} if self.scim_type else {})


def invalid(detail: str) -> ScimError:
    return ScimError(400, detail, "invalidValue")
