import pytest

from bench.speech.search import carried


def server(carries):
    asked = []

    async def holds(sessions):
        asked.append(sessions)
        return sessions <= carries

    return holds, asked


@pytest.mark.parametrize("carries", [1, 2, 3, 5, 8, 13, 40])
async def test_it_finds_what_a_server_carries_to_a_tenth(carries):
    holds, asked = server(carries)
    found = await carried(holds, first=4, most=128, steps=20)
    assert found.sessions <= carries < found.sessions + max(2, found.sessions // 10 + 1)
    assert not found.more
    assert [sessions for sessions, _ in found.tried] == asked
    assert len(set(asked)) == len(asked)


async def test_a_server_that_carries_nobody_is_not_asked_for_ever():
    holds, asked = server(0)
    assert (await carried(holds, first=4, most=64, steps=20)).sessions == 0
    assert asked[-1] == 1


async def test_more_than_was_tried_is_told_from_a_limit():
    holds, _ = server(1000)
    found = await carried(holds, first=4, most=16, steps=20)
    assert (found.sessions, found.more) == (16, True)


async def test_steps_bound_the_time():
    holds, asked = server(100)
    await carried(holds, first=1, most=1000, steps=3)
    assert asked == [1, 2, 4]
