"""Odoo 19's JSON-2 API for recruitment: the models and rules of its documentation, in memory."""

from itertools import count
from typing import Any

from tests.fakes.serving import Asked, Told, by_hand

KEY, DATABASE = "odoo-key", "hr"
FIELDS = {
    "hr.job": {"name"},
    "hr.applicant": {
        "partner_name", "email_from", "partner_phone", "job_id", "stage_id", "priority", "probability", "categ_ids",
        "talent_pool_ids", "active", "refuse_reason_id",
    },
    "hr.applicant.category": {"name"},
    "hr.employee": {"name", "applicant_ids"},
    "ir.attachment": {"name", "res_model", "res_id", "datas", "mimetype"},
    "mail.message": {"model", "res_id", "subject", "body", "message_type", "attachment_ids"},
}  # fmt: skip
REQUIRED = {"hr.job": {"name"}, "hr.applicant": {"partner_name"}, "hr.applicant.category": {"name"}}
REFERENCES = {"job_id": "hr.job"}
STAGES = {1: "New", 2: "Initial Qualification", 3: "First Interview", 5: "Contract Proposal", 6: "Contract Signed"}
KEYWORDS = {
    "search_read": {"domain", "fields", "offset", "limit", "order"},
    "search_count": {"domain", "limit"},
    "create": {"vals_list"},
    "write": {"ids", "vals"},
    "message_post": {
        "ids", "body", "body_is_html", "subject", "message_type", "subtype_xmlid", "attachment_ids", "partner_ids",
    },
    "create_employee_from_applicant": {"ids"},
}  # fmt: skip


class Refused(Exception):
    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.told = Told(status, {"name": name, "message": message, "arguments": [message], "context": {}, "debug": ""})


class Odoo:
    """``breaks``: (model, method, when) -> do it and answer 500 once ("after"), or do not ("before")."""

    def __init__(self) -> None:
        self._ids = {model: count(1) for model in FIELDS}
        self.rows: dict[str, dict[int, dict[str, Any]]] = {model: {} for model in FIELDS}
        self.breaks: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []
        self.create("hr.job", {"name": "客户经理"})

    def create(self, model: str, vals: dict[str, Any]) -> int:
        unknown = set(vals) - FIELDS[model]
        if unknown:
            raise Refused(422, "builtins.ValueError", f"Invalid field {sorted(unknown)} on {model!r}")
        missing = REQUIRED.get(model, set()) - set(vals)
        if missing:
            raise Refused(422, "odoo.exceptions.ValidationError", f"Missing required value: {sorted(missing)}")
        for name, target in REFERENCES.items():
            if name in vals and vals[name] not in self.rows[target]:
                raise Refused(404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.")
        number = next(self._ids[model])
        row: dict[str, Any] = {"id": number, **vals}
        if model == "hr.applicant":
            row = {"stage_id": 1, "active": True, "categ_ids": [], "talent_pool_ids": [], **row}
        self.rows[model][number] = row
        return number

    def answer(self, asked: Asked) -> Told:
        try:
            return self._answer(asked)
        except Refused as refused:
            return refused.told

    def _answer(self, asked: Asked) -> Told:
        if asked.headers.get("authorization") != f"bearer {KEY}":
            raise Refused(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
        if asked.headers.get("x-odoo-database") != DATABASE:
            raise Refused(404, "werkzeug.exceptions.NotFound", "no such database")
        parts = asked.path.strip("/").split("/")
        if asked.method != "POST" or parts[:2] != ["json", "2"] or len(parts) != 4 or parts[2] not in FIELDS:
            raise Refused(404, "werkzeug.exceptions.NotFound", f"the model {asked.path!r} does not exist")
        model, method = parts[2:]
        body = asked.json()
        self.calls.append(f"{model}/{method}")
        allowed = KEYWORDS.get(method)
        if allowed is None:
            raise Refused(404, "werkzeug.exceptions.NotFound", f"the method {method!r} does not exist on {model!r}")
        if set(body) - allowed - {"context"}:
            raise Refused(422, "builtins.TypeError", f"{method} got an unexpected keyword argument")
        broken = self.breaks.pop((model, method), "")
        result = None if broken == "before" else self._do(model, method, body)
        return Told(500, {"name": "psycopg2.OperationalError", "message": "gone"}) if broken else Told(200, result)

    def _do(self, model: str, method: str, body: dict[str, Any]) -> Any:
        match method:
            case "search_read":
                found = self._search(model, body)[: body.get("limit") or None]
                return [{"id": row["id"], **{name: self._shown(row, name) for name in body["fields"]}} for row in found]
            case "search_count":
                return len(self._search(model, body))
            case "create":
                return [self.create(model, vals) for vals in body["vals_list"]]
            case "write":
                for number in body["ids"]:
                    self._write(self._row(model, number), body["vals"])
                return True
            case "message_post":
                number = body["ids"][0]
                self._row(model, number)
                vals = {name: body[name] for name in ("subject", "body", "message_type", "attachment_ids")}
                return [self.create("mail.message", {"model": model, "res_id": number, **vals})]
        applicant = self._row(model, body["ids"][0])
        self.create("hr.employee", {"name": applicant["partner_name"], "applicant_ids": [applicant["id"]]})
        return {"type": "ir.actions.act_window", "res_model": "hr.employee"}

    def _row(self, model: str, number: int) -> dict[str, Any]:
        if number not in self.rows[model]:
            raise Refused(404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted.")
        return self.rows[model][number]

    def _write(self, row: dict[str, Any], vals: dict[str, Any]) -> None:
        for name, value in vals.items():
            if name not in FIELDS["hr.applicant"]:
                raise Refused(422, "builtins.ValueError", f"Invalid field {name!r}")
            if name == "stage_id" and value not in STAGES:
                raise Refused(404, "odoo.exceptions.MissingError", "no such stage")
            if name in ("categ_ids", "talent_pool_ids"):
                assert all(command[0] == 4 for command in value), "only links are known here"
                row[name] = sorted({*row[name], *(command[1] for command in value)})
            else:
                row[name] = value

    def _search(self, model: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        rows = list(self.rows[model].values())
        if body.get("context", {}).get("active_test", True):
            rows = [row for row in rows if row.get("active", True)]
        for name, operator, value in body["domain"]:
            if operator == "in":
                rows = [row for row in rows if set(value) & _as_set(self._value(row, name))]
            else:
                assert operator == "=", operator
                rows = [row for row in rows if self._value(row, name) == value]
        return rows[::-1] if "desc" in (body.get("order") or "") else rows

    def _value(self, row: dict[str, Any], name: str) -> Any:
        if name == "email_normalized":
            return (row.get("email_from") or "").strip().lower()
        return row.get(name, False)

    def _shown(self, row: dict[str, Any], name: str) -> Any:
        value = self._value(row, name)
        return [value, STAGES[value]] if name == "stage_id" else value


def _as_set(value: Any) -> set[Any]:
    return set(value) if isinstance(value, list) else {value}


if __name__ == "__main__":
    by_hand(Odoo)
