"""Operators' doors: alive, ready, numbers, and the document of everything that is offered."""

import re
from dataclasses import fields
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError
from starlette.routing import Mount, Route, WebSocketRoute

from realtime.live.traces import UtteranceTrace
from realtime.protocol import messages as say
from server.app import _routes
from server.openapi import document

# The shape of OpenAPI 3.1 as far as we use it (spec.openapis.org/oas/v3.1.0); unknown members are mistakes.
_OPERATION = {
    "type": "object",
    "required": ["summary", "operationId", "parameters", "responses"],
    "additionalProperties": False,
    "properties": {
        "summary": {"type": "string", "minLength": 3},
        "operationId": {"type": "string", "pattern": "^[a-z_]+$"},
        "parameters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "in", "schema"],
                "properties": {"in": {"enum": ["path", "query"]}, "required": {"const": True}},
            },
        },
        "requestBody": {"type": "object", "required": ["content"]},
        "responses": {"type": "object", "required": ["default"], "minProperties": 2},
        "security": {"type": "array", "items": {"type": "object", "minProperties": 1}},
    },
}
_DOCUMENT = {
    "type": "object",
    "required": ["openapi", "info", "paths", "components"],
    "properties": {
        "openapi": {"const": "3.1.0"},
        "info": {"type": "object", "required": ["title", "version"]},
        "paths": {
            "type": "object",
            "patternProperties": {
                "^/": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": False,
                    "properties": dict.fromkeys(("get", "post", "put", "patch", "delete", "options"), _OPERATION),
                }
            },
            "additionalProperties": False,
        },
        "components": {"type": "object", "required": ["schemas", "securitySchemes"]},
    },
}


async def test_it_lives(served: Any) -> None:
    async with served.client() as client:
        answer = await client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_and_says_what_with(served: Any) -> None:
    async with served.client() as client:
        answer = await client.get("/readyz")
    state = answer.json()
    assert answer.status_code == 200
    assert (state["ready"], state["reasons"], state["speech"], state["face"]) == (True, [], None, None)
    assert state["interviews"]["capacity"] == 500


async def test_every_reason_not_to_be_ready(served: Any, monkeypatch: Any) -> None:
    def away(*_anything: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    async with served.client() as client:
        monkeypatch.setattr(served.house.switchboard, "draining", True)
        monkeypatch.setattr(served.house.engine.sync_engine.dialect, "do_execute", away)
        monkeypatch.setattr(served.house.engine.sync_engine.dialect, "do_execute_no_params", away)
        monkeypatch.setattr(type(served.house.inference), "ready", property(lambda _self: False))
        answer = await client.get("/readyz")
        monkeypatch.undo()
        after = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["draining", "engines are warming up", "the store is not reachable"]
    assert after.status_code == 200


async def test_the_numbers_are_prometheus_and_name_nobody(served: Any, completed: Any) -> None:
    served.house.senses.guard_hits["loop"] += 1
    async with served.client() as client:
        answer = await client.get("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["viva_interviews_capacity"].samples[0].value == 500
    assert families["viva_report_seconds"].type == "histogram"
    assert any(sample.name == "viva_report_seconds_count" for sample in families["viva_report_seconds"].samples)
    assert "viva_loop_lag_seconds" in families
    assert {sample.labels["guard"]: sample.value for sample in families["viva_speech_guards"].samples}["loop"] >= 1
    kinds = {sample.labels["kind"] for sample in families["viva_ehr_records"].samples}
    assert kinds >= {"persons", "applications", "results", "result_versions"}
    assert completed.invited.interview_id not in answer.text
    assert "韩梅梅" not in answer.text


async def test_the_document_is_openapi(served: Any) -> None:
    async with served.client() as client:
        found = (await client.get("/openapi.json")).json()
    assert found == document()
    jsonschema.validate(found, _DOCUMENT)
    names = [operation["operationId"] for path in found["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)
    for schema in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for path, operations in found["paths"].items():
        for operation in operations.values():
            declared = {item["name"] for item in operation["parameters"] if item["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path))
            for wanted in operation.get("security", []):
                assert set(wanted) <= set(found["components"]["securitySchemes"])
    assert _references(found) <= {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(_references(item) for item in value.values()))
    return set().union(*(_references(item) for item in value)) if isinstance(value, list) else set()


PAGES = {"/i/{link}", "/hr", "/", "/favicon.ico", "/favicon.svg"}
# What is spoken there are protocols of others (SCIM's, Greenhouse's), which have documents of their own.
OF_OTHERS = {"/integrations/{name}/{path}", "/scim/v2/{path}"}


def test_every_route_is_in_the_document_and_the_other_way_round() -> None:
    routes = set()
    for route in _routes():
        if isinstance(route, Route):
            path = re.sub(r":\w+}", "}", route.path)
            routes |= {(method.lower(), path) for method in (route.methods or set()) - {"HEAD"}}
        else:
            assert isinstance(route, WebSocketRoute | Mount)
    documented = {(verb, path) for path, operations in document()["paths"].items() for verb in operations}
    assert {path for _verb, path in routes} >= PAGES | OF_OTHERS
    assert {(verb, path) for verb, path in routes if path not in PAGES | OF_OTHERS} == documented


async def test_what_the_wrong_verb_is_told(served: Any, problem: Any) -> None:
    async with served.client() as client:
        answer = await client.put("/healthz")
        problem(answer, 405, "method_not_allowed")
        assert "GET" in answer.headers["allow"]


async def test_an_error_of_ours_is_internal_and_no_more(served: Any, problem: Any, monkeypatch: Any) -> None:
    from server.store import people

    async def broken(*_anything: Any, **_named: Any) -> None:
        raise RuntimeError("a secret of the inside")

    async with served.hr() as hr:
        monkeypatch.setattr(people, "list_applicants", broken)
        answer = await hr.get("/api/v1/applicants")
    problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert any("a secret of the inside" in line for line in served.logged)
    assert any(line.startswith("GET list_applicants failed") for line in served.logged)


async def test_a_signed_url_is_not_logged_even_when_its_door_fails(served: Any, problem: Any, monkeypatch: Any) -> None:
    def broken(*_anything: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(served.house.signer), "read", broken)
    async with served.client() as client:
        problem(await client.get("/api/v1/recordings/a-signature-to-keep"), 500, "internal")
    ours = [line for line in served.logged if "HTTP Request" not in line]  # the client's own log
    assert any("read_recording failed" in line for line in ours)
    assert not any("a-signature-to-keep" in line for line in ours)


def test_refusals_on_a_socket_and_problems_on_http_are_one_table() -> None:
    from realtime.protocol.refusals import REFUSALS, refusal
    from server.problems import STATUS

    assert set(STATUS) <= set(REFUSALS)
    assert all(isinstance(refusal(code), say.Refused) for code in STATUS)


async def test_traces_are_for_operators_and_say_nothing_of_what_was_said(
    served: Any, as_role: Any, problem: Any
) -> None:
    async with served.hr() as admin:
        answered = await admin.get("/api/v1/operations/traces")
        assert answered.status_code == 200
        known = {field.name for field in fields(UtteranceTrace)}
        assert all(item.keys() == known for item in answered.json()["items"])
        assert not {"text", "words", "committed"} & known
        problem(await admin.get("/api/v1/operations/traces?kind=rumour"), 400, "request_invalid")
    async with await as_role("operator") as operator:
        assert (await operator.get("/api/v1/operations/traces?kind=partial&limit=5")).status_code == 200
    async with await as_role("hr") as hr:
        problem(await hr.get("/api/v1/operations/traces"), 403, "not_allowed")
