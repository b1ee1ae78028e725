"""What Prometheus scrapes. Numbers about the machine and its work, never about a person."""

import asyncio

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest

from realtime.inference.bus import Inference
from server.inference_metrics import InferenceCollector

LAG_INTERVAL_S = 0.5


class Metrics:
    def __init__(self, inference: Inference) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(InferenceCollector(inference))
        self.live = Gauge("viva_interviews_live", "Interviews that hold a slot", registry=self.registry)
        self.capacity = Gauge("viva_interviews_capacity", "Slots of this process", registry=self.registry)
        self.admission = Gauge(
            "viva_admission",
            "Who was let in or refused since the start, and who waits in the line now",
            ["figure"],
            registry=self.registry,
        )
        self.terms_lost = Gauge(
            "viva_leases_lost", "How often this process could not prove its lease any more", registry=self.registry
        )
        self.dropped_events = Gauge("viva_events_dropped", "Events that found a full inbox", registry=self.registry)
        self.loop_lag = Histogram(
            "viva_loop_lag_seconds",
            "How late the event loop wakes",
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0),
            registry=self.registry,
        )
        self.report_seconds = Histogram(
            "viva_report_seconds",
            "From the end of an interview to its stored report",
            buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 600),
            registry=self.registry,
        )
        self.rung = Gauge(
            "viva_degradation",
            "What is given up: 0 nothing, 1 slower captions, 2 shorter windows, 3 captions while speaking, 4 faces, "
            "5 no newcomers",
            registry=self.registry,
        )
        self.rung_changes = Gauge(
            "viva_degradation_changes", "How often that changed since the start", registry=self.registry
        )
        self.inference = Gauge("viva_inference", "Totals of the inference room", ["figure"], registry=self.registry)
        self.voice = Gauge(
            "viva_voice_activity", "Totals of voice activity, all sessions", ["figure"], registry=self.registry
        )
        self.guards = Gauge(
            "viva_speech_guards", "Recognised texts thrown away or cut, by guard", ["guard"], registry=self.registry
        )
        self.media = Gauge("viva_media", "Totals of the media room", ["figure"], registry=self.registry)
        self.http = Gauge("viva_http", "Connections closed unheard", ["figure"], registry=self.registry)
        self.deliveries = Gauge(
            "viva_ehr_deliveries", "Promises, by what became of them", ["destination", "state"], registry=self.registry
        )
        self.shares = Gauge(
            "viva_ehr_share",
            "Of the last 24 hours: sync_success; of the newest comparison: conflict, integration (0 to 1)",
            ["destination", "rate"],
            registry=self.registry,
        )
        self.records = Gauge("viva_ehr_records", "What the embedded EHR holds", ["kind"], registry=self.registry)

    async def watch_loop(self) -> None:
        """Measures the loop's lag until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(LAG_INTERVAL_S)
            self.loop_lag.observe(max(0.0, loop.time() - before - LAG_INTERVAL_S))

    def exposition(self) -> bytes:
        return generate_latest(self.registry)
