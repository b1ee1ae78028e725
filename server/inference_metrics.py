"""The inference room for Prometheus: what it counted, by place, read when somebody asks.

``worker`` is empty for this process. With workers over Redis every server shows all of them, as it sees them; where
several servers are scraped, take the workers' own ports (``VIVA_WORKER_METRICS_PORT``), or ``max by (worker)``.
"""

from collections.abc import Iterable
from dataclasses import fields

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from realtime.inference.bus import Inference, InferenceStatistics

HISTOGRAMS = (
    ("queue_wait", "viva_inference_queue_wait_seconds", "kind", "From being asked to being taken into a batch"),
    ("batch", "viva_inference_batch_size", "kind", "How many were computed together"),
    ("step", "viva_inference_step_seconds", "kind", "One batch in the engine"),
    ("stage", "viva_inference_stage_seconds", "stage", "One batch in one stage: features, encode, generate, align"),
    ("answer", "viva_inference_answer_seconds", "kind", "From being asked to having the answer: the lag of captions"),
)


class InferenceCollector(Collector):
    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def collect(self) -> Iterable[Metric]:
        places = self._inference.places()
        figures = GaugeMetricFamily("viva_inference_place", "Totals and moments by place", labels=["worker", "figure"])
        for worker, place in places.items():
            for name, value in numbers(place.statistics):
                figures.add_metric([worker, name], value)
        yield figures
        for measure, name, label, about in HISTOGRAMS:
            family = HistogramMetricFamily(name, about, labels=["worker", label])
            for worker, place in places.items():
                # A copy: a worker's port is read in a thread of its own, while the loop goes on counting.
                for kind, histogram in list(getattr(place.measures, measure).items()):
                    buckets = [
                        ("+Inf" if up_to == float("inf") else str(up_to), n) for up_to, n in histogram.cumulative()
                    ]
                    family.add_metric([worker, kind], buckets, histogram.total)
            yield family


def numbers(statistics: InferenceStatistics) -> list[tuple[str, float]]:
    values = ((item.name, getattr(statistics, item.name)) for item in fields(statistics))
    return [(name, float(value)) for name, value in values if isinstance(value, int | float)]
