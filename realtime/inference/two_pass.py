"""Two engines in one: a cheap model while somebody speaks, a better one for the record.

The scheduler never mixes partials and finals in a batch, so a batch belongs to one of the two; ``transcribe`` takes
mixed lists nevertheless. Each result names the model that said it.
"""

from collections.abc import Sequence
from dataclasses import replace

from realtime.inference.engine import Shaped, SpeechEngine, SpeechRequest, SpeechResult, Timed


class TwoPass:
    """``SpeechEngine``. It is described as the model of the finals, since those alone become evidence; features are
    those that the model of the partials takes, since finals travel as sound."""

    def __init__(self, partials: SpeechEngine, finals: SpeechEngine) -> None:
        self._by_kind = {"partial": partials, "final": finals}
        cheap, better = partials.description, finals.description
        self.description = replace(
            better,
            languages=tuple(language for language in better.languages if language in cheap.languages),
            notice=better.notice or cheap.notice,
            mels=cheap.mels,
            partials=str(cheap),
        )

    def shape(self, request: SpeechRequest) -> tuple[int, int]:
        engine = self._by_kind[request.kind]
        return engine.shape(request) if isinstance(engine, Shaped) else (0, 0)

    def stage_ms(self) -> dict[str, float]:
        """Of both, summed."""
        spent: dict[str, float] = {}
        for engine in self._by_kind.values():
            for stage, ms in engine.stage_ms().items() if isinstance(engine, Timed) else ():
                spent[stage] = spent.get(stage, 0.0) + ms
        return spent

    def warm_up(self, batches: Sequence[int] = (1,)) -> None:
        for engine in self._by_kind.values():
            engine.warm_up(batches)

    def transcribe(self, requests: list[SpeechRequest]) -> list[SpeechResult]:
        results: dict[int, SpeechResult] = {}
        for kind, engine in self._by_kind.items():
            places = [at for at, request in enumerate(requests) if request.kind == kind]
            if places:
                results |= zip(places, engine.transcribe([requests[at] for at in places]), strict=True)
        return [results[at] for at in range(len(requests))]
