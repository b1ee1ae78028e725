"""Adapters against contract fakes: the real shell, the real way out, a real server on loopback."""

import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ehr_bridge.adapters.adapter import known
from ehr_bridge.adapters.performing import Performer
from ehr_bridge.adapters.remote import RemoteDestination
from ehr_bridge.addresses import AddressRules
from ehr_bridge.destinations import read_settings
from ehr_bridge.egress import Egress


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    async with Egress(AddressRules.of("127.0.0.1", "127.0.0.1")) as opened:
        yield opened


class WallClock:
    def __init__(self) -> None:
        self.at_ms = 1_793_602_380_000

    def now_ms(self) -> int:
        return self.at_ms


@pytest.fixture
def wall() -> WallClock:
    return WallClock()


@pytest.fixture
def destination(egress: Egress, wall: WallClock) -> Callable[..., RemoteDestination]:
    """``destination("odoo", settings, **environment)``: built as the server builds it."""

    def make(name: str, settings: dict[str, Any], now_ms: Callable[[], int] | None = None, **env: str) -> Any:
        adapter = known()[name]
        read = read_settings(adapter, settings, {**os.environ, **env})
        return RemoteDestination(name, adapter.speaker(read), Performer(egress), now_ms or wall.now_ms)

    return make
