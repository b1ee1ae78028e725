"""Every door in one table: Starlette's routes and the OpenAPI document are both made from it."""

from server.door import API, Door
from server.doors import operations
from server.routes_of_interviews import OF_INTERVIEWS
from server.routes_of_the_record import OF_THE_RECORD

__all__ = ["API", "DOORS", "Door"]

DOORS: tuple[Door, ...] = (
    *OF_INTERVIEWS,
    *OF_THE_RECORD,
    Door("GET", "/healthz", operations.healthz, "The process lives", "none"),
    Door("GET", "/readyz", operations.readyz, "Candidates may be sent here", "none"),
    Door(
        "GET",
        f"{API}/operations/traces",
        operations.traces,
        "Where utterances' time went",
        "sign-in",
        query=("kind", "limit"),
    ),
    Door("GET", "/metrics", operations.metrics, "Prometheus metrics", "none", sends="text/plain"),
    Door("GET", "/openapi.json", operations.openapi, "This document", "none"),
)
