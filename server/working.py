"""The worker process: engines from the settings, work from Redis Streams, a clean stop on a signal."""

import asyncio
import os
import secrets
import signal
import socket

from prometheus_client import CollectorRegistry, start_http_server

from realtime.inference.runner import FACE_BATCH, LocalInference
from realtime.inference.scheduler import Policy
from realtime.inference.worker import WorkerSettings
from realtime.inference.worker import run_worker as work
from server.engines import face_engine, speech_engine
from server.inference_metrics import InferenceCollector
from server.settings import Settings

FINAL_PATIENCE_S = 0.25
"""On a GPU, where ten finals cost little more than one (decision 0168)."""


async def run_worker(settings: Settings) -> None:
    """Until SIGINT or SIGTERM; what is held then is finished. Raises ``SettingInvalid``, ``WorkerRefused`` and
    ``EngineStuck``; ``OSError``: the port for metrics is taken."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    batch = settings.speech_batch
    on_gpu = settings.inference_device == "cuda"
    inference = LocalInference(
        speech_engine(settings),
        face_engine(settings),
        Policy(
            max_batch=batch, batch_limits={"face": FACE_BATCH}, final_patience_s=FINAL_PATIENCE_S if on_gpu else 0.0
        ),
        warm_batches=_doubling(batch) if on_gpu else (1,),
    )
    registry = CollectorRegistry()
    registry.register(InferenceCollector(inference))
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, addr=settings.host, registry=registry)
    about = WorkerSettings(
        redis_url=settings.redis_url,
        name=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}",
        capacity=max(32, 2 * batch),
    )
    await work(about, inference, stop)


def _doubling(batch: int) -> tuple[int, ...]:
    """1, 2, 4, … and the largest: a GPU chooses its kernels by size, and the first of each takes its time."""
    return (*(2**power for power in range(batch.bit_length()) if 2**power < batch), batch)
