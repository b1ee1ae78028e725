"""One calibration is in force at most; none is ever lost."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from scoring.calibration import Calibration
from scoring.validity import sealed
from server.store import calibrations


def _made(position: str, version: str) -> Calibration:
    return sealed.seal(
        Calibration(position_id=position, version=version, scope="s", raters=(), maps=(), sources=(), made_at="")
    )


async def test_the_newest_approved_is_in_force_until_withdrawn(store: AsyncEngine) -> None:
    first, second = _made("cal_a", "1.0.0"), _made("cal_a", "1.1.0")
    async with store.begin() as connection:
        assert await calibrations.in_force(connection, "cal_a") is None
        await calibrations.approve(connection, first, "han")
        assert await calibrations.in_force(connection, "cal_a") == first
        await calibrations.approve(connection, second, "han")
        assert await calibrations.in_force(connection, "cal_a") == second
        assert await calibrations.in_force(connection, "cal_b") is None
        assert await calibrations.withdraw(connection, "cal_a") == 2
        assert await calibrations.in_force(connection, "cal_a") is None
        assert await calibrations.versions(connection, "cal_a") == {"1.0.0", "1.1.0"}


async def test_a_version_is_approved_once(store: AsyncEngine) -> None:
    async with store.begin() as connection:
        await calibrations.approve(connection, _made("cal_c", "1.0.0"), "han")
    with pytest.raises(IntegrityError):
        async with store.begin() as connection:
            await calibrations.approve(connection, _made("cal_c", "1.0.0"), "han")
