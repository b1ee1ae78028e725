"""A campaign from invitation to report: what was chosen is asked, what was imported is heard, both are named."""

from typing import Any

from realtime.protocol.text import Phase
from scoring.culture import CulturePhrase
from scoring.positions import builtin, digest
from scoring.report import from_json
from server.culture import import_phrases
from server.store import interviews


async def test_choice_features_and_culture_reach_the_report(served: Any) -> None:
    phrase = CulturePhrase("compliance", "positive", "zh", "记录下来")  # everybody in these tests says so
    culture, _ = await import_phrases(served.settings, served.settings.employer_zh, [phrase])
    invited = await served.invite(features=["logic", "expression"], questions=["q4", "q3"])
    async with invited.talk() as talk:
        await talk.type_everything()
        await talk.phase(Phase.REPORTED)
    async with served.hr() as hr:
        found = (await hr.get(f"/api/v1/interviews/{invited.interview_id}")).json()
        report = from_json((await hr.get(f"/api/v1/reports/{found['report']['id']}")).content)
    assert [answer.question_id for answer in report.answers] == ["q4", "q3"]
    assert report.interview.features == ("logic", "expression")
    assert report.interview.position_digest == digest(builtin()["client_manager"])
    assert report.interview.culture is not None
    assert report.interview.culture.digest == culture.digest
    heard = [one for one in report.answers[0].evidence if one.indicator_id == "employer_conduct"]
    assert [one.supports for one in heard] == [1]
    assert "记录下来" in heard[0].quote
    [note] = [note for note in report.notes if note.code == "not_asked"]
    assert "客户需求挖掘" in note.text.zh


async def test_the_plan_follows_the_switches_and_the_law(served: Any) -> None:
    async def plan(**changes: Any) -> Any:
        invited = await served.invite(**changes)

        async def load() -> Any:
            async with served.house.engine.connect() as store:
                invitation = await interviews.invitation_of(store, invited.interview_id)
                assert invitation is not None
                position = await interviews.find_position(store, invitation.position_id, invitation.position_version)
                assert position is not None
            return await served.house.loader.plan_of(invitation, position)

        return served.inside(load())

    assert (await plan()).voice_analysis_allowed
    assert not (await plan(features=["logic", "scenario"])).voice_analysis_allowed
    silent = await plan(features=[])
    assert [question.id for question in silent.questions] == ["q3", "q4"]  # neither scenario nor logic
    assert not silent.face_analysis_allowed
