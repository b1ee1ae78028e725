"""What Prometheus is told of engines here and elsewhere."""

from prometheus_client import CollectorRegistry, generate_latest

from realtime.inference.bus import InferenceStatistics, Place
from realtime.inference.measures import Measures
from realtime.inference.runner import LocalInference
from server.inference_metrics import InferenceCollector


class Elsewhere(LocalInference):
    """As a server sees two workers."""

    def places(self) -> dict[str, Place]:
        busy = Measures()
        for waited_s in (0.02, 0.7, 40.0):
            busy.observe("queue_wait", "final", waited_s)
        busy.observe("batch", "final", 3)
        return {"": Place(InferenceStatistics(refused=2), Measures()), "w1": Place(InferenceStatistics(stale=5), busy)}


def test_places_and_histograms_are_shown_by_worker() -> None:
    registry = CollectorRegistry()
    registry.register(InferenceCollector(Elsewhere(None, None)))
    shown = generate_latest(registry).decode()
    assert 'viva_inference_place{figure="refused",worker=""} 2.0' in shown
    assert 'viva_inference_place{figure="stale",worker="w1"} 5.0' in shown
    wait = "viva_inference_queue_wait_seconds"
    assert f'{wait}_bucket{{kind="final",le="1.0",worker="w1"}} 2.0' in shown
    assert f'{wait}_bucket{{kind="final",le="+Inf",worker="w1"}} 3.0' in shown
    assert f'{wait}_sum{{kind="final",worker="w1"}} 40.72' in shown
    assert 'viva_inference_batch_size_bucket{kind="final",le="4.0",worker="w1"} 1.0' in shown
