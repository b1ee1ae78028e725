"""A report made while a calibration is in force names it; made again after the withdrawal it is uncalibrated."""

import asyncio
from typing import Any

from realtime.protocol.text import Phase
from scoring.calibration import Calibration, CompetencyMap, interpolated, scope_of
from scoring.positions import builtin
from scoring.report import Report, from_json
from scoring.rubric import RubricRater
from scoring.validity import sealed
from server.administration import store_of
from server.store import calibrations

MODEL = builtin()["client_manager"]
KNOTS = ((20.0, 50.0), (100.0, 90.0))
RATERS = (RubricRater().name,)


def _calibration() -> Calibration:
    maps = tuple(CompetencyMap(c.id, 200, KNOTS, 20.0, 10.0, 300.0, 200.0, 400.0, "used") for c in MODEL.competencies)
    return sealed.seal(
        Calibration(
            position_id=MODEL.id,
            version="test",
            scope=scope_of(MODEL, RATERS),
            raters=RATERS,
            maps=maps,
            sources=(),
            made_at="",
        )
    )


async def _report(served: Any, interview_id: str, other_than: str = "") -> Report:
    async with served.hr() as hr:
        for _ in range(400):
            shown = (await hr.get(f"/api/v1/interviews/{interview_id}")).json()
            report_id = shown["report"]["id"]
            if report_id and report_id != other_than:
                return from_json((await hr.get(f"/api/v1/reports/{report_id}")).content)
            await asyncio.sleep(0.05)
    raise AssertionError(f"no report of {interview_id}: {shown}")


async def test_a_calibration_in_force_is_applied_and_named(served: Any) -> None:
    made = _calibration()
    async with store_of(served.settings) as store:
        await calibrations.approve(store, made, "王主管")
    try:
        invited = await served.invite()
        async with invited.talk() as talk:
            await talk.type_everything()
            await talk.phase(Phase.REPORTED)
        mapped = await _report(served, invited.interview_id)
    finally:
        async with store_of(served.settings) as store:
            await calibrations.withdraw(store, MODEL.id)
    assert mapped.engines[-1].name == f"client_manager test {made.digest}"

    first_id = f"rp_{mapped.digest.removeprefix('sha256:')[:26]}"
    async with served.hr() as hr:
        assert (await hr.post(f"/api/v1/interviews/{invited.interview_id}/report")).status_code == 202
    plain = await _report(served, invited.interview_id, other_than=first_id)
    assert all(engine.role != "calibration" for engine in plain.engines)
    pairs = [(a.score.value, b.score.value) for a, b in zip(plain.competencies, mapped.competencies, strict=True)]
    assert any(before is not None for before, _ in pairs)
    for before, after in pairs:
        expected = None if before is None else round(interpolated(KNOTS, before), 1)
        assert after is None if expected is None else abs((after or 0) - expected) <= 0.1
