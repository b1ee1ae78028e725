"""The worker process: engines from the settings, work from Redis Streams, a clean stop on a signal."""

import asyncio
import signal

from realtime.inference.runner import LocalInference
from realtime.inference.worker import WorkerSettings
from realtime.inference.worker import run_worker as work
from server.engines import face_engine, speech_engine
from server.settings import Settings


async def run_worker(settings: Settings) -> None:
    """Until SIGINT or SIGTERM; what is held then is finished. Raises ``SettingInvalid``."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    inference = LocalInference(speech_engine(settings), face_engine(settings))
    await work(WorkerSettings(redis_url=settings.redis_url), inference, stop)
