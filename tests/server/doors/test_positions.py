"""The door to position models: listed, shown whole, added by YAML; a version never changes its meaning."""

from typing import Any

import yaml

from scoring.positions import builtin, digest

KIND = {"Content-Type": "application/yaml"}


async def own(hr: Any, name: str, **changes: Any) -> bytes:
    """The client manager under another id."""
    model = yaml.safe_load((await hr.get("/api/v1/positions/client_manager")).json()["yaml"])
    return yaml.safe_dump(model | {"id": name} | changes, allow_unicode=True, sort_keys=False).encode()


async def test_positions_come_as_yaml_and_errors_with_their_line(served: Any, problem: Any) -> None:
    async with served.hr() as hr:
        listed = (await hr.get("/api/v1/positions")).json()
        assert "client_manager" in listed["builtin"]
        source = (await hr.get("/api/v1/positions/client_manager")).json()["yaml"]
        own = source.replace("id: client_manager\n", "id: own_manager\n", 1)
        kind = {"Content-Type": "application/yaml"}
        made = await hr.post("/api/v1/positions", content=own.encode(), headers=kind)
        assert (made.status_code, made.json()["id"]) == (201, "own_manager")
        assert (await hr.get("/api/v1/positions/own_manager")).json()["yaml"] == own
        broken = own.replace("weight: 14", "weight: -14", 1)
        body = problem(
            await hr.post("/api/v1/positions", content=broken.encode(), headers=kind), 422, "position_invalid"
        )
        assert body["detail"].startswith("upload.yaml:")
        body = problem(await hr.post("/api/v1/positions", content=b"\xff", headers=kind), 422, "position_invalid")
        assert "UTF-8" in body["detail"]
        assert (await hr.post("/api/v1/positions", json={"id": "client_manager"})).status_code == 201
        problem(await hr.post("/api/v1/positions", json={"id": "pilot"}), 404, "position_unknown")


async def test_all_twelve_are_listed_with_titles_in_both_languages(served: Any) -> None:
    async with served.hr() as hr:
        items = (await hr.get("/api/v1/positions")).json()["items"]
    listed = {item["id"]: item for item in items}
    assert set(builtin()) <= set(listed)
    assert [item["id"] for item in items] == sorted(listed)
    for model in builtin().values():
        assert listed[model.id]["title"] == {"zh": model.title.zh, "en": model.title.en}
        assert listed[model.id]["digest"] == digest(model)


async def test_one_is_shown_with_what_it_weighs_and_asks(served: Any) -> None:
    async with served.hr() as hr:
        shown = (await hr.get("/api/v1/positions/teller")).json()
    model = builtin()["teller"]
    assert [question["id"] for question in shown["questions"]] == [question.id for question in model.questions]
    assert shown["questions"][0]["text"]["zh"] == "客户办理挂失业务，你如何引导？"
    assert (shown["questions"][0]["feature"], shown["questions"][0]["reserve"]) == ("scenario", False)
    assert sum(competency["weight"] for competency in shown["competencies"]) == 100
    assert shown["features"] == ["voice", "logic", "scenario", "expression"]
    assert shown["errors"] == []
    assert shown["pass_hints"][0] == {"of": "service_awareness", "at_least": 70}


async def test_a_file_that_picks_from_the_library_is_stored_whole(served: Any) -> None:
    picks = """
format: 2
id: picked_teller
version: 1.0.0
title: {zh: 柜员二, en: Teller two}
summary: {zh: 柜面服务。, en: At the counter.}
competencies:
  - {use: service_awareness, weight: 50}
  - {use: communication, weight: 30}
  - {use: compliance, weight: 20}
questions:
""" + "".join(
        f"""
  - id: {name}
    kind: {kind}
    dimension: {dimension}
    text: {{zh: 请讲一讲这件事。, en: Tell about it.}}
    measures: {{{measured}: {{}}}}
"""
        for name, kind, dimension, measured in (
            ("one", "behavioural", "professional", "service_awareness"),
            ("two", "behavioural", "general", "communication"),
            ("three", "culture", "culture", "compliance"),
        )
    )
    async with served.hr() as hr:
        made = await hr.post("/api/v1/positions", content=picks.encode(), headers=KIND)
        assert made.status_code == 201, made.text
        whole = (await hr.get("/api/v1/positions/picked_teller")).json()["yaml"]
    assert "use:" not in whole
    assert yaml.safe_load(whole)["competencies"][0]["indicators"]


async def test_a_version_never_changes_its_meaning(served: Any, problem: Any) -> None:
    async with served.hr() as hr:
        first = await own(hr, "steady_manager")
        made = await hr.post("/api/v1/positions", content=first, headers=KIND)
        again = await hr.post("/api/v1/positions", content=first + b"# a remark\n", headers=KIND)
        assert (made.status_code, again.status_code) == (201, 201)
        changed = await own(hr, "steady_manager", title={"zh": "另一个", "en": "Another"})
        body = problem(await hr.post("/api/v1/positions", content=changed, headers=KIND), 409, "position_version_taken")
        assert "steady_manager 1.2.0" in body["detail"]
        raised = await own(hr, "steady_manager", title={"zh": "另一个", "en": "Another"}, version="1.3.0")
        assert (await hr.post("/api/v1/positions", content=raised, headers=KIND)).status_code == 201
        assert (await hr.get("/api/v1/positions/steady_manager")).json()["version"] == "1.3.0"
