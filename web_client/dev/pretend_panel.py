"""Scorecards, panel and overrides of a pretend interview, kept in memory; the rules are those of ``scoring``."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

ANCHORS = {
    "1": {"zh": "推诿、争辩或回避客户。", "en": "Argues, evades or passes the client on."},
    "2": {"zh": "只安抚或只解释，没有下一步。", "en": "Only soothes or only explains; no next step."},
    "3": {"zh": "安抚并解释，有基本的处理办法。", "en": "Soothes and explains, with a basic way forward."},
    "4": {
        "zh": "安抚、核实原因、给出方案并落实。",
        "en": "Soothes, finds the cause, carries a solution out.",
    },
    "5": {"zh": "全流程闭环，并重建信任。", "en": "Closes the loop and rebuilds trust."},
}
LABELS = {"complaints": ("异议与投诉处理", "Handling objections"), "compliance": ("合规意识", "Compliance")}
ANSWER = {
    "question_id": "q1",
    "question": {
        "zh": "客户因转账延迟非常生气，您会怎样处理？",
        "en": "A client is angry about a late transfer. What do you do?",
    },
    "said": "首先我会请客户坐下，认真听他把情况说完，然后查清转账卡在哪个环节，并且在当天主动回访。",
    "typed": "",
    "recording": "/api/v1/recordings/pretend.wav",
}


class PretendPanel:
    def __init__(self) -> None:
        self.card: dict[str, Any] = {"marks": [], "comment": "", "recommendation": None}
        self.state, self.version = "empty", 0
        self.raters = ["zhang", "li.na"]
        self.overrides: list[dict[str, Any]] = []

    def members(self) -> list[dict[str, Any]]:
        return [{"rater": name, "submitted": name != "zhang" or self.state == "submitted"} for name in self.raters]

    async def form(self, request: Request) -> Response:
        if request.method == "GET":
            competencies = [
                {"id": key, "label": {"zh": zh, "en": en}, "anchors": ANCHORS,
                 "definition": {"zh": f"{zh}的定义。", "en": f"What {en} is."}}
                for key, (zh, en) in LABELS.items()
            ]  # fmt: skip
            return JSONResponse(
                {
                    "position": {"zh": "客户经理", "en": "Client manager"}, "competencies": competencies,
                    "answers": [ANSWER], "card": self.card, "state": self.state, "version": self.version,
                    "blind": self.state != "submitted", "panel": self.members(),
                }
            )  # fmt: skip
        self.card = msgspec.json.decode(await request.body())
        self.state = "submitted" if request.method == "POST" else "draft"
        self.version = max(1, self.version)
        return JSONResponse({"state": self.state, "version": self.version, "blind": True})

    async def panel(self, request: Request) -> Response:
        if request.method == "PUT":
            self.raters = (await request.json())["raters"]
            return JSONResponse({"members": self.raters})
        mine = {mark["competency_id"]: mark["level"] for mark in self.card["marks"]}
        compared = []
        for key, (zh, en) in LABELS.items():
            levels = [level for level in (mine.get(key), 5) if level is not None]
            apart = max(levels) - min(levels)
            compared.append(
                {
                    "competency_id": key, "label": {"zh": zh, "en": en}, "machine": 3.6,
                    "people": sum(levels) / len(levels), "spread": apart,
                    "persons": [
                        {"rater": "li.na", "level": 5, "note": "", "blind": True},
                        {"rater": "zhang", "level": mine.get(key), "note": "", "blind": True},
                    ],
                    "flags": ["people_apart"] if apart >= 2 else [],
                }
            )  # fmt: skip
        merged = {"competencies": compared, "machine_total": 72.0, "people_total": 84.0, "must_talk": True}
        comments = [{"rater": "li.na", "comment": "条理清楚。", "recommendation": "advance", "blind": True}]
        body = {"report_id": "r1", "panel": self.members(), "merged": merged, "comments": comments}
        return JSONResponse(body)

    async def decide(self, request: Request) -> Response:
        if request.method == "POST":
            wanted = await request.json()
            made = {**wanted, "version": len(self.overrides) + 1, "by": "zhang", "at": "2026-11-25T10:00:00Z"}
            self.overrides.append(made)
        total = self.overrides[-1]["value"] if self.overrides else 72.0
        effective = {"total": total, "machine_total": 72.0, "competencies": {}, "overridden": []}
        return JSONResponse({"overrides": self.overrides, "effective": effective})


def panel_routes(api: str) -> list[Route]:
    panel = PretendPanel()
    return [
        Route(f"{api}/interviews/{{id}}/scorecard", panel.form, methods=["GET", "PUT", "POST"]),
        Route(f"{api}/interviews/{{id}}/panel", panel.panel, methods=["GET", "PUT"]),
        Route(f"{api}/reports/{{id}}/overrides", panel.decide, methods=["GET", "POST"]),
    ]
