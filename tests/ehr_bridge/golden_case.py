"""A golden case: canonical record in, exact requests out, answers in, acknowledgement out. One YAML file each.

    what:      one sentence
    settings:  those of the adapter, as in the file of destinations; secrets by the names of ``environment``
    message:   a file of golden/_messages
    at:        the time of the attempt
    do:        deliver | read_back | check | serve
    request:   {method, path, query, headers, json or text} where the other side calls us (serve)
    exchange:  [{ask: what the adapter wants done, answer: what it is sent}]
    ends:      {returns: …} or {fails: {code, retry, detail}}

``GOLDEN=write pytest tests/ehr_bridge/test_golden.py`` writes ``ask`` and ``ends`` as they are now; the difference
that git then shows is the change in the protocol, to be read before it is kept.
"""

import base64
import json
import re
from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from ehr_bridge.adapters.adapter import Adapter, Record
from ehr_bridge.adapters.conversation import FindOrder, ListFiles, Order, ReadFile, Request, WriteFile
from ehr_bridge.adapters.destination import DeliveryFailed
from ehr_bridge.adapters.hosting import EmployeeConflict, HostedRequest, Offered, OrderState
from ehr_bridge.answers import Answer
from ehr_bridge.canonical import ApplicantFacts, read_payload, result_message
from ehr_bridge.canonical.payloads import RECORD_KINDS, read_record, record_message
from ehr_bridge.canonical.records import Decision, PanelResult
from ehr_bridge.destinations import read_settings
from ehr_bridge.outbox import Message
from ehr_bridge.scim.resources import Employee

GOLDEN = Path(__file__).parent / "golden"
PLAN = {"what", "settings", "environment", "message", "at", "do", "request", "exchange", "ends"}


def message_of(name: str) -> Message:
    """The outbox message whose canonical content a file of golden/_messages has."""
    source = yaml.safe_load((GOLDEN / "_messages" / f"{name}.yaml").read_text())
    applicant = msgspec.convert(source["applicant"], ApplicantFacts)
    said: Decision | PanelResult | None = None
    if "decision" in source:
        said = msgspec.convert(source["decision"], Decision)
    elif "panel_result" in source:
        said = msgspec.convert(source["panel_result"], PanelResult)
    if said is not None:
        message = record_message(said, source["external_id"], applicant, "viva", 1_793_602_331_000)
    else:
        report = json.dumps(source["report"], ensure_ascii=False, separators=(",", ":")).encode()
        message = result_message(report, applicant, "viva", 1_793_602_331_000)
    # An id of its own, so that a field that is added to the canonical model changes no key below.
    return replace(message, id=source["id"])


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def conversation(case: dict[str, Any], adapter: Adapter) -> Generator[Any, Any, Any]:
    assert set(case) <= PLAN, set(case) - PLAN
    settings = read_settings(adapter, case["settings"], case.get("environment", {}))
    speaker = adapter.speaker(settings)
    if case["do"] == "serve":
        return speaker.serve(_hosted(case["request"]))  # type: ignore[attr-defined,no-any-return]
    now_ms = milliseconds(case["at"])
    if case["do"] == "check":
        return speaker.check(now_ms)
    message = message_of(case["message"])
    decided = message.kind in RECORD_KINDS
    content = read_record(message.kind, message.payload)[0] if decided else read_payload(message.payload)
    record = Record(message, content, now_ms)
    return speaker.deliver(record) if case["do"] == "deliver" else speaker.read_back(record)


def told(effect: Any) -> dict[str, Any]:
    """An effect as the file has it."""
    match effect:
        case Request():
            lines = {"method": effect.method, "url": effect.url, "headers": dict(effect.headers)}
            return lines | _content(effect.body) | ({"pace": effect.pace} if effect.pace else {})
        case ListFiles():
            return {"list_files": effect.folder}
        case ReadFile():
            return {"read_file": f"{effect.folder}/{effect.name}"}
        case WriteFile():
            new = {"new": True} if effect.new else {}
            return {"write_file": f"{effect.folder}/{effect.name}"} | new | _content(effect.content)
        case FindOrder():
            return {"find_order": effect.interview_id}
    return {_named(effect): msgspec.to_builtins(effect)}


def _named(effect: Any) -> str:
    """``ListPositions`` -> ``list_positions``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(effect).__name__).lower()


ANSWERED_WITH: dict[str, Any] = {
    "list_positions": list[Offered],
    "invite": OrderState | None,
    "look_at_order": OrderState | None,
    "find_employee": Employee | None,
    "find_employees": list[Employee],
    "save_employee": Employee,
}
"""What the house answers to a hosted adapter's question."""


def _hosted(asked: dict[str, Any]) -> HostedRequest:
    return HostedRequest(
        asked["method"],
        asked["path"],
        asked.get("query", {}),
        asked.get("headers", {}),
        _bytes(asked),
        "https://viva.example.com/integrations/x",
    )


def _content(body: bytes) -> dict[str, Any]:
    """JSON as a tree if the tree says every byte of it, else text, else base64."""
    if not body:
        return {}
    try:
        tree = json.loads(body)
        if json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode() == body:
            return {"json": tree}
    except ValueError:
        pass
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _bytes(content: dict[str, Any]) -> bytes:
    if "json" in content:
        return json.dumps(content["json"], ensure_ascii=False, separators=(",", ":")).encode()
    if "base64" in content:
        return base64.b64decode(content["base64"])
    return str(content.get("text", "")).encode()


def answered(step: dict[str, Any]) -> Any:
    answer = step.get("answer")
    match step["ask"]:
        case {"method": _}:
            content_type = "application/json" if "json" in answer else "text/plain"
            headers = {"content-type": content_type} | answer.get("headers", {})
            return Answer(answer.get("status", 200), headers, _bytes(answer))
        case {"list_files": _} | {"write_file": _}:
            return answer
        case {"read_file": _}:
            return None if answer is None else _bytes(answer)
        case {"find_order": interview_id}:
            return None if answer is None else Order(interview_id=interview_id, **answer)
    (name,) = step["ask"]
    if isinstance(answer, dict) and "reason" in answer:
        return EmployeeConflict(answer["reason"])
    return msgspec.convert(answer, ANSWERED_WITH[name]) if name in ANSWERED_WITH else None


def play(case: dict[str, Any], adapter: Adapter) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the adapter asked for, each step given the file's answer, and how it ended."""
    asked: list[dict[str, Any]] = []
    talk = conversation(case, adapter)
    answer = None
    try:
        while True:
            effect = talk.send(answer)
            asked.append(told(effect))
            assert len(asked) <= len(case["exchange"]), f"nothing in the file answers {asked[-1]}"
            answer = answered({"ask": asked[-1], "answer": case["exchange"][len(asked) - 1].get("answer")})
    except StopIteration as stop:
        return asked, {"returns": msgspec.to_builtins(stop.value)}
    except DeliveryFailed as failure:
        return asked, {"fails": {"code": failure.code, "retry": failure.retry, "detail": failure.detail}}
