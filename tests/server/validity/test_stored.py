"""People's ratings out of the store: blind cards only, the last blind one of each rater."""

import asyncio
import json
from collections.abc import Callable

from sqlalchemy import select, update

from scoring.panel import Mark, Scorecard, Submitted
from scoring.report import Report
from scoring.validity.ratings import Rating
from server import settings as configuration
from server.administration import store_of
from server.store import scorecards
from server.store.tables import reports
from server.validity.stored import ScorecardRatings
from tests.server.validity.conftest import Viva, report_with


def _card(rater: str, version: int, level: int | None, *, blind: bool = True) -> Submitted:
    return Submitted(rater, version, blind, "", Scorecard((Mark("communication", level), Mark("teamwork", None))))


def test_the_last_blind_card_of_each_rater_counts() -> None:
    source = ScorecardRatings(
        {
            "iv_1": [
                _card("han", 1, 2),
                _card("han", 2, 3),
                _card("han", 3, 5, blind=False),
                _card("li", 1, 4, blind=False),
            ],
            "iv_2": [_card("li", 1, None)],
        }
    )
    assert source.ratings() == [Rating("iv_1", "communication", "han", 3.0)]
    assert source.seen == 1


def test_a_trial_without_any_file(viva: Viva, stored: Callable[[list[Report]], list[str]]) -> None:
    ids = stored([report_with({"communication": points}) for points in (80.0, 60.0, 40.0)])

    async def rate() -> None:
        async with store_of(configuration.load()) as store:
            for interview, levels in zip(ids, ((4, 4), (3, 4), (2, 5)), strict=True):
                for rater, level in zip(("han", "li"), levels, strict=True):
                    card = Scorecard((Mark("communication", level),))
                    version = await scorecards.save_draft(store, interview, rater, card)
                    await scorecards.submit(
                        store, interview, rater, version, blind=(interview, rater) != (ids[2], "li")
                    )

    asyncio.run(rate())
    told = viva("trial", "--position", "client_manager", "--json")
    found = json.loads(told.stdout)
    assert found["results"][0]["candidates"] == 2
    assert found["results"][0]["machine"]["consistency"]["value"] == 1.0
    assert found["left_out"]["too_few_people"] == 1
    assert "left out: 1 scorecards whose rater had seen" in told.stderr


def test_neither_file_nor_store(viva: Viva) -> None:
    for words in (("trial",), ("calibration", "fit")):
        refused = viva(*words)
        assert refused.exit_code == 2
        assert "name files of scores, or the stored reports" in " ".join(refused.output.split())


def test_a_report_of_another_format_is_counted(viva: Viva, stored: Callable[[list[Report]], list[str]]) -> None:
    stored([report_with({"communication": 60.0}) for _ in range(2)])

    async def spoil() -> None:
        async with store_of(configuration.load()) as store:
            first = select(reports.c.id).limit(1).scalar_subquery()
            await store.execute(update(reports).where(reports.c.id == first).values(body=b'{"version":"9.0"}'))

    asyncio.run(spoil())
    told = viva("drift", "--position", "client_manager")
    assert "left out: 1 reports of another format version" in told.stderr
