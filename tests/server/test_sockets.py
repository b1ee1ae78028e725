"""How long a silent peer is waited for, at what price."""

import asyncio

from server.sockets import heard


async def test_a_peer_that_speaks_moves_the_end_and_seldom_the_timer() -> None:
    async with asyncio.timeout(10.0) as silence:
        began_s = asyncio.get_running_loop().time()
        ends: set[float] = set()
        for message in range(100):  # ten a second
            await asyncio.sleep(0)
            now_s = began_s + message / 10
            heard(silence, now_s, 10.0)
            end_s = silence.when()
            assert end_s is not None
            assert 10.0 <= end_s - now_s <= 11.01
            ends.add(end_s)
        assert len(ends) <= 11


async def test_a_peer_that_falls_silent_is_given_up() -> None:
    loop = asyncio.get_running_loop()
    given_up = False
    try:
        async with asyncio.timeout(0.01) as silence:
            heard(silence, spoke_s := loop.time(), 0.02)
            await asyncio.Event().wait()
    except TimeoutError:
        given_up = True
    assert given_up
    assert loop.time() - spoke_s >= 0.02
