from typing import Any

from ehr_bridge.notices import promises
from ehr_bridge.notices.promise import HOUR_MS, Alarm


async def test_an_alarm_sounds_once_for_all_processes_and_again_the_next_day(office: Any) -> None:
    start = office.clock.at_ms
    notice_id = await office.post()
    await office.let(lambda store: promises.make(store, notice_id, "ap_1", "iv_1", 24, start))
    overdue = start + 24 * HOUR_MS
    first = await office.let(lambda store: promises.wake(store, overdue))
    assert [alarm for _, alarm in first] == [Alarm("promise_overdue")]
    assert await office.let(lambda store: promises.wake(store, overdue)) == []
    again = await office.let(lambda store: promises.wake(store, overdue + 24 * HOUR_MS))
    assert [alarm for _, alarm in again] == [Alarm("promise_overdue")]


async def test_whoever_speaks_with_the_person_keeps_all_that_was_promised(office: Any) -> None:
    start = office.clock.at_ms
    for key in ("a", "b"):
        notice_id = await office.post(key)
        await office.let(lambda store, n=notice_id: promises.make(store, n, "ap_1", "iv_1", 12, start))
    kept = await office.let(lambda store: promises.keep(store, "ap_1", "zhang", start + 5))
    assert len(kept) == 2
    rows = await office.let(lambda store: promises.of_applicant(store, "ap_1"))
    assert {(row.promise.state, row.kept_by) for row in rows} == {("kept", "zhang")}
    assert await office.let(promises.open_ones) == []
    assert await office.let(lambda store: promises.wake(store, start + 99 * HOUR_MS)) == []
