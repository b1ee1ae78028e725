"""Frappe HR's REST resources for recruitment, with the rules of hrms' doctypes."""

import json
from datetime import date
from itertools import count
from typing import Any

from tests.fakes.serving import Asked, Told, by_hand

KEY, SECRET = "frappe-key", "frappe-secret"
MANDATORY = {
    "Job Applicant": ("applicant_name", "email_id", "status"),
    "Interview": ("job_applicant", "interview_round", "status", "scheduled_on", "from_time", "to_time"),
    "Interview Feedback": ("interview", "interviewer", "skill_assessment", "result"),
    "File": ("file_name",),
    "Interview Round": ("round_name",),
}
CHOICES = {
    ("Job Applicant", "status"): {"Open", "Replied", "Rejected", "Hold", "Accepted"},
    ("Interview", "status"): {"Pending", "Under Review", "Cleared", "Rejected"},
    ("Interview Feedback", "result"): {"Cleared", "Rejected"},
}
LINKS = {("Interview", "job_applicant"): "Job Applicant", ("Interview", "interview_round"): "Interview Round",
         ("Interview Feedback", "interview"): "Interview"}  # fmt: skip


class Refused(Exception):
    def __init__(self, kind: str, message: str, status: int = 417) -> None:
        super().__init__(message)
        self.told = Told(status, {"exc_type": kind, "exception": message, "_server_messages": json.dumps([message])})


class Frappe:
    def __init__(self, today: date = date(2026, 11, 2)) -> None:
        self.today = today
        self.docs: dict[str, dict[str, dict[str, Any]]] = {doctype: {} for doctype in MANDATORY}
        self.breaks: dict[tuple[str, str], str] = {}
        self._numbers = count(1)
        self.create("Interview Round", {"round_name": "AI 面试", "name": "AI 面试"})

    def answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != f"token {KEY}:{SECRET}":
            return Told(401, {"exc_type": "AuthenticationError"})
        try:
            return self._answer(asked)
        except Refused as refused:
            return refused.told

    def _answer(self, asked: Asked) -> Told:
        if asked.path == "/api/method/frappe.auth.get_logged_user":
            return Told(200, {"message": "viva@example.com"})
        parts = asked.path.removeprefix("/api/resource/").split("/")
        if not asked.path.startswith("/api/resource/") or parts[0] not in MANDATORY:
            raise Refused("DoesNotExistError", parts[0], 404)
        if asked.method == "GET":
            return Told(200, {"data": self._list(parts[0], asked.query)})
        broken = self.breaks.pop((asked.method, parts[0]), "")
        if broken == "before":
            return Told(500, b"<html>Internal Server Error</html>")
        doc = self.create(parts[0], asked.json()) if asked.method == "POST" else self.update(*parts, asked.json())
        return Told(502, b"<html>Bad Gateway</html>") if broken else Told(200, {"data": doc})

    def _list(self, doctype: str, query: dict[str, str]) -> list[dict[str, Any]]:
        docs = list(self.docs[doctype].values())
        for name, operator, value in json.loads(query.get("filters", "[]")):
            assert operator in ("=", "!="), operator
            docs = [doc for doc in docs if (str(doc.get(name, "")) == str(value)) == (operator == "=")]
        fields = json.loads(query.get("fields", '["name"]'))
        limit = int(query.get("limit_page_length", 20))
        return [{name: doc.get(name) for name in fields} for doc in docs[:limit]]

    def create(self, doctype: str, body: dict[str, Any]) -> dict[str, Any]:
        name = body.get("name") or f"{doctype.upper().replace(' ', '-')}-{next(self._numbers):05d}"
        doc = {"docstatus": 0, **body, "name": name}
        self._validate(doctype, doc)
        self.docs[doctype][name] = doc
        return doc

    def update(self, doctype: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        if name not in self.docs[doctype]:
            raise Refused("DoesNotExistError", name, 404)
        before = self.docs[doctype][name]
        if before["docstatus"] == 1:
            raise Refused("UpdateAfterSubmitError", "Not allowed to change after submission")
        doc = {**before, **body}
        self._validate(doctype, doc)
        self.docs[doctype][name] = doc
        return doc

    def _validate(self, doctype: str, doc: dict[str, Any]) -> None:
        missing = [name for name in MANDATORY[doctype] if not doc.get(name)]
        if missing:
            raise Refused("MandatoryError", f"{doctype}: {', '.join(missing)}")
        for (of, name), choices in CHOICES.items():
            if of == doctype and doc[name] not in choices:
                raise Refused("ValidationError", f"{name} cannot be {doc[name]}")
        for (of, name), target in LINKS.items():
            if of == doctype and doc[name] not in self.docs[target]:
                raise Refused("LinkValidationError", f"Could not find {target}: {doc[name]}")
        getattr(self, f"_{doctype.lower().replace(' ', '_')}", lambda _doc: None)(doc)

    def _interview(self, doc: dict[str, Any]) -> None:
        same = ("job_applicant", "interview_round")
        for other in self.docs["Interview"].values():
            if other["name"] != doc["name"] and other["docstatus"] == 1 and all(other[k] == doc[k] for k in same):
                raise Refused("ValidationError", "Job Applicants are not allowed to appear twice for the same round")
        if doc["docstatus"] == 1 and doc["status"] not in ("Cleared", "Rejected"):
            raise Refused("ValidationError", "Only Interviews with Cleared or Rejected status can be submitted.")

    def _interview_feedback(self, doc: dict[str, Any]) -> None:
        interview = self.docs["Interview"][doc["interview"]]
        if doc["interviewer"] not in [row["interviewer"] for row in interview.get("interview_details", [])]:
            raise Refused("ValidationError", "not allowed to submit Interview Feedback for the Interview")
        if doc["docstatus"] == 1 and self.today < date.fromisoformat(interview["scheduled_on"]):
            raise Refused("ValidationError", "submission before Interview Scheduled Date is not allowed")
        key = (doc["interview"], doc["interviewer"])
        others = [other for other in self.docs["Interview Feedback"].values() if other["name"] != doc["name"]]
        if any(other["docstatus"] == 1 and (other["interview"], other["interviewer"]) == key for other in others):
            raise Refused("ValidationError", "Feedback already submitted for the Interview")


if __name__ == "__main__":
    by_hand(Frappe)
