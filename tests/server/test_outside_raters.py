"""Outside raters in a whole server: asked once, stored, read by the report; and refused at start when ill set."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from realtime.protocol import messages as m
from server.outside_raters import opened
from server.settings import SettingInvalid, Settings
from tests.llm_standin import KEY, standing_in


async def test_asked_once_and_stored_beside_the_evidence(
    serving: Callable[[Settings], AbstractContextManager[Any]],
    settings_in: Callable[..., Settings],
    watch_as_hr: Any,
) -> None:
    with standing_in("broken", "level4") as stand_in:
        settings = settings_in(raters="rubric,llm", llm_url=stand_in.url, llm_model="judge", llm_key=KEY)
        with serving(settings) as served:
            invited = await served.invite()
            async with watch_as_hr(served) as hr, invited.talk() as talk:
                await hr.say(m.Watch(invited.interview_id))
                await talk.type_everything()
                ready = (await hr.until(m.Watched, lambda seen: isinstance(seen.message, m.ReportReady))).message
            async with served.hr() as client:
                while not any(line.startswith(f"report of {invited.interview_id} took") for line in served.logged):
                    await client.get(f"/api/v1/interviews/{invited.interview_id}")  # its files are still being written
                said = (await client.get(f"/api/v1/interviews/{invited.interview_id}/opinions")).text.splitlines()
                report = (await client.get(f"/api/v1/reports/{ready.report_id}")).json()
            rated = [answer for answer in report["answers"] if answer["scores"]]
            assert len(said) == len(rated) > 0
            names = [engine["name"] for engine in report["engines"]]
            assert "llm 1 judge (tiny-judge-2026 fp_7)" in names
            assert {one["rater"] for leaf in rated[0]["scores"] for one in leaf["ratings"]} == {
                "rubric 2.0",
                "llm 1 judge",
            }
            requests = len(stand_in.requests)
            assert requests == len(rated) + 1
            again = served.inside(served.house.finisher._score(invited.interview_id))
            assert again == ready.report_id
            assert len(stand_in.requests) == requests


async def test_a_rater_that_cannot_be_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match=r"model\.onnx is missing"):
        async with opened(Settings(raters="embedding", embedding_model=str(tmp_path))):
            pass
    async with opened(Settings()) as raters:
        assert raters == ()
