"""The worker process: engines from the settings, work from Redis Streams, a clean stop on a signal."""

import asyncio
import os
import secrets
import signal
import socket

from prometheus_client import CollectorRegistry, start_http_server

from realtime.inference.worker import WorkerSettings
from realtime.inference.worker import run_worker as work
from server import engines
from server.inference_metrics import InferenceCollector
from server.settings import SettingInvalid, Settings


async def run_worker(settings: Settings) -> None:
    """Until SIGINT or SIGTERM; what is held then is finished. Raises ``SettingInvalid``, ``WorkerRefused`` and
    ``EngineStuck``; ``OSError``: the port for metrics is taken."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    inference = engines.local(settings)
    if inference.speech is None and inference.face is None:
        raise SettingInvalid(
            "VIVA_SPEECH_MODEL",
            "this worker would have no model: `viva models pull speech-small` gets one, or name one",
        )
    if settings.worker_metrics_port:
        registry = CollectorRegistry()
        registry.register(InferenceCollector(inference))
        start_http_server(settings.worker_metrics_port, addr=settings.host, registry=registry)
    about = WorkerSettings(
        redis_url=settings.redis_url,
        name=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}",
        # A worker without speech may hold whole batches of faces; beside speech they would take its room.
        capacity=max(32, 2 * (settings.speech_batch if inference.speech else inference.face_batch)),
    )
    await work(about, inference, stop)
