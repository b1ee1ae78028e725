"""What this service provider says of itself: ServiceProviderConfig, ResourceTypes, Schemas (RFC 7643, 5 to 7)."""

from typing import Any

from ehr_bridge.scim.attributes import ENTERPRISE, ENTERPRISE_ATTRIBUTES, USER, USER_ATTRIBUTES, Attribute

MOST_RESULTS = 200
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def provider_config(base: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST_RESULTS},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token of this destination, in the Authorization header",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def resource_type(base: str) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "Employees",
        "schema": USER,
        "schemaExtensions": [{"schema": ENTERPRISE, "required": False}],
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/User"},
    }


def schemas(base: str) -> list[dict[str, Any]]:
    kinds = ((USER, "User", USER_ATTRIBUTES), (ENTERPRISE, "EnterpriseUser", ENTERPRISE_ATTRIBUTES))
    return [
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": urn,
            "name": name,
            "description": "What is kept of an employee",
            "attributes": [_told(attribute) for attribute in attributes],
            "meta": {"resourceType": "Schema", "location": f"{base}/Schemas/{urn}"},
        }
        for urn, name, attributes in kinds
    ]


def _told(attribute: Attribute) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": attribute.name,
        "type": attribute.kind,
        "multiValued": attribute.multi,
        "description": attribute.name,
        "required": attribute.required,
        "caseExact": attribute.exact,
        "mutability": "readWrite" if attribute.writable else "readOnly",
        "returned": "default",
        "uniqueness": attribute.unique,
    }
    if attribute.kind == "reference":
        told["referenceTypes"] = ["User"]
    if attribute.parts:
        told["subAttributes"] = [_told(part) for part in attribute.parts]
    return told


def listed(resources: list[dict[str, Any]], total: int, start: int) -> dict[str, Any]:
    return {
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }
