"""SCIM 2.0 (RFC 7643, RFC 7644) for employees: schemas, resources, filters and patches, as pure functions."""
